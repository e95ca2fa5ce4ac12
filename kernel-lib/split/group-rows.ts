/** Rows in groups that must stay together: equal content, near duplicates, equal values of columns. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planInputs } from "../dedup/inputs";
import type { DedupInput, InputColumns, PlannedInput } from "../dedup/planned-input";
import { RowLines } from "../dedup/row-lines";
import { checkedSettings, DEFAULT_SETTINGS, type DedupSettings, type DedupView } from "../dedup/settings";
import { Signatures } from "../dedup/signatures";
import { type GroupingCounts, joinSimilar, RowGroups } from "../dedup/similar-groups";
import { layOut, signLines } from "../dedup/stages";
import { LocalEngine } from "../engine/local";
import { InputError } from "../errors";
import type { ProgressListener } from "../progress";
import { type FactColumns, type RowFacts, readFacts } from "./row-facts";

export interface GroupOptions extends InputColumns {
  /** Least Jaccard similarity that keeps two rows together, 0..1. Default 0.8. */
  readonly threshold?: number;
  /** Words in a shingle. Default 3. */
  readonly ngram?: number;
  /** What of a row is compared: `all` message bodies (default), `prompt`, `completion`, or the `text` as it stands. */
  readonly view?: DedupView;
  /** System and developer messages belong to the view. Default false. */
  readonly system?: boolean;
  /** Look for near duplicates. Default true; rows of equal content stay together in any case. */
  readonly near?: boolean;
  /** Columns whose equal values keep rows together. Default `meta_problem_id` where there is one; `[]` for none. */
  readonly together?: readonly string[];
  /** Worker threads; default one per core. Changes nothing. */
  readonly workers?: number;
}

export interface GroupedRows {
  readonly facts: RowFacts;
  /** Of each row the number of its group's first row. */
  readonly groupOf: Uint32Array;
  readonly keyOf: (row: number) => string;
  readonly planned: readonly PlannedInput[];
  readonly counts: GroupingCounts & { readonly byValue: number };
  readonly settings: DedupSettings;
}

/**
 * 32 bands of 4 values: of pairs at 0.8 fewer than 1 in 10 million share none, where the 21×6 of dedup miss 1 in 600. There a
 * missed pair is a duplicate that stays; here it would be a leak.
 */
const BANDS = { bands: 32, rowsPerBand: 4 };

export async function groupRows(
  inputs: readonly DedupInput[],
  options: GroupOptions,
  columns: Omit<FactColumns, "together">,
  signal: AbortSignal,
  onProgress: ProgressListener,
): Promise<GroupedRows> {
  const { threshold, ngram, view, system, near } = options;
  const given = Object.entries({ threshold, ngram, view, system, near }).filter(
    ([, value]) => value !== undefined,
  );
  const settings = checkedSettings({ ...DEFAULT_SETTINGS, ...BANDS, ...Object.fromEntries(given) });
  const facts = await readFacts(inputs, { ...columns, together: options.together }, signal);
  const rows = facts.keys.length;
  const work = mkdtempSync(join(tmpdir(), "corpuslab-split-"));
  const engine = new LocalEngine(options.workers === undefined ? {} : { workers: options.workers });
  try {
    const planned = await planInputs(inputs, options, work);
    const files = await layOut(planned, work, engine, { signal, onProgress });
    const signatures = new Signatures(await signLines(files, settings, work, engine, { signal, onProgress }));
    try {
      checkAligned(signatures, settings, facts);
      const groups = new RowGroups(rows);
      const counts = joinSimilar(signatures, settings, groups, (share) => {
        signal.throwIfAborted();
        onProgress({ stage: "dedup-near", done: Math.round(share * rows), unit: "rows", share });
      });
      const byValue = joinEqual(facts, groups);
      const fallback = facts.keys.map((key, row) =>
        key === null ? `${signatures.fileOf(row).name}#${signatures.numberOf(row)}` : null,
      );
      return {
        facts,
        groupOf: Uint32Array.from({ length: rows }, (_, row) => groups.of(row)),
        keyOf: (row) => facts.keys[row] ?? fallback[row]!,
        planned,
        counts: { ...counts, byValue },
        settings,
      };
    } finally {
      signatures.close();
    }
  } finally {
    await engine.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** Joins rows of equal values; gives how many rows have the value of an earlier one. */
function joinEqual({ together }: RowFacts, groups: RowGroups): number {
  let joined = 0;
  for (const values of together.values()) {
    const first = new Map<string, number>();
    values.forEach((value, row) => {
      if (value === null) return;
      const earlier = first.get(value);
      if (earlier === undefined) first.set(value, row);
      else {
        groups.unite(earlier, row);
        joined++;
      }
    });
  }
  return joined;
}

/** Keys that are compared: every so many. */
const STRIDE = 997;

/** The lines that were signed and the facts are of the same rows in the same order. */
function checkAligned(signatures: Signatures, settings: DedupSettings, { keys }: RowFacts): void {
  if (signatures.rows !== keys.length) {
    throw new InputError(
      `split: ${signatures.rows} lines but ${keys.length} rows that can be read: normalize the table first, which says what is wrong with the others`,
    );
  }
  const lines = new RowLines(signatures, settings);
  try {
    for (let row = 0; row < keys.length; row += STRIDE) {
      const key = keys[row];
      if (key !== null && signatures.fileOf(row).fields.key !== null && lines.key(row) !== key)
        throw new Error(`split: row ${row} is ${lines.key(row)} in one reading and ${key} in the other`);
    }
  } finally {
    lines.close();
  }
}
