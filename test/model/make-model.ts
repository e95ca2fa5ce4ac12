/** A model folder with a bigram language model: the logits after a token are its row of a table, so every NLL is known. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Graph, onnxBytes } from "./tiny-onnx";

/** One token a character of this text, each `<|…|>` one too. */
export const SPECIALS = ["<|start|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>", "<|channel|>"];
const LETTERS = [..." abcdefghijklmnopqrstuvwxyz=.0123456789"];
export const VOCABULARY = [...SPECIALS, ...LETTERS, "<unk>"];

export interface ModelShape {
  /** Rows of the table; default one for each token. */
  readonly vocabulary?: number;
  /** A token whose logits are NaN. */
  readonly nan?: string;
  /** Another graph in place of the bigram's. */
  readonly graph?: (table: Float32Array, size: number) => Graph;
  /** Positions that config.json states; default no config.json. */
  readonly positions?: number;
  /** File name of the weights outside of the model. */
  readonly dataFile?: string;
}

/** Logit of `next` after `token`: anything but regular, and the same everywhere. */
export function logit(token: number, next: number): number {
  return Math.fround(4 * Math.sin(token * 12.9898 + next * 78.233));
}

/** −log p(next | token) of the bigram with `size` rows. */
export function bigramNll(token: number, next: number, size = VOCABULARY.length): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.exp(logit(token, i));
  return Math.log(sum) - logit(token, next);
}

export function makeModel(folder: string, shape: ModelShape = {}): string {
  const { vocabulary: size = VOCABULARY.length, nan, graph = bigram, positions, dataFile } = shape;
  mkdirSync(folder, { recursive: true });
  const table = new Float32Array(size * size);
  for (let i = 0; i < table.length; i++) table[i] = logit(Math.floor(i / size), i % size);
  if (nan !== undefined)
    table.fill(Number.NaN, VOCABULARY.indexOf(nan) * size, (VOCABULARY.indexOf(nan) + 1) * size);
  const made = graph(table, size);
  const initializers = (made.initializers ?? []).map((each) =>
    dataFile !== undefined && each.name === "table" ? { ...each, file: dataFile } : each,
  );
  writeFileSync(join(folder, "model.onnx"), onnxBytes({ ...made, initializers }));
  if (dataFile !== undefined) writeFileSync(join(folder, dataFile), Buffer.from(table.buffer));
  if (positions !== undefined)
    writeFileSync(join(folder, "config.json"), JSON.stringify({ max_position_embeddings: positions }));
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizerJson()));
  return folder;
}

export function bigram(table: Float32Array, size: number): Graph {
  return {
    inputs: [
      { name: "input_ids", type: "int64", shape: ["batch", "seq"] },
      { name: "attention_mask", type: "int64", shape: ["batch", "seq"] },
    ],
    outputs: [{ name: "logits", type: "float32", shape: ["batch", "seq", size] }],
    initializers: [{ name: "table", type: "float32", dims: [size, size], data: table }],
    nodes: [{ op: "Gather", inputs: ["table", "input_ids"], outputs: ["logits"], attributes: { axis: 0 } }],
  };
}

/** Characters as tokens; what is none of them is `<unk>`. */
export function tokenizerJson(): unknown {
  return {
    version: "1.0",
    added_tokens: SPECIALS.map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: null,
    pre_tokenizer: { type: "Split", pattern: { Regex: "[\\s\\S]" }, behavior: "Isolated", invert: false },
    post_processor: null,
    decoder: null,
    model: {
      type: "WordLevel",
      unk_token: "<unk>",
      vocab: Object.fromEntries(VOCABULARY.map((token, id) => [token, id])),
    },
  };
}
