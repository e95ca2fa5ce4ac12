/** Texts to tokens by a model's tokenizer.json, with the place of each token in the text. The only import of `tokenizers`. */
import { existsSync } from "node:fs";
import type * as Tokenizers from "tokenizers";
import { errorText, InputError } from "../errors";

/** The tokens of a text in its order. Offsets are UTF-16, half-open; tokens of one character have the same. */
export interface Encoding {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export interface EncodeOptions {
  /**
   * Let the tokenizer's post-processor add what it adds, such as `[CLS]` or a begin-of-text token; those have the offsets
   * 0, 0. Default false: the tokens of the text and no others.
   */
  readonly addSpecialTokens?: boolean;
}

export interface Tokenizer {
  /** Ids are below this, those of added tokens too. Looked up when it is first read. */
  readonly vocabularySize: number;
  encode(text: string, options?: EncodeOptions): Promise<Encoding>;
  /** As `encode` for each text, in order; several at a time, on threads of the tokenizer's own. */
  encodeBatch(texts: readonly string[], options?: EncodeOptions): Promise<Encoding[]>;
  /** The token as the vocabulary writes it (`Ġthe`); null for an id that it does not have. */
  tokenText(id: number): string | null;
}

const SURROGATE = /[\ud800-\udfff]/;

/**
 * The tokenizer of a tokenizer.json, as Hugging Face's Rust library reads it: ids equal Python's. Specials of the vocabulary
 * that stand in a text are recognized. A lone surrogate counts as U+FFFD, which is what UTF-8 makes of it. Truncation and
 * padding that the file asks for are turned off: texts come out whole.
 *
 * @throws InputError when the file is missing or is no tokenizer.json.
 * @example const { ids } = await (await openTokenizer("out/student/tokenizer.json")).encode("Hello")
 */
export async function openTokenizer(path: string): Promise<Tokenizer> {
  if (!existsSync(path))
    throw new InputError(`tokenizer ${path}: no such file; expected a model's tokenizer.json`);
  const { Tokenizer } = await load();
  let native: Tokenizers.Tokenizer;
  try {
    native = Tokenizer.fromFile(path);
  } catch (cause) {
    throw new InputError(
      `tokenizer ${path}: cannot be read (${errorText(cause)}); expected a tokenizer.json of Hugging Face's tokenizers, whole`,
      { cause },
    );
  }
  native.disableTruncation();
  native.disablePadding();
  let size: number | null = null;
  return {
    get vocabularySize() {
      size ??= lastId(native) + 1;
      return size;
    },
    async encode(text, { addSpecialTokens = false } = {}) {
      return laidOut(text, await native.encode(text, null, { addSpecialTokens }));
    },
    async encodeBatch(texts, { addSpecialTokens = false } = {}) {
      if (texts.length === 0) return [];
      const encodings = await native.encodeBatch([...texts], { addSpecialTokens });
      return encodings.map((encoding, i) => laidOut(texts[i]!, encoding));
    },
    tokenText: (id) => native.idToToken(id),
  };
}

/** Added tokens may leave ids out, so the count of tokens does not tell it. */
function lastId(native: Tokenizers.Tokenizer): number {
  let last = -1;
  for (const id of Object.values(native.getVocab(true))) if (id > last) last = id;
  return last;
}

function laidOut(text: string, encoding: Tokenizers.Encoding): Encoding {
  const ids = Int32Array.from(encoding.getIds());
  const offsets = encoding.getOffsets();
  const starts = new Int32Array(ids.length);
  const ends = new Int32Array(ids.length);
  const places = SURROGATE.test(text) ? utf16Places(text) : null;
  for (let i = 0; i < ids.length; i++) {
    const [start, end] = offsets[i] as [number, number];
    starts[i] = places ? places[start]! : start;
    ends[i] = places ? places[end]! : end;
  }
  return { ids, starts, ends };
}

/** UTF-16 offset of each code point, and of the end. */
function utf16Places(text: string): Int32Array {
  const places = new Int32Array(text.length + 1);
  let point = 0;
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) places[point++] = at;
  places[point] = text.length;
  return places;
}

async function load(): Promise<typeof Tokenizers> {
  try {
    return await import("tokenizers");
  } catch (cause) {
    throw new InputError(
      `tokenizers: cannot be loaded on ${process.platform} ${process.arch} (${errorText(cause)}); run npm ci`,
      { cause },
    );
  }
}
