/** A small language model with numbers that torch gave for it, for tests that skip where it is not there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Reference {
  readonly id: string;
  readonly variant: "clean" | "shuffled" | "garbage" | "simplified_tool" | "tool_calls";
  readonly text: string;
  readonly n_tokens: number;
  /** Of some rows. */
  readonly token_nll?: readonly number[];
  readonly assistant_all: Sums;
  readonly assistant_all_with_stop: Sums;
  readonly assistant_last: Sums;
  readonly assistant_last_with_stop: Sums;
}

interface Sums {
  readonly nll_sum: number;
  readonly nll_mean: number;
  readonly completion_token_count: number;
}

const folder =
  process.env.CORPUSLAB_TINYLM_DIR ?? join(__dirname, "..", "..", "..", "shared", "models", "tinylm");

/** Its folder, or null. */
export const tinylm = existsSync(join(folder, "model.onnx")) ? folder : null;

export function references(): Reference[] {
  return readFileSync(join(tinylm!, "reference.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Reference);
}
