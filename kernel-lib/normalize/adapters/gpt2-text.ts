import { InputError } from "../../errors";

const END_OF_TEXT = 50256;

interface Gpt2Vocabulary {
  decode(tokens: Iterable<number>): string;
}

let vocabulary: Gpt2Vocabulary | null = null;

/**
 * The text of GPT-2 token ids without the end-of-text marks around it, or null when the value is no list of such ids.
 * @throws InputError when the package that holds the vocabulary is not installed.
 */
export function decodeGpt2(tokens: unknown): string | null {
  if (!Array.isArray(tokens)) return null;
  for (const id of tokens) if (!Number.isInteger(id) || id < 0 || id > END_OF_TEXT) return null;
  let from = 0;
  let to = tokens.length;
  while (from < to && tokens[from] === END_OF_TEXT) from++;
  while (to > from && tokens[to - 1] === END_OF_TEXT) to--;
  return from === to ? "" : loadVocabulary().decode((tokens as number[]).slice(from, to));
}

function loadVocabulary(): Gpt2Vocabulary {
  if (vocabulary) return vocabulary;
  try {
    // Two megabytes that only this shape needs. GPT-2's vocabulary is r50k_base.
    const name: string = "gpt-tokenizer/encoding/r50k_base";
    vocabulary = require(name) as Gpt2Vocabulary;
  } catch (cause) {
    throw new InputError(
      "token ids: got GPT-2 token ids, expected the package gpt-tokenizer to decode them; run npm ci, or npm install gpt-tokenizer@4.0.0",
      { cause },
    );
  }
  return vocabulary;
}
