/**
 * A corpus with known duplicates for measuring dedup: chat documents of re-used turns, so that many pairs are similar and
 * are no duplicates. The same count and seed give the same bytes.
 */

import { once } from "node:events";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import { jaccard } from "./near-duplicate";
import { answer, question, sentence } from "./prose";
import { Random } from "./random";

export interface DedupCorpusOptions {
  /** Documents. Default 20,000. */
  readonly documents?: number;
  /** Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface DedupCorpus {
  /** Lines of `{ id, text }`. */
  readonly documents: string;
  /** Lines of `{ base, dup, kind, jaccard }`: kind is `exact`, `near` or `related`; jaccard over word 3-grams of the whole text. */
  readonly truth: string;
}

/** Shares of the documents; the others are made anew. `related` ones share turns with an earlier one, `near` ones are edited. */
const EXACT = 0.02;
const NEAR = 0.1;
const RELATED = 0.12;
/** Turns that more than one document uses, per document. */
const POOL = 0.25;

/**
 * `dedup.jsonl` and `dedup.truth.jsonl` stand in `folder`: about 12 % of the documents repeat an earlier one, exactly or
 * with edits that leave a Jaccard similarity between 0.4 and 1; as many share some turns with one.
 * @example await generateDedupCorpus(".cache/dedup", { documents: 1000 })
 */
export function generateDedupCorpus(folder: string, options: DedupCorpusOptions = {}): Promise<DedupCorpus> {
  return withProgress(JOBS.demo, options.onProgress, (report) => generate(folder, options, report));
}

async function generate(
  folder: string,
  { documents = 20_000, seed = 1, signal = interruptSignal() }: DedupCorpusOptions,
  report: ProgressListener,
): Promise<DedupCorpus> {
  mkdirSync(folder, { recursive: true });
  const paths = { documents: join(folder, "dedup.jsonl"), truth: join(folder, "dedup.truth.jsonl") };
  const [rows, truth] = [createWriteStream(paths.documents), createWriteStream(paths.truth)];
  const used = new Set<number>();
  for (let i = 0; i < documents; i++) {
    const random = new Random(seed, "dedup", i);
    const kind = kindOf(seed, i);
    const base = kind === null ? null : freeBase(random, seed, i, used);
    const text =
      base === null ? textOf(seed, i, documents) : repeated(random, kind, i, base, seed, documents);
    await write(rows, `${JSON.stringify({ id: idOf(i), text })}\n`);
    if (base !== null) {
      const similarity = Math.round(jaccard(text, textOf(seed, base, documents)) * 1e4) / 1e4;
      await write(
        truth,
        `${JSON.stringify({ base: idOf(base), dup: idOf(i), kind, jaccard: similarity })}\n`,
      );
    }
    if (i % 500 === 0) {
      signal.throwIfAborted();
      report({ stage: "demo", done: i, unit: "rows", share: i / documents });
    }
  }
  rows.end();
  truth.end();
  await Promise.all([finished(rows), finished(truth)]);
  report({ stage: "demo", done: documents, unit: "rows", share: 1 });
  return paths;
}

async function write(stream: WriteStream, line: string): Promise<void> {
  if (!stream.write(line)) await once(stream, "drain");
}

function idOf(i: number): string {
  return `d${String(i).padStart(8, "0")}`;
}

type Kind = "exact" | "near" | "related" | null;

function kindOf(seed: number, i: number): Kind {
  const draw = new Random(seed, "kind", i).fraction();
  if (draw < EXACT) return "exact";
  if (draw < EXACT + NEAR) return "near";
  return draw < EXACT + NEAR + RELATED ? "related" : null;
}

/** A document made anew before document `i` that nothing repeats yet; so the truth knows all pairs that are similar. */
function freeBase(random: Random, seed: number, i: number, used: Set<number>): number | null {
  const from = random.int(0, Math.max(0, i - 1));
  for (let k = 0; k < i; k++) {
    const at = (from + i - k) % i;
    if (kindOf(seed, at) !== null || used.has(at)) continue;
    used.add(at);
    return at;
  }
  return null;
}

/** The text of a document that repeats `base`. */
function repeated(
  random: Random,
  kind: Kind,
  i: number,
  base: number,
  seed: number,
  documents: number,
): string {
  if (kind === "exact") return textOf(seed, base, documents);
  if (kind === "near") return edited(random, textOf(seed, base, documents));
  const turns = turnsOf(seed, base, documents);
  const others = turnsOf(seed, i, documents);
  const replaced = random.int(0, turns.length - 1);
  return render(
    turns.map((turn, k) => (k === replaced || random.chance(0.4) ? (others[k] ?? others[0]!) : turn)),
  );
}

function textOf(seed: number, i: number, documents: number): string {
  return render(turnsOf(seed, i, documents));
}

type Turn = readonly [question: string, answer: string];

function turnsOf(seed: number, i: number, documents: number): Turn[] {
  const random = new Random(seed, "turns", i);
  const pool = Math.max(50, Math.round(documents * POOL));
  return Array.from({ length: random.int(2, 4) }, () =>
    random.chance(0.5) ? turnOf(new Random(seed, "pool", random.int(0, pool - 1))) : turnOf(random),
  );
}

function turnOf(random: Random): Turn {
  return [question(random), answer(random, random.longTail(120, 900))];
}

function render(turns: readonly Turn[]): string {
  const user = (text: string) => `<|start|>user<|message|>${text}<|end|>`;
  const assistant = (text: string, end: string) =>
    `<|start|>assistant<|channel|>final<|message|>${text}<|${end}|>`;
  return turns
    .map(([asked, said], i) => user(asked) + assistant(said, i === turns.length - 1 ? "return" : "end"))
    .join("");
}

/** Some words replaced, or a sentence put in or left out. */
function edited(random: Random, text: string): string {
  const words = text.split(" ");
  const edits = Math.max(1, Math.round(words.length * random.fraction() ** 2 * 0.12));
  for (let k = 0; k < edits; k++) {
    const at = random.int(0, words.length - 1);
    if (words[at]!.includes("<|")) continue;
    if (random.chance(0.1)) words[at] = `${words[at]} ${sentence(random)}`;
    else words[at] = random.pick(SUBSTITUTES);
  }
  return words.join(" ");
}

const SUBSTITUTES = "roughly nearly often seldom green quiet small large first second older newer".split(" ");
