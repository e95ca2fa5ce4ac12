/** A policy as one SQL predicate over rows, tiers and numbers of the table written out: for pools and filters. */
import { quoteName, quoteText } from "../db";
import type { Table } from "../table/table";
import { type Policy, policySql, policy as readPolicy } from "./policy";
import { doubleSql, type PolicyOptions, withNumbers } from "./policy-numbers";
import { tierShare } from "./tiers";

/**
 * The rows of the table that a policy keeps, as one predicate without sub-queries, for `buildPools` and `filter`: numbers that
 * it takes from the table are written out, and of its tiers, where the cut of each dataset falls. It holds for this table.
 * @throws InputError for an unknown policy or number, and columns that are not there.
 * @example await pools("out/demo", { pools: { elmb: await policyPredicate(await open("out/demo"), "elmb") } })
 */
export async function policyPredicate(
  table: Table,
  named: string | Policy,
  options: PolicyOptions = {},
): Promise<string> {
  const policy = await withNumbers(typeof named === "string" ? readPolicy(named) : named, options, table);
  const lines = policySql(policy);
  if (!policy.tiers) return lines;
  const { score } = policy.tiers;
  const column = quoteName(score);
  const cuts = await table
    .sql(
      `select dataset, ${column}::double as score, row_key, share from (
         select dataset, ${column}, row_key, ${tierShare(policy.tiers)} as share,
           row_number() over (partition by dataset order by ${column} desc nulls last, row_key) as n,
           count(*) over (partition by dataset) as rows
         from this where ${lines}
       ) where n = greatest(1, ceil(share * rows - 1e-9)) order by all`,
    )
    .toArray();
  const cases = cuts.map((cut) => {
    const share = Number(cut.share);
    const key = `row_key <= ${quoteText(String(cut.row_key))}`;
    const kept =
      share >= 1
        ? "true"
        : share <= 0
          ? "false"
          : cut.score === null
            ? `(${column} is not null or ${key})`
            : `(${column} > ${doubleSql(Number(cut.score))} or (${column} = ${doubleSql(Number(cut.score))} and ${key}))`;
    return `when ${quoteText(String(cut.dataset))} then ${kept}`;
  });
  return cases.length === 0 ? lines : `${lines} and (case dataset ${cases.join(" ")} else false end)`;
}
