/** A linear head over vectors: softmax regression, trained by Adam over small batches with a seed. */
import { shuffled } from "./seeded";

export interface LinearHead {
  readonly classes: number;
  readonly dimensions: number;
  /** A row of `dimensions` weights and a bias for each class. */
  readonly weights: Float64Array;
  /** Logits are divided by this, so that a confidence is the share of rows that are right; see `fitTemperature`. */
  readonly temperature: number;
}

interface Labelled {
  /** Vectors one after the other. */
  readonly data: Float32Array;
  readonly dimensions: number;
  /** Indexes of the rows that are looked at. */
  readonly rows: readonly number[];
  /** Class of each row of `data`. */
  readonly labels: Int32Array;
}

const BATCH = 64;
const EPOCHS = 12;
const RATE = 0.03;
const L2 = 1e-5;
const [BETA1, BETA2] = [0.9, 0.999];

/**
 * A head that tells the classes of `rows` apart. Minimizes cross-entropy with a little weight decay; the learning rate falls
 * to zero. The same rows in the same order and the same seed give the same head.
 */
export function trainHead(
  { data, dimensions, rows, labels }: Labelled,
  { classes, seed }: { readonly classes: number; readonly seed: number },
): LinearHead {
  const width = dimensions + 1;
  const weights = new Float64Array(classes * width);
  const [mean, square, gradient] = [weights.slice(), weights.slice(), weights.slice()];
  const logits = new Float64Array(classes);
  const steps = EPOCHS * Math.ceil(rows.length / BATCH);
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = shuffled(rows.length, seed * EPOCHS + epoch);
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.subarray(from, from + BATCH);
      gradient.fill(0);
      for (const place of batch) {
        const row = rows[place]!;
        const at = row * dimensions;
        probabilities(weights, data, at, dimensions, 1, logits);
        for (let c = 0; c < classes; c++) {
          const error = (logits[c]! - (labels[row] === c ? 1 : 0)) / batch.length;
          const to = c * width;
          for (let i = 0; i < dimensions; i++) gradient[to + i]! += error * data[at + i]!;
          gradient[to + dimensions]! += error;
        }
      }
      step++;
      const rate = (RATE * (1 - (step - 1) / steps) * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
      for (let i = 0; i < weights.length; i++) {
        const slope = gradient[i]! + L2 * weights[i]!;
        mean[i] = BETA1 * mean[i]! + (1 - BETA1) * slope;
        square[i] = BETA2 * square[i]! + (1 - BETA2) * slope * slope;
        weights[i]! -= (rate * mean[i]!) / (Math.sqrt(square[i]!) + 1e-8);
      }
    }
  }
  return { classes, dimensions, weights, temperature: 1 };
}

/**
 * The head with the temperature under which the labels of `rows`, which it has not seen, are most likely (Guo et al., ICML
 * 2017, arXiv:1706.04599). No class changes by it.
 */
export function fitTemperature(head: LinearHead, { data, dimensions, rows, labels }: Labelled): LinearHead {
  if (rows.length === 0) return head;
  const out = new Float64Array(head.classes);
  const loss = (temperature: number) => {
    let sum = 0;
    for (const row of rows) {
      probabilities(head.weights, data, row * dimensions, dimensions, temperature, out);
      sum -= Math.log(Math.max(1e-12, out[labels[row]!]!));
    }
    return sum;
  };
  // Golden-section search over the logarithm: the loss has one valley.
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.1), Math.log(10)];
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)];
  let [lossA, lossB] = [loss(Math.exp(a)), loss(Math.exp(b))];
  for (let i = 0; i < 25; i++) {
    if (lossA < lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - golden * (high - low);
      lossA = loss(Math.exp(a));
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + golden * (high - low);
      lossB = loss(Math.exp(b));
    }
  }
  return { ...head, temperature: Math.exp((low + high) / 2) };
}

/** The likeliest class of the vector at `row` and its probability. */
export function predict(
  { classes, dimensions, weights, temperature }: LinearHead,
  data: Float32Array,
  row = 0,
): { readonly label: number; readonly confidence: number } {
  const out = new Float64Array(classes);
  probabilities(weights, data, row * dimensions, dimensions, temperature, out);
  let label = 0;
  for (let c = 1; c < classes; c++) if (out[c]! > out[label]!) label = c;
  return { label, confidence: out[label]! };
}

function probabilities(
  weights: Float64Array,
  data: Float32Array,
  at: number,
  dimensions: number,
  temperature: number,
  out: Float64Array,
): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < out.length; c++) {
    const from = c * (dimensions + 1);
    let sum = weights[from + dimensions]!;
    for (let i = 0; i < dimensions; i++) sum += weights[from + i]! * data[at + i]!;
    out[c] = sum / temperature;
    if (out[c]! > most) most = out[c]!;
  }
  let total = 0;
  for (let c = 0; c < out.length; c++) {
    out[c] = Math.exp(out[c]! - most);
    total += out[c]!;
  }
  for (let c = 0; c < out.length; c++) out[c]! /= total;
}
