/** An instance of the compiled join: buckets of band keys, exact similarity of sets, the pass over look-alikes. */
import { instantiate, type LinearMemory } from "../web-assembly";

/** What wasm/join exports. */
export interface JoinModule {
  readonly memory: LinearMemory;
  reserveRows(rows: number, sketchBytes: number): void;
  rowBytes(): number;
  rowFlags(): number;
  bandKeyColumn(): number;
  fillBand(): void;
  bucketPairs(least: number, crowd: number): number;
  crowdedRows(crowd: number): number;
  pairBuffer(): number;
  clearSets(): void;
  reserveSet(count: number): number;
  addSet(count: number): number;
  setSize(set: number): number;
  intersection(a: number, b: number): number;
  similarity(a: number, b: number, threshold: number): number;
  beginCrowd(count: number, postings: number): void;
  crowdSets(): number;
  orderCrowd(count: number, threshold: number): void;
  crowdPass(begin: number, stop: number, threshold: number, fixed: number): void;
  crowdAnswers(): number;
  linkPass(count: number, threshold: number, budget: number): number;
}

export function joinModule(): JoinModule {
  return instantiate("dedup/join") as JoinModule;
}
