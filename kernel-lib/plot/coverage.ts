/** How much metadata each split carries. */
import { InputError } from "../errors";
import { cellsFigure } from "./cells-figure";
import { emptyFigure } from "./empty-figure";
import type { Figure } from "./figure";
import { cutText, groupLabels, percent, whole } from "./label";

interface Covered {
  readonly rows: number;
}

interface CoveredSplit {
  readonly subset: string;
  readonly split: string;
  readonly estimated: boolean;
  readonly sample_rows: number;
  readonly coverage: {
    readonly correctness_metadata: Covered;
    /** Absent where it was not measured: null reads as absent in cells, which are not strict. */
    readonly tools?: Covered | null | undefined;
    readonly fields: Readonly<Record<string, Covered>>;
  };
}

/** What the plot needs of an inventory: `Inventory` has it. */
export interface CoveredInventory {
  readonly data: { readonly dataset: string; readonly splits: readonly CoveredSplit[] };
}

/**
 * Splits down, metadata fields across, and in each cell the share of the split's readable rows that carry the field.
 * Fields that no split has are named below the title. `numbers` of the figure: `split`, `field`, `rows`, `share` 0..1.
 * @throws InputError when it is given no inventory.
 * @example await plot.coverage(inventory(await open("demo")))
 */
export async function coverage(
  given: CoveredInventory | Promise<CoveredInventory>,
  { title }: { readonly title?: string } = {},
): Promise<Figure> {
  const found = await given;
  if (!Array.isArray(found?.data?.splits)) {
    throw new InputError("plot.coverage: got no inventory, expected what `await inventory(ds)` gives");
  }
  const { dataset, splits } = found.data;
  const heading = title ?? `Metadata coverage of ${cutText(dataset, 80)}`;
  const values = splits.map(({ coverage: { correctness_metadata, tools, fields } }) => ({
    "correctness metadata": correctness_metadata,
    ...(tools ? { tools } : {}),
    ...fields,
  }));
  const names = [...new Set(values.flatMap((split) => Object.keys(split)))];
  const cell = (s: number, field: string) => (values[s] as Readonly<Record<string, Covered>>)[field];
  const filled = names.filter((field) => splits.some((_, s) => (cell(s, field)?.rows ?? 0) > 0));
  const never = names.filter((field) => !filled.includes(field));
  const rows = splits.reduce((total, { sample_rows }) => total + sample_rows, 0);
  const sampled = splits.some(({ estimated }) => estimated);
  const notes = [
    `n = ${whole(rows)} rows${sampled ? " (a sample)" : ""}; share of the rows of each split, brighter is more`,
    ...(never.length > 0 ? [`in no split: ${never.map((name) => cutText(name, 60)).join(", ")}`] : []),
  ];
  if (splits.length === 0 || filled.length === 0) return emptyFigure(heading, notes, "field");
  const share = (s: number, field: string) => {
    const covered = cell(s, field);
    return covered && splits[s]!.sample_rows > 0 ? covered.rows / splits[s]!.sample_rows : null;
  };
  const grid = <T>(of: (s: number, field: string) => T) =>
    splits.map((_, s) => filled.map((field) => of(s, field)));
  return cellsFigure({
    ...{ title: heading, notes, xTitle: "metadata field", yTitle: "split" },
    columns: groupLabels(filled),
    rows: groupLabels(
      splits.map(({ subset, split }) => (subset === "default" ? split : `${subset}/${split}`)),
    ),
    shade: grid((s, field) => share(s, field)),
    texts: grid((s, field) => {
      const value = share(s, field);
      return value === null ? "–" : percent(value);
    }),
    hover: grid((s, field) => `${whole(cell(s, field)?.rows ?? 0)} of ${whole(splits[s]!.sample_rows)} rows`),
    numbers: splits.flatMap((split, s) =>
      filled.map((field) => ({
        split: split.subset === "default" ? split.split : `${split.subset}/${split.split}`,
        ...{ field, rows: cell(s, field)?.rows ?? null, share: share(s, field) },
      })),
    ),
  });
}
