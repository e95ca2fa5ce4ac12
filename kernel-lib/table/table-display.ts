/** What a table shows as the last value of a cell: first rows, number of rows, null shares, each with what was read. */

import { quoteName } from "../db";
import { type ShownNulls, tableBundle } from "../notebook/table-display";
import type { SourceRelation } from "./source-relation";
import type { Column } from "./table-columns";
import type { TableState } from "./table-state";

/** What is asked of a table. */
interface ReadTable {
  readonly schema: Promise<readonly Column[]>;
  head(n: number): ReadTable;
  toArray(): Promise<Record<string, unknown>[]>;
  count(options: { readonly signal: AbortSignal }): Promise<number>;
  read<T extends Record<string, unknown>>(make: (sql: string) => string, signal?: AbortSignal): Promise<T[]>;
}

const ROWS = 10;
/** Nulls are counted in this many rows; in fewer where that takes too long. */
const NULL_ROWS = [10_000, 1_000] as const;
/** Milliseconds that a cell waits for each count, beyond the rows themselves. */
const PATIENCE = 1500;

export async function tableDisplay(table: ReadTable, state: TableState): Promise<Record<string, string>> {
  const columns = await table.schema;
  const rows = await table.head(ROWS + 1).toArray();
  const more = rows.length > ROWS;
  const facts = await state.base?.facts();
  const notes = [...state.notes, ...(facts?.notes ?? [])];
  if (facts?.checked && facts.checked.problems.length > 0) {
    const { rows: read, problems } = facts.checked;
    notes.unshift(
      `JSON files: ${read} rows read, ${problems.length} unreadable (${read + problems.length} in all): .problems() lists them`,
    );
  }
  const isParsed = facts?.checked && state.relation === state.base && isJsonOnly(state.base);
  if (hasConversations(columns)) notes.push("await showConversations(table) shows rows as conversations");
  const known = !more ? rows.length : isParsed ? facts.checked.rows : null;
  const [nulls, counted] = await Promise.all([
    countNulls(table, columns),
    known ?? state.relation.rows?.() ?? inTime((signal) => table.count({ signal })),
  ]);
  const count = counted ?? (nulls !== null && nulls.rows < nulls.asked ? nulls.rows : null);
  return tableBundle({
    origin: state.origin,
    columns,
    rows: rows.slice(0, ROWS),
    count,
    nulls,
    notes,
    attached: state.attachReport,
  });
}

/** Lists of messages, or an answer that is preferred to another. */
function hasConversations(columns: readonly Column[]): boolean {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const isList = (name: string) => /JSON|\[\]$/.test(types.get(name) ?? "");
  return (
    ["messages", "conversations", "conversation"].some(isList) ||
    (types.has("chosen") && types.has("rejected"))
  );
}

function isJsonOnly({ source }: SourceRelation): boolean {
  return source.splits.every(({ files }) =>
    files.every(({ format }) => format === "json" || format === "jsonl"),
  );
}

/** Null counts of each column in the first rows; null when even few of them take too long. */
async function countNulls(table: ReadTable, columns: readonly Column[]): Promise<ShownNulls | null> {
  if (columns.length === 0) return null;
  const counts = columns.map(({ name }, i) => `count(*) - count(${quoteName(name)}) as n${i}`).join(", ");
  for (const asked of NULL_ROWS) {
    const found = await inTime((signal) =>
      table
        .head(asked)
        .read<Record<string, number>>((sql) => `select count(*) as n, ${counts} from (${sql})`, signal),
    );
    if (found === null) continue;
    const [line] = found;
    return { asked, rows: line!.n!, nulls: columns.map((_, i) => line![`n${i}`]!) };
  }
  return null;
}

/** The result, or null when it does not come in time. Failures of the query itself are thrown. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    return await work(signal);
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
