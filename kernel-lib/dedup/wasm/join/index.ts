/** The compiled join of dedup: signatures to verified duplicates. AssemblyScript; compiled to dist/dedup/join.wasm. */
export { memoryTop } from "../memory";
export {
  bandKeyColumn,
  bucketPairs,
  crowdedRows,
  fillBand,
  pairBuffer,
  reserveRows,
  rowBytes,
  rowFlags,
} from "./buckets";
export { beginCrowd, crowdAnswers, crowdPass, crowdSets, linkPass, orderCrowd } from "./crowd";
export { addSet, clearSets, intersection, reserveSet, setSize, similarity } from "./sets";
