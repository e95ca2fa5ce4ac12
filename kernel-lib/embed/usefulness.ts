/** How near each row is to what a model is wanted for, and where to cut. */
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { Table } from "../table/table";
import { encoderOf } from "./encode-query";
import type { Encoder } from "./encoder";
import { shuffled } from "./seeded";
import { type StoredVectors, storedVectors, tableVectors } from "./stored-vectors";
import { saveSidecar, withValues, writeValues } from "./value-table";

export interface UsefulnessOptions {
  /** A few hundred texts of the task: requests as users would put them. Or a table with vectors of the same model. */
  readonly target: readonly string[] | Table;
  /** Of so many nearest target texts the mean cosine is taken. Default 5: one odd target text makes no row useful. */
  readonly top?: number;
  /** Of more target texts a seeded sample is taken. Default 1,000. */
  readonly maxTarget?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Which vectors, where there are several: the model's name, or `name.view`. */
  readonly vectors?: string;
  readonly signal?: AbortSignal;
}

export interface CutOptions extends UsefulnessOptions {
  /** Texts of the task that are not among the target. Default: a fifth of the target, held back with the seed. */
  readonly validation?: readonly string[];
  /** Share of the validation texts that must survive the cut, 0..1. Default 0.95. */
  readonly keep?: number;
}

/** What `usefulness` computed. */
export interface Usefulness {
  /** The rows with `usefulness` (mean cosine, -1..1) and `usefulness_percentile` (0..100); null without a vector. */
  readonly table: Table;
  /** Rows that have a usefulness. */
  readonly rows: number;
  /** Target texts that were compared with. */
  readonly target: number;
  /** Writes the columns as `flags/usefulness.v1/` of the run; see `Domains.save`. */
  save(run?: string): Promise<string>;
}

/** Where `chooseUsefulnessCut` would cut. */
export interface UsefulnessCut {
  /** Rows with a `usefulness_percentile` below this are to be dropped: the X of "drop the bottom X %". */
  readonly percentile: number;
  /** The usefulness there. */
  readonly usefulness: number;
  /** Share of the validation texts that survive, at least `keep`. */
  readonly kept: number;
  readonly validation: number;
  /** For each X from 0 to 99: the share of the validation texts that would survive. */
  readonly curve: readonly { readonly percentile: number; readonly kept: number }[];
  /** SQL for `filter`, pools and policies. */
  readonly predicate: string;
}

/**
 * The table with how near each row is to a small target set (task-aware curation): `usefulness`, the mean cosine with the
 * `top` target texts that are nearest to it, and its percentile in the table, ties by mean rank. Nothing is dropped; a
 * predicate does that: `table.filter("usefulness_percentile >= 40")`. The cost is rows × target × dimensions: 100,000 rows and
 * 500 texts take some 20 s.
 *
 * @throws InputError when the table has no vectors, and for an empty target.
 * @example
 * const ds = await embed((await open("demo")).split("dolly").head(80), "words", { column: "instruction" });
 * const { table } = await usefulness(ds, { target: ["Write a short note", "Write a letter"], top: 1 });
 * table.filter("usefulness_percentile >= 50")
 */
export async function usefulness(table: Table, options: UsefulnessOptions): Promise<Usefulness> {
  const { signal = interruptSignal() } = options;
  const stored = await storedVectors(table, options.vectors, "usefulness", signal);
  const target = await targetVectors(stored, options, signal);
  const { keys, values } = await usefulnessOf(table, stored, target, checkedTop(options), signal);
  const file = await writeValues(keys, {
    usefulness: { type: "DOUBLE", values },
    usefulness_percentile: { type: "DOUBLE", values: percentiles(values) },
  });
  const facts = {
    vectors: stored.manifest.encoder.name,
    view: stored.manifest.column ?? stored.manifest.view,
    ...{ target: target.length, top: checkedTop(options) },
  };
  const { run } = table.state;
  return {
    table: await withValues(table, file),
    rows: keys.length,
    target: target.length,
    async save(folder) {
      const to = folder ?? run;
      if (to === null) throw new InputError("save: the table is not of a run; name its folder: save(folder)");
      return await saveSidecar(to, "usefulness", file, facts);
    },
  };
}

/**
 * The largest X, in whole percents, for which dropping the least useful X % still keeps `keep` of the texts that were held
 * back from the target. Those are mixed with the rows of the table and ranked among them by the same measure, so X says:
 * so much of the table can go before texts that are surely wanted go with it.
 *
 * It tells nothing about rows that are useful in a way that the target does not show, and a target of one kind of request
 * cuts away all others: look at what goes (`table.filter("usefulness_percentile < X")`) before it does.
 *
 * @throws InputError as `usefulness`, and for fewer than 5 validation texts.
 * @example
 * const ds = await embed((await open("demo")).split("dolly").head(80), "words", { column: "instruction" });
 * const target = (await ds.head(40).toArray()).map((row) => String(row.instruction));
 * const cut = await chooseUsefulnessCut(ds, { target, keep: 0.9 });
 * (await usefulness(ds, { target })).table.filter(cut.predicate)
 */
export async function chooseUsefulnessCut(table: Table, options: CutOptions): Promise<UsefulnessCut> {
  const { target: given, validation, keep = 0.95, seed = 0, signal = interruptSignal() } = options;
  if (!(keep > 0 && keep <= 1))
    throw new InputError(`chooseUsefulnessCut: keep ${keep}, expected a share above 0 and up to 1`);
  const stored = await storedVectors(table, options.vectors, "chooseUsefulnessCut", signal);
  let target = await targetVectors(stored, { ...options, target: given }, signal);
  let held: readonly Float32Array[];
  if (validation === undefined) {
    const order = shuffled(target.length, seed);
    const n = Math.floor(target.length / 5);
    held = Array.from(order.subarray(0, n), (i) => target[i]!);
    target = Array.from(order.subarray(n), (i) => target[i]!);
  } else {
    held = await encoded(await encoderOf(stored.manifest), validation);
    const same = new Set(target.map((vector) => vector.join()));
    held = held.filter((vector) => !same.has(vector.join())); // what the target has too would be kept whatever happens
  }
  if (held.length < 5) {
    throw new InputError(
      `chooseUsefulnessCut: ${held.length} validation texts that are not in the target, expected at least 5 (a fifth of the target is held back where none are given)`,
    );
  }
  const top = checkedTop(options);
  const { values } = await usefulnessOf(table, stored, target, top, signal);
  const wanted = held.map((vector) => nearness(vector, target, top));
  const ranks = percentiles([...values, ...wanted]).slice(values.length);
  const curve = Array.from({ length: 100 }, (_, percentile) => ({
    percentile,
    kept: ranks.filter((rank) => rank >= percentile).length / ranks.length,
  }));
  const chosen = curve.findLast(({ kept }) => kept >= keep) ?? curve[0]!;
  const sorted = Float64Array.from(values).sort();
  return {
    percentile: chosen.percentile,
    usefulness:
      sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * chosen.percentile) / 100))] ?? 0,
    kept: chosen.kept,
    validation: held.length,
    curve,
    predicate: `usefulness_percentile >= ${chosen.percentile}`,
  };
}

function checkedTop({ top = 5 }: UsefulnessOptions): number {
  if (Number.isSafeInteger(top) && top >= 1) return top;
  throw new InputError(`usefulness: top ${top}, expected a whole number of at least 1`);
}

async function targetVectors(
  stored: StoredVectors,
  { target, maxTarget = 1000, seed = 0 }: UsefulnessOptions,
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const vectors: Float32Array[] = [];
  if (target instanceof Table) {
    const theirs = await storedVectors(target, undefined, "usefulness", signal);
    if (theirs.manifest.encoder.digest !== stored.manifest.encoder.digest) {
      throw new InputError(
        `usefulness: the target's vectors are of ${theirs.manifest.encoder.name}, the table's of ${stored.manifest.encoder.name}: vectors of two models do not compare`,
      );
    }
    for await (const batch of tableVectors(target, theirs, signal)) vectors.push(...batch.vectors);
  } else if (target.length > 0) vectors.push(...(await encoded(await encoderOf(stored.manifest), target)));
  if (vectors.length === 0)
    throw new InputError("usefulness: the target has no text with a vector, expected a few hundred");
  if (vectors.length <= maxTarget) return vectors;
  return Array.from(shuffled(vectors.length, seed).subarray(0, maxTarget), (i) => vectors[i]!);
}

async function encoded(encoder: Encoder, texts: readonly string[]): Promise<Float32Array[]> {
  const { vectors } = await encoder.encode(texts.filter((text) => /\S/.test(text)));
  return vectors.filter((vector): vector is Float32Array => vector !== null);
}

async function usefulnessOf(
  table: Table,
  stored: StoredVectors,
  target: readonly Float32Array[],
  top: number,
  signal: AbortSignal,
): Promise<{ readonly keys: string[]; readonly values: number[] }> {
  const keys: string[] = [];
  const values: number[] = [];
  for await (const batch of tableVectors(table, stored, signal)) {
    signal.throwIfAborted();
    keys.push(...batch.keys);
    for (const vector of batch.vectors) values.push(nearness(vector, target, top));
  }
  return { keys, values };
}

/** Mean of the `top` highest cosines. */
function nearness(vector: Float32Array, target: readonly Float32Array[], top: number): number {
  const best = new Float64Array(Math.min(top, target.length)).fill(-2); // lowest first
  for (const other of target) {
    let dot = 0;
    for (let i = 0; i < other.length; i++) dot += vector[i]! * other[i]!;
    if (dot <= best[0]!) continue;
    let at = 0;
    for (; at + 1 < best.length && best[at + 1]! < dot; at++) best[at] = best[at + 1]!;
    best[at] = dot;
  }
  return best.reduce((sum, one) => sum + one, 0) / best.length;
}

/** 100 · (smaller + half of the equal ones) / n. */
function percentiles(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (100 * (from + to)) / 2 / values.length;
    from = to;
  }
  return ranks;
}
