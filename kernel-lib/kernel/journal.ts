/**
 * What ran in this kernel, in order: the source of truth for promotion, since a notebook file may differ from what was
 * executed. Held by the process, so that every loaded copy of the library reads the same journal.
 */
import { createHash } from "node:crypto";

/** One executed cell. */
export interface ExecutedCell {
  /** 1 for the first cell that ran in this kernel; equal to the number the notebook shows unless a cell ran silently. */
  readonly order: number;
  /** The text that ran, as the front end sent it. */
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
  /** When it began to run, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether it ran to its end; null while it runs. */
  readonly ok: boolean | null;
  /** The notebook's id of the cell; null where the front end sends none. */
  readonly cellId: string | null;
  /** Lines of code that live controls of the notebook printed while this was the last cell, oldest first. */
  readonly notes: readonly string[];
}

const JOURNAL = Symbol.for("corpuslab.journal");
const home = globalThis as { [JOURNAL]?: ExecutedCell[] };

/**
 * The cells that ran in this kernel so far, oldest first, the running one included. Empty outside the project's kernel.
 * @example executedCells().filter(({ ok }) => ok === false).map(({ text }) => text)
 */
export function executedCells(): readonly ExecutedCell[] {
  return (home[JOURNAL] ?? []).slice();
}

/** Whether this process keeps a journal: true in the project's kernel, false on stock tslab and on the command line. */
export function hasJournal(): boolean {
  return home[JOURNAL] !== undefined;
}

/** A journal is kept from now on. The kernel calls this before the first cell. */
export function startJournal(): void {
  home[JOURNAL] ??= [];
}

/** The cell stands in the journal as running; the returned function says how it ended. */
export function recordCell(text: string, cellId: string | null): (ok: boolean) => void {
  startJournal();
  const journal = home[JOURNAL]!;
  const hash = createHash("sha256").update(text).digest("hex");
  const cell = { order: journal.length + 1, text, hash, startedAt: Date.now(), ok: null, cellId, notes: [] };
  const index = journal.push(cell) - 1;
  return (ok) => {
    journal[index] = { ...journal[index]!, ok };
  };
}

/**
 * A line of code that a live control printed (the explorer's `commit`) stands in the journal, with the cell that runs or,
 * when none runs, the last that ran: a promotion can then tell where a value came from.
 * @returns the cell it was noted with; null where there is no journal, or no cell ran yet.
 * @example noteInJournal('const kept = ds.select("nll_mean < 1.5");')
 */
export function noteInJournal(text: string): ExecutedCell | null {
  const journal = home[JOURNAL];
  const cell = journal?.at(-1);
  if (!journal || !cell) return null;
  const noted = { ...cell, notes: [...cell.notes, text] };
  journal[journal.length - 1] = noted;
  return noted;
}
