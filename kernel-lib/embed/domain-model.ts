/** What tells domains apart: a head that was trained on rows whose domain is known, or prototypes. */
import { shareOf } from "./seeded";
import { fitTemperature, type LinearHead, predict, trainHead } from "./softmax-regression";

export interface DomainModel {
  readonly kind: "head" | "prototypes";
  readonly domains: readonly string[];
  /** Rows that each domain was learned from. */
  readonly learnedFrom: readonly number[];
  /** The likeliest domain, how sure that is (0..1), and whether the row is like rows of that domain at all. */
  classify(vector: Float32Array): {
    readonly domain: string;
    readonly confidence: number;
    readonly isNear: boolean;
  };
}

/** Vectors one after the other and the domain of each row, an index into `domains`; -1 where it is not known. */
export interface LabelledVectors {
  readonly data: Float32Array;
  readonly dimensions: number;
  readonly labels: Int32Array;
  readonly domains: readonly string[];
}

/** Which part of the rows learns, which sets the confidence, which is only asked. */
export interface Split {
  readonly train: readonly number[];
  readonly calibrate: readonly number[];
  readonly test: readonly number[];
}

/** Of a domain with more rows than this a seeded sample learns. */
const MOST_OF_A_DOMAIN = 3_000;
/** Share of a domain's own rows that lie farther from its center than what counts as near. */
const FAR = 0.01;

/** The rows with a domain in three parts, by a hash of their vectors: equal texts are in one part. */
export function splitRows(vectors: LabelledVectors, { test, seed }: { test: number; seed: number }): Split {
  const { data, dimensions, labels } = vectors;
  const parts = { train: [] as number[], calibrate: [] as number[], test: [] as number[] };
  for (let row = 0; row < labels.length; row++) {
    if (labels[row]! < 0) continue;
    const share = shareOf(data.subarray(row * dimensions, (row + 1) * dimensions), seed);
    parts[share < test ? "test" : share < test + (1 - test) / 8 ? "calibrate" : "train"].push(row);
  }
  return parts;
}

/** A linear head over the rows that learn; see `trainHead`. */
export function trainDomains(vectors: LabelledVectors, split: Split, seed: number): DomainModel {
  const { data, dimensions, labels, domains } = vectors;
  const learnedFrom = domains.map(() => 0);
  const rows = split.train.filter((row) => learnedFrom[labels[row]!]!++ < MOST_OF_A_DOMAIN);
  const labelled = { data, dimensions, labels };
  const trained = trainHead({ ...labelled, rows }, { classes: domains.length, seed });
  const head: LinearHead = fitTemperature(trained, { ...labelled, rows: split.calibrate });
  const centers = centersOf(vectors, rows);
  const least = domains.map((_, label) => {
    const own = rows.filter((row) => labels[row] === label);
    const similar = own.map((row) => dot(data, row * dimensions, centers[label]!)).sort((a, b) => a - b);
    return similar[Math.floor(similar.length * FAR)] ?? 1;
  });
  return {
    kind: "head",
    domains,
    learnedFrom: learnedFrom.map((n) => Math.min(n, MOST_OF_A_DOMAIN)),
    classify(vector) {
      const { label, confidence } = predict(head, vector);
      return {
        domain: domains[label]!,
        confidence,
        isNear: dot(vector, 0, centers[label]!) >= least[label]!,
      };
    },
  };
}

/**
 * The nearest prototype's domain. The confidence is that of a softmax over the best cosine of each domain: comparable
 * within one model, not a probability.
 */
export function prototypeDomains(
  prototypes: ReadonlyMap<string, readonly Float32Array[]>,
  { sharpness = 12 }: { readonly sharpness?: number } = {},
): DomainModel {
  const domains = [...prototypes.keys()];
  return {
    kind: "prototypes",
    domains,
    learnedFrom: [...prototypes.values()].map(({ length }) => length),
    classify(vector) {
      const best = [...prototypes.values()].map((list) =>
        list.reduce((most, one) => Math.max(most, dot(vector, 0, one)), -1),
      );
      const most = Math.max(...best);
      const total = best.reduce((sum, cosine) => sum + Math.exp(sharpness * (cosine - most)), 0);
      return { domain: domains[best.indexOf(most)]!, confidence: 1 / total, isNear: most > 0.1 };
    },
  };
}

function centersOf(
  { data, dimensions, labels, domains }: LabelledVectors,
  rows: readonly number[],
): Float64Array[] {
  const centers = domains.map(() => new Float64Array(dimensions));
  for (const row of rows) {
    const center = centers[labels[row]!]!;
    for (let i = 0; i < dimensions; i++) center[i]! += data[row * dimensions + i]!;
  }
  for (const center of centers) {
    const length = Math.hypot(...center) || 1;
    for (let i = 0; i < dimensions; i++) center[i]! /= length;
  }
  return centers;
}

function dot(data: Float32Array, at: number, other: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < other.length; i++) sum += data[at + i]! * other[i]!;
  return sum;
}
