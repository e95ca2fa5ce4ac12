/** Shares by dataset: curated ones pass whole, mixed ones keep their best rows. */
import { quoteName, quoteText } from "../db";
import { InputError } from "../errors";
import type { Table } from "../table/table";
import type { Tiers } from "./policy";

/**
 * The table's rows of which each dataset keeps its share: `whole` datasets all, `top` the named share (rounded up) of
 * their best rows by `score`, the others `otherwise` (default all). Rows without a score come last, ties are settled by
 * row_key, so the same table gives the same rows.
 * @throws InputError for a share outside 0 to 1 and a dataset that is named in both.
 * @example tiers(await open("out/all"), { score: "quality_score", top: { "Open-Orca/OpenOrca": 0.15 } })
 */
export function tiers(table: Table, { score, whole = [], top, otherwise = 1 }: Tiers): Table {
  for (const [dataset, share] of [...Object.entries(top), ["otherwise", otherwise] as const]) {
    if (!(share >= 0 && share <= 1))
      throw new InputError(`tiers: ${dataset}: share ${share}, expected 0 to 1`);
  }
  const both = whole.find((dataset) => dataset in top);
  if (both)
    throw new InputError(`tiers: ${both} is to pass whole and to keep ${top[both]}, expected one of them`);
  return table.sql(
    `select * from this qualify row_number() over (partition by dataset order by ${quoteName(score)} desc nulls last, row_key)` +
      ` <= ceil((${tierShare({ whole, top, otherwise })}) * count(*) over (partition by dataset) - 1e-9)`,
  );
}

/** SQL of the share that the dataset of a row keeps. */
export function tierShare({ whole = [], top, otherwise = 1 }: Omit<Tiers, "score">): string {
  const cases = [
    ...whole.map((dataset) => `when ${quoteText(dataset)} then 1.0`),
    ...Object.entries(top).map(([dataset, share]) => `when ${quoteText(dataset)} then ${share}`),
  ];
  return cases.length === 0 ? String(otherwise) : `case dataset ${cases.join(" ")} else ${otherwise} end`;
}
