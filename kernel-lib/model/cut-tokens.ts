/** Texts as the tokens that an encoder model takes: between its own marks, cut to its length, in batches of like length. */
import { InputError } from "../errors";
import { openTokenizer, type Tokenizer } from "./tokenizer";

/** A tokenizer, and the marks that the model wants around a text's tokens. */
export interface MarkedTokens {
  readonly tokenizer: Tokenizer;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** @throws InputError for a tokenizer.json that cannot be read, or that puts marks into a text. */
export async function openMarkedTokens(path: string): Promise<MarkedTokens> {
  const tokenizer = await openTokenizer(path);
  const bare = [...(await tokenizer.encode("a")).ids];
  const marked = [...(await tokenizer.encode("a", { addSpecialTokens: true })).ids];
  const at = marked.findIndex((_, i) => bare.every((id, k) => marked[i + k] === id));
  if (at < 0)
    throw new InputError(`tokenizer ${path}: puts marks into the text, expected them before and after it`);
  return { tokenizer, before: marked.slice(0, at), after: marked.slice(at + bare.length) };
}

/** Characters that are read for each token a model takes: more is cut before tokens are made. */
export const CHARACTERS_A_TOKEN = 64;

export interface CutText {
  readonly ids: Int32Array;
  readonly truncated: boolean;
}

/** Tokens of each text between the model's own marks, at most `maxTokens` with them. */
export async function cutTokens(
  tokens: MarkedTokens,
  texts: readonly string[],
  { prefix = "", maxTokens }: { readonly prefix?: string; readonly maxTokens: number },
): Promise<CutText[]> {
  const most = maxTokens * CHARACTERS_A_TOKEN;
  const marks = tokens.before.length + tokens.after.length;
  const room = maxTokens - marks;
  if (room < 1) {
    throw new InputError(
      `a text of at most ${maxTokens} tokens: the model puts ${marks} marks around it, so nothing of it is left; give at least ${marks + 1} (--max-tokens)`,
    );
  }
  const clipped = texts.map((text) => (text.length > most ? text.slice(0, most) : text));
  const encoded = await tokens.tokenizer.encodeBatch(clipped.map((text) => prefix + text));
  return encoded.map(({ ids }, i) => {
    const kept = ids.subarray(0, room);
    return {
      ids: Int32Array.from([...tokens.before, ...kept, ...tokens.after]),
      truncated: ids.length > room || texts[i]!.length > most,
    };
  });
}

/** Indexes sorted by length, cut so that a batch padded to its longest has at most `most` tokens. */
export function lengthBatches(texts: readonly CutText[], most: number): number[][] {
  const order = texts.map((_, i) => i).sort((a, b) => texts[a]!.ids.length - texts[b]!.ids.length || a - b);
  const found: number[][] = [];
  let batch: number[] = [];
  for (const i of order) {
    if (batch.length > 0 && (batch.length + 1) * texts[i]!.ids.length > most) {
      found.push(batch);
      batch = [];
    }
    batch.push(i);
  }
  if (batch.length > 0) found.push(batch);
  return found;
}
