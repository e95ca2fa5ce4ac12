/**
 * Vectors without a model: the words of a text, hashed (feature hashing, Weinberger et al., ICML 2009, arXiv:0902.2206).
 * They find texts with the same words, not the same meaning; there is nothing to download.
 */
import type { Encoded, Encoder } from "./encoder";
import { normalizeRows } from "./pooling";
import { STOP_WORDS } from "./stop-words";

export interface WordEncoderSpec {
  readonly kind: "words";
  readonly name: "words";
  readonly digest: string;
  readonly dimensions: number;
  readonly maxTokens: number;
}

/** `digest` is the version of the rules below: another one makes other vectors. */
export const WORD_ENCODER: WordEncoderSpec = {
  kind: "words",
  name: "words",
  digest: "words-1",
  dimensions: 512,
  maxTokens: 2048,
};

/** Words, LaTeX commands, and characters of scripts without spaces one by one. */
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|\\?[\p{L}\p{N}_]+/gu;

/**
 * Each word, and each pair of neighbors with half the weight, goes to one of 512 places with a sign, both from its hash;
 * repeated ones count as 1 + ln(times). English function words are left out. The first 2,048 words are seen.
 */
export function openWordEncoder({ dimensions, maxTokens }: WordEncoderSpec): Encoder {
  return {
    dimensions,
    mostCharacters: maxTokens * 64,
    async encode(texts): Promise<Encoded> {
      const all = new Float32Array(texts.length * dimensions);
      const counts = texts.map((text, row) =>
        addWords(text, maxTokens, all.subarray(row * dimensions, (row + 1) * dimensions)),
      );
      const sound = normalizeRows(all, dimensions);
      return {
        vectors: sound.map((is, row) => (is ? all.slice(row * dimensions, (row + 1) * dimensions) : null)),
        reasons: sound.map((is) => (is ? null : "no_words")),
        tokens: counts.map((count) => Math.min(count, maxTokens)),
        truncated: counts.map((count) => count > maxTokens),
      };
    },
  };
}

/** Adds the words' weights and returns how many words there are, one more than `most` for all beyond. */
function addWords(text: string, most: number, into: Float32Array): number {
  const times = new Map<string, number>();
  let count = 0;
  let before = "";
  for (const [found] of text.toLowerCase().matchAll(WORD)) {
    if (++count > most) break;
    if (STOP_WORDS.has(found)) continue;
    const word = found.length > 4 && found.endsWith("s") ? found.slice(0, -1) : found;
    times.set(word, (times.get(word) ?? 0) + 1);
    if (before !== "") times.set(`${before} ${word}`, (times.get(`${before} ${word}`) ?? 0) + 1);
    before = word;
  }
  for (const [term, n] of times) {
    const hash = hashOf(term);
    const weight = (1 + Math.log(n)) * (term.includes(" ") ? 0.5 : 1);
    into[(hash >>> 1) % into.length]! += hash & 1 ? weight : -weight;
  }
  return count;
}

/** FNV-1a over UTF-16 units, mixed so that all bits depend on all units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
