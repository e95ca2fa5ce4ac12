/** Words that carry what a text is about. */
import { bareWord, type Words } from "./words";

const FUNCTION_WORDS = new Set(
  "the a an and or but if then than that this these those of to in on at by for with from as is are was were be been being do does did have has had i you he she it we they me him her us them my your his its our their what which who how why when where can could should would will may might must not no so please give tell write make about into over under out up there here all any some each more most other only also just very".split(
    " ",
  ),
);

/** Different words without function words and numbers, lower-cased, plural s away. */
export function contentWords(words: Words | null): Set<string> {
  const found = new Set<string>();
  if (words === null) return found;
  for (const first of words.firsts) {
    const word = bareWord(words.word(first));
    if (word.length < 3 && word.charCodeAt(0) < 0x2e80) continue;
    if (word.length > 40 || FUNCTION_WORDS.has(word) || /^\d/.test(word)) continue;
    found.add(word.length > 4 && word.endsWith("s") ? word.slice(0, -1) : word);
  }
  return found;
}

/** Share of `text` that stands at the beginning of `other`, spaces at the ends not counted. */
export function commonPrefixShare(text: string, other: string): number {
  const [a, b] = [text.trim(), other.trim()];
  let same = 0;
  while (same < a.length && same < b.length && a.charCodeAt(same) === b.charCodeAt(same)) same++;
  return a.length === 0 ? 0 : same / a.length;
}
