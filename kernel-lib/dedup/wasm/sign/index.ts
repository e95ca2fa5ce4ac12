/** The compiled hot path of dedup: rows to signatures. AssemblyScript; compiled to dist/dedup/sign.wasm. */

export { memoryTop } from "../memory";
export { cleanBytes } from "./clean";
export {
  byteColumn,
  clearRows,
  column,
  configure,
  field,
  gramsOf,
  input,
  keyColumn,
  lineField,
  rowCount,
  signLines,
  signText,
} from "./rows";
export { sketchValues } from "./sketch";
export { cleanText, textBytes, textStart } from "./text";
export { classBlocks, classPages, lowerCaseBlocks, lowerCasePages } from "./unicode";
export { cutGrams, gramHashes, gramsFound, lowerText, wordEdges, wordsFound } from "./words";
