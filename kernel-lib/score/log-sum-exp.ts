/** The normalizer of a softmax, read straight from a model's logits. */
import { instantiate, type LinearMemory } from "../web-assembly";

interface Compiled {
  readonly memory: LinearMemory;
  input(count: number): number;
  logSumExp(count: number): number;
}

/** Logits as onnxruntime gives them: float16 as bits where this Node has no Float16Array. */
export type Logits = Float32Array | Float64Array | Uint16Array;

/**
 * log Σ exp over rows of `vocabulary` logits, and −log softmax of one of them. Terms are float32, as the logits are, and
 * their sum float64. A row that holds NaN or +∞, and one of nothing but −∞, gives NaN. One row's copy of memory.
 */
export class LogSoftmax {
  private readonly compiled = instantiate("score/log-sum-exp") as Compiled;
  private readonly row: Float32Array;

  constructor(readonly vocabulary: number) {
    this.row = this.room();
  }

  /** −log softmax(logits[from … from + vocabulary])[target], in nats; NaN or +∞ where the logits make it so. */
  nll(logits: Logits, from: number, target: number): number {
    const { vocabulary } = this;
    const row = this.row.length === 0 ? this.room() : this.row;
    if (logits instanceof Uint16Array) {
      for (let i = 0; i < vocabulary; i++) row[i] = HALVES[logits[from + i]!]!;
    } else row.set(logits.subarray(from, from + vocabulary));
    return this.compiled.logSumExp(vocabulary) - row[target]!;
  }

  private room(): Float32Array {
    const at = this.compiled.input(this.vocabulary);
    return new Float32Array(this.compiled.memory.buffer, at, this.vocabulary);
  }
}

/** Every float16 as a number. */
const HALVES = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});
