/** `splitWithoutLeaks(tables, { validation: 0.02 })`: train and validation that share no near duplicate and no problem. */
import { resolve } from "node:path";
import { type DedupInput, runsOf } from "../dedup/planned-input";
import { listed } from "../dedup/stages";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import { assignSplits, REST, type RowGroup, type Shares } from "./assign-splits";
import { type GroupedRows, type GroupOptions, groupRows } from "./group-rows";
import { SplitResult } from "./split-result";
import { prepareSplitFolder, writeSplit, writeSplitSidecars } from "./write-split";

export interface SplitOptions extends GroupOptions {
  /** Share of the rows for `validation`, 0..1. */
  readonly validation?: number;
  /** Share of the rows for `test`, 0..1. */
  readonly test?: number;
  /** Whole number; another one gives another split. Default 0. */
  readonly seed?: number;
  /** Columns whose values each get the shares: `["dataset"]`, `["meta_domain"]`. Default none. */
  readonly stratify?: readonly string[];
  /** Folder that gets split.parquet and split.json. */
  readonly out?: string;
  /** Delete what an earlier split left in `out`. */
  readonly overwrite?: boolean;
  /** Also write `flags/split.v1` into each run folder given: the column `split_assigned` of `open(run)` and of pools. */
  readonly sidecars?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Each row is of `train`, `validation` or `test`, so that no two rows of equal content, of a similarity of `threshold` or more,
 * or of one `meta_problem_id` are on two sides: rows that hang together by any of these go as one group. Similarities are verified
 * exactly, also between rows that dedup would drop; a pair is overlooked when it shares none of 32 bands (at 0.8 fewer than 1 in 10 million).
 *
 * Groups are taken in the order of a seeded hash of their smallest row_key, so the same rows and seed give the same split
 * whatever the order and the workers. No side gets more than its share; it gets less where the groups left are larger than
 * the room. Memory: some 500 bytes a row.
 *
 * @throws InputError when a table or column is missing, or the shares cannot be.
 * @example
 * const split = await splitWithoutLeaks("out/math", { validation: 0.02, seed: 7, sidecars: true });
 * (await open("out/math")).filter("split_assigned = 'validation'")
 */
export function splitWithoutLeaks(
  tables: DedupInput | readonly DedupInput[],
  options: SplitOptions,
): Promise<SplitResult> {
  return withProgress(JOBS.split, options.onProgress, (report) => split(listed(tables), options, report));
}

async function split(
  inputs: readonly DedupInput[],
  options: SplitOptions,
  onProgress: ProgressListener,
): Promise<SplitResult> {
  const { signal = interruptSignal(), seed = 0, stratify = [] } = options;
  const shares = sharesOf(options);
  if (!Number.isSafeInteger(seed)) throw new InputError(`split: seed ${seed}, expected a whole number`);
  const out = options.out === undefined ? null : resolve(options.out);
  if (out !== null) prepareSplitFolder(out, { overwrite: options.overwrite ?? false });
  const grouped = await groupRows(inputs, options, { stratify, side: null }, signal, onProgress);
  const { groups, numberOf } = groupsOf(grouped);
  const sides = assignSplits(groups, shares, seed);
  const result = new SplitResult({ grouped, groups, numberOf, sides, shares, seed, stratify });
  if (out !== null) await writeSplit(result, out, signal);
  if (options.sidecars) await writeSplitSidecars(result, runsOf(grouped.planned), signal);
  return result;
}

function sharesOf({ validation, test }: SplitOptions): Shares {
  const shares = Object.fromEntries(
    Object.entries({ validation, test }).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
  let all = 0;
  for (const [side, share] of Object.entries(shares)) {
    if (!(share > 0 && share < 1))
      throw new InputError(`split: ${side} ${share}, expected a share between 0 and 1, such as 0.02`);
    all += share;
  }
  if (all === 0) throw new InputError("split: no share given, expected validation, test or both");
  if (all >= 1) throw new InputError(`split: shares of ${all} leave nothing for ${REST}`);
  return shares;
}

/** The groups by their smallest row_key, and of each row the number of its group. */
function groupsOf({ groupOf, keyOf, facts }: GroupedRows): {
  readonly groups: readonly RowGroup[];
  readonly numberOf: Uint32Array;
} {
  const numberOf = new Uint32Array(groupOf.length);
  const numbers = new Map<number, number>();
  const groups: { key: string; rows: number; strata: Map<number, number> }[] = [];
  groupOf.forEach((first, row) => {
    let number = numbers.get(first);
    if (number === undefined) {
      number = groups.push({ key: keyOf(row), rows: 0, strata: new Map() }) - 1;
      numbers.set(first, number);
    }
    const group = groups[number]!;
    const key = keyOf(row);
    if (key < group.key) group.key = key;
    group.rows++;
    const stratum = facts.stratum[row]!;
    group.strata.set(stratum, (group.strata.get(stratum) ?? 0) + 1);
    numberOf[row] = number;
  });
  const nameOf = (strata: ReadonlyMap<number, number>): string => {
    const named = [...strata].map(([stratum, rows]) => ({ name: facts.strata[stratum]!, rows }));
    return named.sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1))[0]!.name;
  };
  return {
    groups: groups.map(({ key, rows, strata }) => ({ key, rows, stratum: nameOf(strata) })),
    numberOf,
  };
}
