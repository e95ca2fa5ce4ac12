/** What a causal language model wants to be fed, read from its own declaration. */
import { InputError } from "../errors";
import type { ModelFiles } from "../model/model-files";
import { infoText, type ModelSession, type TensorInfo } from "../model/session";

/** A cache input and the output that is fed to it next. */
export interface CacheSlot {
  readonly input: TensorInfo;
  readonly output: string;
}

export interface LmInputs {
  readonly logits: TensorInfo;
  /** Last size of the logits; null where the model does not state it. */
  readonly vocabulary: number | null;
  readonly cache: readonly CacheSlot[];
  /** Input by which a model computes the logits of the last positions only. */
  readonly keep: TensorInfo | null;
}

const CACHE = /^past[._]?(key_values|values)?[._]/;
const KEEP = ["num_logits_to_keep", "logits_to_keep"];
const PLAIN = [
  "input_ids",
  "attention_mask",
  "position_ids",
  "token_type_ids",
  "cache_position",
  "use_cache_branch",
];

/** Whether a causal language model's input of this name can be fed. */
export function isKnownInput(name: string): boolean {
  return PLAIN.includes(name) || KEEP.includes(name) || CACHE.test(name);
}

/** @throws InputError for a model that gives no logits, or whose cache has sizes that it does not state. */
export function lmInputs({ inputs, outputs }: ModelSession, files: ModelFiles): LmInputs {
  const logits =
    outputs.find(({ name }) => name === "logits") ?? outputs.find(({ name }) => /logits$/.test(name));
  if (!logits) {
    throw new InputError(
      `model ${files.name}: has no output logits; it has ${outputs.slice(0, 4).map(infoText).join(", ")}: is it a causal language model, exported for text generation?`,
    );
  }
  if (!["float32", "float16", "float64"].includes(logits.type)) {
    throw new InputError(
      `model ${files.name}: its logits are ${logits.type}, expected float32, float16 or float64`,
    );
  }
  const presents = outputs.map(({ name }) => name).filter((name) => name !== logits.name);
  const cache = inputs
    .filter(({ name }) => CACHE.test(name))
    .map((input, i) => {
      const same = ["present", "present_key_values"]
        .map((word) => `${word}${input.name.slice(CACHE.exec(input.name)![0].length - 1)}`)
        .find((name) => presents.includes(name));
      const output = same ?? presents[i];
      const unknown = input.shape.some(
        (size, axis) => typeof size === "string" && axis > 0 && !isLength(size),
      );
      if (output === undefined || unknown) {
        throw new InputError(
          `model ${files.name}: cannot make an empty cache for ${infoText(input)}: ${unknown ? "heads and their size must be numbers" : "no output gives its next value"}; export it again, or without a cache`,
        );
      }
      return { input, output };
    });
  const last = logits.shape.at(-1);
  return {
    logits,
    vocabulary: typeof last === "number" && last > 0 ? last : null,
    cache,
    keep: inputs.find(({ name }) => KEEP.includes(name)) ?? null,
  };
}

function isLength(size: string): boolean {
  return /past|seq|len|total|kv/i.test(size);
}

/** Sizes of an empty cache for one row. */
export function emptyCacheSizes({ shape }: TensorInfo, rows: number): number[] {
  return shape.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? rows : 0));
}
