/** What a cluster is about, in words that its rows have and others do not. */
import { STOP_WORDS } from "./stop-words";

const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]{2,4}|\\?[\p{L}][\p{L}\p{N}_]+/gu;
const LEAST_LETTERS = 3;

/**
 * The `most` terms of each cluster with the highest class-based tf-idf (Grootendorst, BERTopic, 2022, arXiv:2203.05794):
 * the term's share in the cluster times ln(1 + A / f), A the mean number of terms in a cluster, f how often the term is
 * found in all of them. Terms are counted once a text, so that one long text names no cluster; those in fewer than three texts of a
 * cluster (two in small ones) are passed over. Ties by the term.
 */
export function clusterTerms(
  texts: readonly string[],
  clusters: ArrayLike<number>,
  k: number,
  most = 5,
): string[][] {
  const inCluster = Array.from({ length: k }, () => new Map<string, number>());
  const everywhere = new Map<string, number>();
  const sizes = new Array<number>(k).fill(0);
  for (const [i, text] of texts.entries()) {
    const cluster = clusters[i]!;
    sizes[cluster]!++;
    for (const term of termsOf(text)) {
      inCluster[cluster]!.set(term, (inCluster[cluster]!.get(term) ?? 0) + 1);
      everywhere.set(term, (everywhere.get(term) ?? 0) + 1);
    }
  }
  const perCluster = [...everywhere.values()].reduce((a, b) => a + b, 0) / Math.max(1, k);
  return inCluster.map((terms, cluster) => {
    const size = sizes[cluster]!;
    const least = size >= 30 ? 3 : size >= 4 ? 2 : 1;
    return [...terms]
      .filter(([, n]) => n >= least)
      .map(([term, n]) => {
        return { term, score: (n / size) * Math.log(1 + perCluster / everywhere.get(term)!) };
      })
      .sort((a, b) => b.score - a.score || (a.term < b.term ? -1 : 1))
      .slice(0, most)
      .map(({ term }) => term);
  });
}

/** Different terms of a text, lower-cased. */
function termsOf(text: string): Set<string> {
  const found = new Set<string>();
  for (const [word] of text.toLowerCase().matchAll(WORD)) {
    if (word.length >= LEAST_LETTERS || word.charCodeAt(0) > 0x2e80)
      if (!STOP_WORDS.has(word)) found.add(word);
  }
  return found;
}
