// node scripts/word-classes.mjs: kernel-lib/dedup/word-classes.json from the Unicode tables of this Node.
// Run it to move to another version of Unicode: signatures of texts with new characters change, so is a new version of dedup.
import { writeFileSync } from "node:fs";

const SEPARATOR = 0;
const WORD = 1;
const ALONE = 2;
const IGNORED = 3;
const SPACE = 4;
const NFC_MAYBE = 8;
const MARK = 16;

const isSpace = /^\p{White_Space}$/u;
const isIgnored = /^\p{Default_Ignorable_Code_Point}$/u;
// Scripts that set no spaces between words, and emoji.
const isAlone =
  /^(?:\p{sc=Han}|\p{sc=Hira}|\p{sc=Kana}|\p{sc=Thai}|\p{sc=Lao}|\p{sc=Khmr}|\p{sc=Mymr}|\p{sc=Bopo}|\p{sc=Yiii}|\p{sc=Tibt})$/u;
const isEmoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator})$/u;
const isWord = /^[\p{L}\p{N}\p{M}_]$/u;

/** Code points that NFC may join with what stands before them. */
const second = new Set();
for (let point = 0; point < 0x110000; point++) {
  if (point >= 0xd800 && point < 0xe000) continue;
  const char = String.fromCodePoint(point);
  const parts = [...char.normalize("NFD")];
  if (parts.length > 1 && char.normalize("NFC") === char) second.add(parts.at(-1).codePointAt(0));
}

function classOf(point) {
  if (point >= 0xd800 && point < 0xe000) return SEPARATOR;
  const char = String.fromCodePoint(point);
  let kind = SEPARATOR;
  if (isSpace.test(char)) kind = SPACE;
  else if (isIgnored.test(char)) kind = IGNORED;
  else if (isAlone.test(char) || isEmoji.test(char))
    kind = isAlone.test(char) && !/[\p{L}\p{N}\p{M}]/u.test(char) ? SEPARATOR : ALONE;
  else if (isWord.test(char)) kind = WORD;
  if (point >= 0x80 && (second.has(point) || char.normalize("NFC") !== char)) kind |= NFC_MAYBE;
  // A mark of class 0 < c < 240 goes before U+0345 (class 240), one of a class above 1 behind U+0334 (class 1).
  if (`\u0345${char}`.normalize("NFD") !== `\u0345${char.normalize("NFD")}` || point === 0x345) kind |= MARK;
  else if (`${char}\u0334`.normalize("NFD") !== `${char.normalize("NFD")}\u0334`) kind |= MARK;
  return kind;
}

/** What the tokenizer keeps is the difference to the code point, so that equal pages share a block; 0: the same. */
function lowerOf(point) {
  if (point >= 0xd800 && point < 0xe000) return 0;
  const lower = [...String.fromCodePoint(point).toLowerCase()];
  return lower.length === 1 ? lower[0].codePointAt(0) - point : 0;
}

/** value, count, value, count … */
function runs(values) {
  const out = [];
  for (const value of values) {
    if (out.length > 0 && out.at(-2) === value) out[out.length - 1]++;
    else out.push(value, 1);
  }
  return out;
}

/** Pages of 256 code points; equal ones share a block. */
function paged(valueAt) {
  const blocks = [];
  const known = new Map();
  const pages = Array.from({ length: 0x1100 }, (_, page) => {
    const block = runs(Array.from({ length: 256 }, (_, i) => valueAt(page * 256 + i)));
    const name = block.join();
    if (!known.has(name)) known.set(name, blocks.push(block) - 1);
    return known.get(name);
  });
  return { pages: runs(pages), blocks };
}

const file = new URL("../kernel-lib/dedup/word-classes.json", import.meta.url);
const tables = { unicode: process.versions.unicode, classes: paged(classOf), lower: paged(lowerOf) };
writeFileSync(file, `${JSON.stringify(tables)}\n`);
