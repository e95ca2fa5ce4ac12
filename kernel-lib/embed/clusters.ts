/** Rows in groups of like meaning, and what each group is about. */
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import type { Table } from "../table/table";
import { type ClusterSummary, Clusters } from "./cluster-result";
import { clusterTerms } from "./cluster-terms";
import { rowTexts } from "./row-texts";
import { shuffled } from "./seeded";
import { collectVectors, storedVectors } from "./stored-vectors";
import { withValues, writeValues } from "./value-table";

export interface ClusterOptions {
  /** Clusters. Default 12. */
  readonly k?: number;
  /** Rows that the centers are found on, drawn with the seed; all rows are then assigned. Default 5,000. */
  readonly sample?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Which vectors, where there are several: the model's name, or `name.view`. */
  readonly vectors?: string;
  readonly signal?: AbortSignal;
}

/** Rows of a cluster that its terms are taken from. */
const ROWS_FOR_TERMS = 300;
const EXAMPLES = 3;
const CHARACTERS = 1500;
const MOST_ITERATIONS = 50;

/**
 * The table with `cluster` (0 is the largest), `cluster_label` (its terms) and `cluster_similarity` (cosine with the
 * cluster's center) beside its rows; rows without a vector have nulls. k-means with k-means++ starts on a sample, then every
 * row goes to the nearest center. Terms are the words that rows of a cluster have and others do not (class-based tf-idf),
 * examples the rows nearest to its center. The same table, k and seed give the same clusters. Memory: the vectors.
 *
 * @throws InputError when the table has no vectors, or fewer rows with one than clusters.
 * @example
 * const ds = await embed((await open("demo")).split("dolly").head(200), "words", { column: "instruction" });
 * (await clusters(ds, { k: 4 })).list.map(({ label, rows }) => [label, rows])
 */
export async function clusters(table: Table, options: ClusterOptions = {}): Promise<Clusters> {
  const { k = 12, sample = 5000, seed = 0, vectors, signal = interruptSignal() } = options;
  if (!Number.isSafeInteger(k) || k < 2 || k > 500)
    throw new InputError(`clusters: k ${k}, expected a whole number from 2 to 500`);
  if (!Number.isSafeInteger(sample) || sample < k)
    throw new InputError(`clusters: sample ${sample}, expected a whole number of at least k (${k})`);
  const stored = await storedVectors(table, vectors, "clusters", signal);
  const { keys, data, dimensions } = await collectVectors(table, stored, signal);
  if (keys.length < k) {
    throw new InputError(`clusters: ${keys.length} rows have a vector, expected at least k (${k})`);
  }
  const drawn = shuffled(keys.length, seed).subarray(0, sample).sort();
  const { kmeans } = await import("ml-kmeans");
  const points = Array.from(drawn, (row) =>
    Array.from(data.subarray(row * dimensions, (row + 1) * dimensions)),
  );
  const { centroids } = kmeans(points, k, {
    seed,
    maxIterations: MOST_ITERATIONS,
    initialization: "kmeans++",
  });
  signal.throwIfAborted();
  const assigned = assign(data, dimensions, centroids);
  const texts = await textsOf(table, stored, keys, assigned, signal);
  const list = summaries(keys, assigned, texts);
  const file = await writeValues(keys, {
    cluster: { type: "BIGINT", values: Array.from(assigned.cluster) },
    cluster_label: {
      type: "VARCHAR",
      values: Array.from(assigned.cluster, (cluster) => list[cluster]!.label),
    },
    cluster_similarity: { type: "DOUBLE", values: Array.from(assigned.similarity) },
  });
  return new Clusters({
    table: await withValues(table, file),
    ...{ file, list, seed },
    origin: table.origin,
    vectors: stored.manifest.encoder.name,
    sampled: drawn.length,
  });
}

interface Assigned {
  /** Numbered by size, the largest first. */
  readonly cluster: Int32Array;
  readonly similarity: Float64Array;
  /** Indexes of each cluster's rows, nearest to the center first. */
  readonly members: readonly (readonly number[])[];
}

function assign(data: Float32Array, dimensions: number, centroids: readonly (readonly number[])[]): Assigned {
  const n = data.length / dimensions;
  const [nearest, similarity] = [new Int32Array(n), new Float64Array(n)];
  const centers = centroids.map((center) => Float64Array.from(center));
  const squares = centers.map((center) => center.reduce((sum, x) => sum + x * x, 0));
  for (let row = 0; row < n; row++) {
    let best = Number.NEGATIVE_INFINITY;
    for (const [c, center] of centers.entries()) {
      let dot = 0;
      for (let i = 0, at = row * dimensions; i < dimensions; i++) dot += center[i]! * data[at + i]!;
      const score = dot - squares[c]! / 2; // the nearest center has the highest
      if (score <= best) continue;
      best = score;
      nearest[row] = c;
      similarity[row] = dot / Math.sqrt(squares[c]! || 1);
    }
  }
  const members = centers.map((): number[] => []);
  for (let row = 0; row < n; row++) members[nearest[row]!]!.push(row);
  const filled = members
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length || a[0]! - b[0]!);
  const cluster = new Int32Array(n);
  for (const [number, rows] of filled.entries()) {
    for (const row of rows) cluster[row] = number;
    rows.sort((a, b) => similarity[b]! - similarity[a]! || a - b);
  }
  return { cluster, similarity, members: filled };
}

/** Texts of rows from all over each cluster, its nearest ones among them, by row_key. */
async function textsOf(
  table: Table,
  stored: Parameters<typeof rowTexts>[1],
  keys: readonly string[],
  { members }: Assigned,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const chosen = members.flatMap((rows) => {
    const step = Math.max(1, rows.length / ROWS_FOR_TERMS);
    const spread = Array.from(
      { length: Math.min(rows.length, ROWS_FOR_TERMS) },
      (_, i) => rows[Math.floor(i * step)]!,
    );
    return [...new Set([...rows.slice(0, EXAMPLES), ...spread])];
  });
  return await rowTexts(
    table,
    stored,
    chosen.map((row) => keys[row]!),
    { most: CHARACTERS, signal },
  );
}

function summaries(
  keys: readonly string[],
  { cluster, members }: Assigned,
  texts: ReadonlyMap<string, string>,
): ClusterSummary[] {
  const rows = keys.flatMap((key, row) => (texts.has(key) ? [row] : []));
  const terms = clusterTerms(
    rows.map((row) => texts.get(keys[row]!)!),
    rows.map((row) => cluster[row]!),
    members.length,
  );
  return members.map((own, number) => ({
    cluster: number,
    label: terms[number]!.join(", ") || `cluster ${number}`,
    terms: terms[number]!,
    rows: own.length,
    share: own.length / keys.length,
    examples: own
      .slice(0, EXAMPLES)
      .map((row) => ({ row_key: keys[row]!, text: texts.get(keys[row]!) ?? "" })),
  }));
}
