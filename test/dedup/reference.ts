/** Dedup by its definition, slowly: words, shingles and the rank-order pass over all pairs. */
export interface Doc {
  readonly id: string;
  readonly text: string;
}

const ALONE =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Bopo}\p{sc=Yiii}\p{sc=Tibt}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;

/** Runs of letters, digits, marks and underscores in lower case; characters of scripts without spaces one by one. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word = "";
  const end = () => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (const char of text.normalize("NFC")) {
    if (/^\p{White_Space}$/u.test(char)) end();
    else if (/^\p{Default_Ignorable_Code_Point}$/u.test(char)) continue;
    else if (ALONE.test(char) && (char > "\x7f" || !/[\d#*]/.test(char))) {
      end();
      if (/[\p{L}\p{N}\p{M}\p{Extended_Pictographic}\p{Regional_Indicator}]/u.test(char)) words.push(char);
    } else if (/^[\p{L}\p{N}\p{M}_]$/u.test(char)) {
      const lower = char.toLowerCase();
      word += [...lower].length === 1 ? lower : char;
    } else end();
  }
  end();
  return words;
}

export function shinglesOf(text: string, n = 3): Set<string> {
  const words = wordsOf(text);
  const shingles = new Set<string>();
  if (words.length > 0 && words.length < n) shingles.add(words.join("\n"));
  for (let i = 0; i + n <= words.length; i++) shingles.add(words.slice(i, i + n).join("\n"));
  return shingles;
}

export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const each of a) if (b.has(each)) both++;
  const all = a.size + b.size - both;
  return all === 0 ? 0 : both / all;
}

/** id of each dropped row → id of the kept row; longer texts rank first, then the order given. */
export function referenceDuplicates(docs: readonly Doc[], threshold = 0.8): Map<string, string> {
  const bytes = (doc: Doc) => Buffer.byteLength(doc.text);
  const ranked = docs
    .map((doc, i) => ({ doc, key: `#${i}` }))
    .sort((a, b) => bytes(b.doc) - bytes(a.doc) || (a.key < b.key ? -1 : 1));
  const kept: { id: string; text: string; shingles: Set<string> }[] = [];
  const dropped = new Map<string, string>();
  for (const { doc } of ranked) {
    const text = doc.text
      .normalize("NFC")
      .replace(/\p{White_Space}+/gu, " ")
      .trim();
    if (text === "") continue;
    const shingles = shinglesOf(doc.text);
    const of =
      kept.find((other) => other.text === text) ??
      kept.find((other) => jaccard(shingles, other.shingles) >= threshold);
    if (of) dropped.set(doc.id, of.id);
    else kept.push({ id: doc.id, text, shingles });
  }
  return dropped;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Documents of random words, a share of which are earlier ones with some words replaced. */
export function randomDocs(count: number, seed: number, { copies = 0.4, words = 60 } = {}): Doc[] {
  const random = randomFrom(seed);
  const word = () => `w${Math.floor(random() * 5000)}`;
  const docs: { id: string; words: string[] }[] = [];
  for (let i = 0; i < count; i++) {
    const base = docs.length > 0 && random() < copies ? docs[Math.floor(random() * docs.length)]! : null;
    const rate = random() * 0.12;
    const list = base
      ? base.words.map((old) => (random() < rate ? word() : old))
      : Array.from({ length: Math.floor(words * (0.3 + random())) }, word);
    docs.push({ id: `d${i}`, words: list });
  }
  return docs.map(({ id, words: list }) => ({ id, text: list.join(" ") }));
}
