/** The seam between finding where rows lie in a byte stream and what is done with them (decoding, planning). */

/** A fault of a row that its finder sees. */
export interface RowFault {
  readonly reason: string;
  readonly detail: string;
}

/** Takes rows in file order. All positions are byte offsets in the unpacked file. */
export interface RowSink {
  /**
   * A row lies in `start`..`end` (end excluded). Reading may begin at `cut` and finds the same rows from there on;
   * -1 where it may not.
   */
  row(start: number, end: number, cut: number, fault: RowFault | null): void;
}

/** Finds rows in chunks given one after the other; keeps its state between them, never their bytes. */
export interface RowFinder {
  scan(bytes: Buffer, offset: number, sink: RowSink): void;
  /** States that the bytes end at `end`; `atFileEnd` is false when only the wanted range ended. */
  finish(end: number, atFileEnd: boolean, sink: RowSink): void;
  /** Where the row began that is not yet finished, or -1. Its bytes are needed later. */
  readonly openStart: number;
}
