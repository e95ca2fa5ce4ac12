/** Text as patterns see it, so that a hidden character or a look-alike letter does not hide a word. */

/** Zero-width and other invisible characters: soft hyphens, joiners, variation selectors, direction marks. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const QUOTES = /[\u2018\u2019\u201a\u201b\u2032\u02bc\uff07`\u00b4]/g;
const DOUBLE_QUOTES = /[\u201c\u201d\u201e\u201f\u2033\uff02]/g;
const DASHES = /[\u2010-\u2015\u2212]/g;
const ASCII_ONLY = /^[\0-\x7f]*$/;

/** Cyrillic and Greek letters, and the Latin ones that they look like. */
const FOREIGN = Array.from("аеорсухіјѕԁһӏкмтгαβεικνορτυχγ");
const LATIN = Array.from("aeopcyxijsdhlkmtraβeikvoptuxy".replace("β", "b"));
const LOOK_ALIKE = new Map(FOREIGN.map((letter, i) => [letter, LATIN[i]!]));
const MIXED = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Latin}]{2,}/gu;

/**
 * Lower case, compatibility forms folded (NFKC), invisible characters gone, quotes and dashes plain, and words that mix
 * Latin with look-alike Cyrillic or Greek letters in Latin. Linear; an ASCII text is only lower-cased.
 */
export function matchText(text: string): string {
  if (ASCII_ONLY.test(text)) return text.toLowerCase().replaceAll("`", "'");
  const folded = text
    .normalize("NFKC")
    .replace(INVISIBLE, "")
    .replace(QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .replace(DASHES, "-")
    .toLowerCase();
  return folded.replace(MIXED, (word) =>
    /[a-z]/.test(word) && /[^\p{Script=Latin}]/u.test(word)
      ? Array.from(word, (letter) => LOOK_ALIKE.get(letter) ?? letter).join("")
      : word,
  );
}
