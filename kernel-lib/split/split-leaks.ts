/** `splitLeaks(tables, { column: "split" })`: rows of one group that stand on two sides of a split that is there already. */
import type { DedupInput } from "../dedup/planned-input";
import { listed } from "../dedup/stages";
import { interruptSignal } from "../interrupt";
import { counted, thousands } from "../notebook/counts";
import { cutLine } from "../notebook/plain-text";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import { type GroupOptions, groupRows } from "./group-rows";

export interface SplitLeaksOptions extends GroupOptions {
  /** Column that names the side of a row. Default `split_assigned`. */
  readonly column?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** A group that stands on more than one side. */
export interface Leak {
  readonly rows: number;
  /** Rows on each side. */
  readonly sides: Readonly<Record<string, number>>;
  /** One row_key of each side. */
  readonly examples: Readonly<Record<string, string>>;
}

/** What leaks; `String(found)` says it in lines. */
export interface SplitLeaks {
  readonly rows: number;
  /** Rows whose column is null: on no side. */
  readonly onNoSide: number;
  /** The largest first. */
  readonly leaks: readonly Leak[];
  toString(): string;
}

/**
 * Groups of rows (equal content, similarity of `threshold` or more, equal `meta_problem_id`, as `splitWithoutLeaks` makes them) that
 * stand on two sides of `column`: none after a split without leaks; for a split that came with a dataset, what it tears apart.
 *
 * @example (await splitLeaks("out/math", { column: "split" })).leaks.length
 */
export function splitLeaks(
  tables: DedupInput | readonly DedupInput[],
  options: SplitLeaksOptions = {},
): Promise<SplitLeaks> {
  return withProgress(JOBS.split, options.onProgress, (report) => find(listed(tables), options, report));
}

async function find(
  inputs: readonly DedupInput[],
  options: SplitLeaksOptions,
  onProgress: ProgressListener,
): Promise<SplitLeaks> {
  const { signal = interruptSignal(), column = "split_assigned" } = options;
  const { facts, groupOf, keyOf } = await groupRows(
    inputs,
    options,
    { stratify: [], side: column },
    signal,
    onProgress,
  );
  const groups = new Map<number, { first: string; rows: Map<string, number>; at: Map<string, number> }>();
  let onNoSide = 0;
  groupOf.forEach((first, row) => {
    const side = facts.sides[row]!;
    if (side === null) {
      onNoSide++;
      return;
    }
    const group = groups.get(first) ?? { first: side, rows: new Map(), at: new Map() };
    groups.set(first, group);
    group.rows.set(side, (group.rows.get(side) ?? 0) + 1);
    if (!group.at.has(side)) group.at.set(side, row);
  });
  const leaks = [...groups.values()]
    .filter(({ rows }) => rows.size > 1)
    .map(({ rows, at }): Leak => {
      const sides = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        rows: sides.reduce((sum, [, count]) => sum + count, 0),
        sides: Object.fromEntries(sides),
        examples: Object.fromEntries(sides.map(([side]) => [side, keyOf(at.get(side)!)])),
      };
    })
    .sort(
      (a, b) => b.rows - a.rows || (Object.values(a.examples)[0]! < Object.values(b.examples)[0]! ? -1 : 1),
    );
  const rows = groupOf.length;
  return { rows, onNoSide, leaks, toString: () => told(rows, onNoSide, leaks, column) };
}

const SHOWN = 10;

function told(rows: number, onNoSide: number, leaks: readonly Leak[], column: string): string {
  const torn = leaks.reduce((sum, leak) => sum + leak.rows, 0);
  const title =
    leaks.length === 0
      ? `no leak: in ${counted(rows, "row")} no group stands on two sides of ${column}`
      : `${counted(leaks.length, "group")} of ${counted(torn, "row")} stand on two sides of ${column}, of ${counted(rows, "row")}`;
  const lines = leaks.slice(0, SHOWN).map(({ sides, examples }) => {
    const each = Object.entries(sides).map(
      ([side, count]) => `${cutLine(side, 40)} ${thousands(count)} (${cutLine(examples[side]!, 80)})`,
    );
    return `  ${each.join(", ")}`;
  });
  const rest = leaks.length > SHOWN ? [`  … and ${thousands(leaks.length - SHOWN)} more`] : [];
  const none = onNoSide > 0 ? [`  ${counted(onNoSide, "row")} have no ${column}`] : [];
  return [title, ...none, ...lines, ...rest].join("\n");
}
