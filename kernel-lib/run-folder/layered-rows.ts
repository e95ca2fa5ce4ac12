/** SQL of a run's rows as the layers above it leave them: rewritten texts in place, and what became of each row. */

import { join } from "node:path";
import { quoteName } from "../db";
import { readParquet, type Sidecar } from "../run-folder";
import { ID_FILE, ID_ROW, type RunRowsOptions, runRows } from "./run-rows";
import type { VerdictSlice } from "./verdict-slice";

/** What a rewriting step may change, in the order of the files. */
export const OVERLAY_COLUMNS = {
  text_id: "VARCHAR",
  text: "VARCHAR",
  messages:
    "STRUCT(role VARCHAR, name VARCHAR, channel VARCHAR, content VARCHAR, reasoning_content VARCHAR, tool_calls VARCHAR)[]",
  stats_char_len: "BIGINT",
  stats_approx_tokens: "BIGINT",
} as const;

/** Columns that say what became of a row: whether it is kept, and by which step and why it is not. */
export const VERDICT_COLUMNS = { kept: "kept", step: "dropped_by", reason: "drop_reason" } as const;

export interface LayeredRowsOptions extends Omit<RunRowsOptions, "only"> {
  /** These rows alone, in any order; then there are no verdicts beside them. */
  readonly only?: RunRowsOptions["only"];
  /** Folders of rewritten texts, the earliest first; the last one that rewrote a row counts. */
  readonly overlays: readonly string[];
  /** Null: nothing was decided about the rows yet. */
  readonly verdicts: VerdictSlice | null;
  /** The rows in their order, where sidecars go by row_key too; default false, for such a join keeps no order. */
  readonly inOrder?: boolean;
}

const HIDDEN = "__corpuslab_";
const PLACE = `${HIDDEN}place_of_row`;

/**
 * As `runRows`, with the rewritten texts of `overlays` in the place of the rows' own, and where there are verdicts the
 * columns `__corpuslab_kept`, `__corpuslab_step` and `__corpuslab_reason`.
 */
export function layeredRows({ overlays, verdicts, inOrder = false, ...options }: LayeredRowsOptions): string {
  const texts = overlays.map((path, i) => overlaySidecar(path, i, options.shards));
  const rows = runRows({
    ...options,
    sidecars: [...options.sidecars.filter(({ folder }) => options.aligned.has(folder)), ...texts],
    aligned: new Set([...options.aligned, ...overlays]),
    only: options.only ?? null,
  });
  const replaced = Object.keys(OVERLAY_COLUMNS).map((name) => {
    const cases = texts.map(({ columns }) => {
      const hidden = columns.find((column) => column.name === name)!.shownAs;
      return `when ${quoteName(columns[0]!.shownAs)} is not null then ${quoteName(hidden)}`;
    });
    return `case ${cases.reverse().join(" ")} else ${quoteName(name)} end as ${quoteName(name)}`;
  });
  const hidden = texts.flatMap(({ columns }) => columns.map(({ shownAs }) => quoteName(shownAs)));
  const whole =
    texts.length === 0
      ? rows
      : `select * exclude (${hidden.join(", ")}) replace (${replaced.join(", ")}) from (${rows})`;
  // Verdicts go by position, so they come before joins by key, after which rows stand anywhere.
  return withJoined(besideVerdicts(whole, verdicts), { ...options, inOrder, hasVerdicts: has(verdicts) });
}

/** The rows with the sidecars that go by row_key; their columns stand where the view has them, sidecar by sidecar. */
function withJoined(
  rows: string,
  {
    sidecars,
    aligned,
    ids,
    inOrder,
    hasVerdicts,
  }: Pick<LayeredRowsOptions, "sidecars" | "aligned" | "ids"> & {
    readonly inOrder: boolean;
    readonly hasVerdicts: boolean;
  },
): string {
  const joined = sidecars.filter(({ folder }) => !aligned.has(folder));
  if (joined.length === 0) return rows;
  const namesOf = (sidecar: Sidecar, from: string) =>
    sidecar.columns.map(({ name, shownAs }) =>
      from === "r" ? `r.${quoteName(shownAs)}` : `${from}.${quoteName(name)} as ${quoteName(shownAs)}`,
    );
  const values = sidecars.flatMap((sidecar) =>
    namesOf(sidecar, aligned.has(sidecar.folder) ? "r" : `j${joined.indexOf(sidecar)}`),
  );
  const last = [
    ...(ids ? [ID_FILE, ID_ROW] : []),
    ...(hasVerdicts ? Object.keys(VERDICT_COLUMNS).map((name) => `${HIDDEN}${name}`) : []),
  ];
  const moved = [
    ...sidecars
      .filter(({ folder }) => aligned.has(folder))
      .flatMap(({ columns }) => columns.map(({ shownAs }) => quoteName(shownAs))),
    ...last,
    ...(inOrder ? [PLACE] : []),
  ];
  const own = moved.length === 0 ? "r.*" : `r.* exclude (${moved.join(", ")})`;
  // Its rows may stand in any of its shards, whatever their names.
  const joins = joined.map(
    ({ path, shards }, i) =>
      `left join ${readParquet(
        shards.map((shard) => join(path, shard)),
        ", union_by_name = true",
      )} j${i} on j${i}.row_key = r.row_key`,
  );
  const placed = inOrder ? `select *, row_number() over () as ${PLACE} from (${rows})` : rows;
  const order = inOrder ? ` order by r.${PLACE}` : "";
  const shown = [own, ...values, ...last.map((name) => `r.${name}`)].join(", ");
  return `select ${shown} from (${placed}) r ${joins.join(" ")}${order}`;
}

/**
 * As `layeredRows` for columns that all stand in sidecars with the rows' order: rows/ is not opened, which for a threshold
 * over a flag is most of the work.
 */
export function sidecarRows(
  sidecars: readonly Sidecar[],
  { shards, verdicts }: Pick<LayeredRowsOptions, "shards" | "verdicts">,
): string {
  const values = sidecars.flatMap(({ columns }, i) =>
    columns.map(({ name, shownAs }) => `s${i}.${quoteName(name)} as ${quoteName(shownAs)}`),
  );
  const files = sidecars.map(
    ({ path }, i) =>
      `${readParquet(
        shards.map((shard) => join(path, shard)),
        ", union_by_name = true",
      )} s${i}`,
  );
  return besideVerdicts(`select ${values.join(", ")} from ${files.join(" positional join ")}`, verdicts);
}

function has(verdicts: VerdictSlice | null): verdicts is VerdictSlice {
  return verdicts !== null && verdicts.files.length > 0;
}

function besideVerdicts(rows: string, verdicts: VerdictSlice | null): string {
  if (!has(verdicts)) return rows;
  return `select * from (${rows}) rows_ positional join (${verdictSql(verdicts)}) verdicts_`;
}

/** The columns that `layeredRows` gives for a verdict, under the names that people see. */
export function shownVerdict(): string {
  return Object.entries(VERDICT_COLUMNS)
    .map(([name, shown]) => `${HIDDEN}${name} as ${shown}`)
    .join(", ");
}

/** `__corpuslab_kept, …`: what is hidden from readers of the kept rows. */
export function hiddenVerdict(): string {
  return Object.keys(VERDICT_COLUMNS)
    .map((name) => `${HIDDEN}${name}`)
    .join(", ");
}

function verdictSql({ files, from }: VerdictSlice): string {
  const columns = Object.keys(VERDICT_COLUMNS).map((name) => `${name} as ${HIDDEN}${name}`);
  const cut = from === null ? "" : ` limit ${from.rows} offset ${from.offset}`;
  return `select ${columns.join(", ")} from ${readParquet(files)}${cut}`;
}

function overlaySidecar(path: string, index: number, shards: readonly string[]): Sidecar {
  const columns = Object.entries(OVERLAY_COLUMNS).map(([name, type]) => ({
    name,
    type,
    shownAs: `${HIDDEN}o${index}_${name}`,
  }));
  return { folder: path, path, name: `o${index}`, version: "", columns, shards };
}
