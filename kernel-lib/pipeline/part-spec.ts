/** What a task is told that takes one part through one segment, and what it says when it is done. Plain JSON. */
import type { PinnedStep } from "../steps/pinned-step";
import type { PartRows } from "./part-rows";
import type { Part } from "./parts";
import type { Tally } from "./step-counts";

export interface PartSpec {
  readonly part: Part;
  readonly rows: PartRows;
  readonly steps: readonly PinnedStep[];
  /** How many splits the input has. */
  readonly splits: number;
  /** Verdict file to write, relative to the output folder. */
  readonly verdicts: string;
  /** Folder for rows on which a step threw, relative to the output folder. */
  readonly quarantine: string;
  /** Identity of the input's files. */
  readonly basis: string;
}

export interface SegmentSummary {
  readonly rows: number;
  readonly tally: Tally;
}
