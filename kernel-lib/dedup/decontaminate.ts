/** Rows that hold items of evaluation sets, with the evidence. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { LocalEngine } from "../engine/local";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import type { Contamination, DecontaminationResult } from "./contamination";
import { type EvalIndex, indexItems, LONG_GRAM, NEAR_GRAM, plainWords, SHORT_GRAM } from "./eval-index";
import { readEvalItems } from "./eval-items";
import { planInputs } from "./inputs";
import type { DedupInput, InputColumns } from "./planned-input";
import { RowLines } from "./row-lines";
import { DEFAULT_SETTINGS, type DedupSettings, type DedupView } from "./settings";
import { configured } from "./sign-task";
import { Signatures } from "./signatures";
import { layOut, listed, signLines } from "./stages";
import { writeContamination } from "./write-duplicates";

export interface DecontaminateOptions extends InputColumns {
  /** Folder that gets contaminated.parquet. */
  readonly out?: string;
  /** Column of the evaluation sets with the text; default: question, prompt, problem …, whichever there is. */
  readonly evalText?: string;
  /** What of a row is looked at. Default `all` message bodies. */
  readonly view?: DedupView;
  /** Least share of an item's 8-grams that a row must hold where it shares no 13-gram. Default 0.5. */
  readonly minCoverage?: number;
  /** Least share of an item's 3-grams for a near copy. Default 0.4. */
  readonly nearCoverage?: number;
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Rows that repeat items of evaluation sets: tokens are lower-cased words in NFC, so case, punctuation and white space do not
 * hide a copy. A row counts when it shares 13 words in a row with an item, or 8-grams over half of it, or most of its
 * 3-grams (a light paraphrase); items of fewer than 8 words count where a whole message says the same.
 *
 * @throws InputError when a set cannot be read whole or has no words: a check that looked for nothing must not pass.
 * @example await decontaminate("out/math", ["gsm8k_test.jsonl"])
 */
export function decontaminate(
  tables: DedupInput | readonly DedupInput[],
  evals: string | readonly string[],
  options: DecontaminateOptions = {},
): Promise<DecontaminationResult> {
  const sets = typeof evals === "string" ? [evals] : evals;
  if (sets.length === 0) throw new InputError("decontaminate: no evaluation set, expected at least one file");
  return withProgress(JOBS.dedup, options.onProgress, (report) => run(listed(tables), sets, options, report));
}

async function run(
  inputs: readonly DedupInput[],
  evals: readonly string[],
  options: DecontaminateOptions,
  onProgress: ProgressListener,
): Promise<DecontaminationResult> {
  const { signal = interruptSignal(), view = "all", minCoverage = 0.5, nearCoverage = 0.4 } = options;
  const settings: DedupSettings = { ...DEFAULT_SETTINGS, view, near: false, ngram: NEAR_GRAM };
  const reader = configured({ ...settings, view: "text" }, []);
  const indexes: { eval: string; index: EvalIndex }[] = [];
  for (const path of evals) {
    const items = await readEvalItems(path, options.evalText);
    indexes.push({ eval: basename(path), index: indexItems(reader, items, path) });
  }
  const work = mkdtempSync(join(tmpdir(), "corpuslab-decontaminate-"));
  mkdirSync(work, { recursive: true });
  const engine = new LocalEngine(options.workers === undefined ? {} : { workers: options.workers });
  try {
    const planned = await planInputs(inputs, options, work);
    const files = await layOut(planned, work, engine, { signal, onProgress });
    const signatures = new Signatures(await signLines(files, settings, work, engine, { signal, onProgress }));
    const lines = new RowLines(signatures, settings);
    const contaminated: Contamination[] = [];
    for (let row = 0; row < signatures.rows; row++) {
      if (row % 2048 === 0) {
        signal.throwIfAborted();
        onProgress({ stage: "decontaminate", done: row, unit: "rows", share: row / signatures.rows });
      }
      for (const each of indexes) {
        for (const hit of hitsOf(lines, signatures, row, each.index, { minCoverage, nearCoverage }))
          contaminated.push({ row_key: lines.key(row), id: lines.id(row), eval: each.eval, ...hit });
      }
    }
    lines.close();
    signatures.close();
    contaminated.sort(
      (a, b) =>
        compareText(a.row_key, b.row_key) || compareText(a.eval, b.eval) || compareText(a.item, b.item),
    );
    const said = indexes.map((each) => ({
      eval: each.eval,
      items: each.index.items.length,
      short: each.index.items.filter(({ words }) => words < SHORT_GRAM).length,
    }));
    const result = { rows: signatures.rows, contaminated, evals: said };
    if (options.out !== undefined) await writeContamination(result, options.out);
    return result;
  } finally {
    await engine.close();
    rmSync(work, { recursive: true, force: true });
  }
}

type Hit = Pick<Contamination, "item" | "kind" | "coverage" | "span">;

/** The items that the row holds. */
function hitsOf(
  lines: RowLines,
  signatures: Signatures,
  row: number,
  { items, indexes, short }: EvalIndex,
  { minCoverage, nearCoverage }: { readonly minCoverage: number; readonly nearCoverage: number },
): Hit[] {
  if (signatures.state[row] !== 0) return [];
  const words = lines.words(row);
  const found = new Map<number, Hit>();
  for (const index of indexes) {
    const { n } = index;
    if (words.count < n) continue;
    const hashes = words.grams(n);
    const places = new Map<number, { met: Set<string>; at: number[] }>();
    for (let i = 0; i < hashes.length; i += 2) {
      const have = index.find(hashes[i]!, hashes[i + 1]!);
      if (have === null) continue;
      for (const item of have) {
        let place = places.get(item);
        if (!place) {
          place = { met: new Set(), at: [] };
          places.set(item, place);
        }
        place.met.add(`${hashes[i]} ${hashes[i + 1]}`);
        place.at.push(i / 2);
      }
    }
    const kind = n === LONG_GRAM ? "13-gram" : n === SHORT_GRAM ? "8-gram" : "near";
    const least = n === LONG_GRAM ? 0 : n === SHORT_GRAM ? minCoverage : nearCoverage;
    for (const [item, { met, at }] of places) {
      const coverage = met.size / items[item]!.grams.get(n)!;
      if (coverage < least || found.has(item)) continue;
      // Of a short item the beginning is two fifths already: "What's the best way to".
      if (n === NEAR_GRAM && met.size < LEAST_NEAR) continue;
      const [from, to] = longestRun(at);
      if (n === LONG_GRAM && !isLongEnough(words.text(from, to + n))) continue;
      found.set(item, {
        item: items[item]!.name,
        kind,
        coverage,
        span: words.text(from, to + n).slice(0, 400),
      });
    }
  }
  if (short.size > 0) {
    for (const body of words.bodies()) {
      const said = body.length > 400 ? null : plainWords(body);
      const item = said === null ? undefined : short.get(said);
      if (item !== undefined)
        found.set(item, { item: items[item]!.name, kind: "whole", coverage: 1, span: said! });
    }
  }
  return [...found.values()];
}

/** Different 3-grams that a near copy shares, however short the item is. */
const LEAST_NEAR = 8;

/** Characters that make a word of 13, where each is cut off as one: two of Chinese and Japanese, four of Thai and its like. */
const LOGOGRAPHIC = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Bopo}\p{sc=Yiii}]/gu;
const UNSPACED = /[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}]/gu;

/** Whether a span of 13 pieces or more is as long as 13 words of a script with spaces. */
function isLongEnough(span: string): boolean {
  const logographic = span.match(LOGOGRAPHIC)?.length ?? 0;
  const unspaced = span.match(UNSPACED)?.length ?? 0;
  if (logographic + unspaced === 0) return true;
  const others = (
    span
      .replace(LOGOGRAPHIC, " ")
      .replace(UNSPACED, " ")
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).length;
  return others + logographic / 2 + unspaced / 4 >= LONG_GRAM;
}

/** First and last of the longest run of consecutive places. */
function longestRun(places: readonly number[]): [number, number] {
  let best: [number, number] = [places[0]!, places[0]!];
  let from = places[0]!;
  places.forEach((place, i) => {
    if (i > 0 && place !== places[i - 1]! + 1) from = place;
    if (place - from > best[1] - best[0]) best = [from, place];
  });
  return best;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
