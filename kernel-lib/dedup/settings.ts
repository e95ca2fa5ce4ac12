/** What makes two signatures comparable: the same settings, the same bytes. */
import { InputError } from "../errors";

/** What of a row is compared: message bodies (all, the prompt's, the completion's), or the column's text as it stands. */
export type DedupView = "all" | "prompt" | "completion" | "text";

export interface DedupSettings {
  readonly view: DedupView;
  /** System and developer messages (and the tool schemas in them) are part of the view. */
  readonly system: boolean;
  /** Words in a shingle. */
  readonly ngram: number;
  /** Values of a sketch: a power of two from 16 to 128. */
  readonly hashes: number;
  readonly bands: number;
  readonly rowsPerBand: number;
  /** Two rows are exact duplicates when they are equal in Unicode NFC with white space collapsed, or byte for byte. */
  readonly exact: "collapsed" | "raw";
  /** Only rows that are equal in one of these fields are duplicates. */
  readonly fields?: readonly string[];
  /** Near duplicates are looked for too. */
  readonly near: boolean;
  /** Least Jaccard similarity of a near duplicate, 0..1. */
  readonly threshold: number;
}

/** Changed whenever the same row and settings would give another signature. */
export const SIGNATURE_VERSION = 1;

export const DEFAULT_SETTINGS: DedupSettings = {
  view: "all",
  system: false,
  ngram: 3,
  hashes: 128,
  bands: 21,
  rowsPerBand: 6,
  exact: "collapsed",
  near: true,
  threshold: 0.8,
};

/** Bands and rows of `21x6`. */
export function parseBands(text: string): { readonly bands: number; readonly rowsPerBand: number } {
  const match = /^(\d{1,3})[x×](\d{1,3})$/.exec(text.trim());
  if (!match)
    throw new InputError(`bands "${text}": expected bands and values in each, such as 21x6 or 16x8`);
  return { bands: Number(match[1]), rowsPerBand: Number(match[2]) };
}

/** The settings, or InputError naming the one that cannot be. */
export function checkedSettings(settings: DedupSettings): DedupSettings {
  const { ngram, hashes, bands, rowsPerBand, threshold } = settings;
  const whole = (name: string, value: number, least: number, most: number) => {
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InputError(`dedup: ${name} ${value}, expected a whole number from ${least} to ${most}`);
  };
  whole("ngram", ngram, 1, 64);
  whole("bands", bands, 1, 128);
  whole("rowsPerBand", rowsPerBand, 1, 128);
  if (![16, 32, 64, 128].includes(hashes))
    throw new InputError(`dedup: hashes ${hashes}, expected 16, 32, 64 or 128`);
  if (bands * rowsPerBand > hashes) {
    throw new InputError(
      `dedup: ${bands} bands of ${rowsPerBand} values need ${bands * rowsPerBand} hashes, there are ${hashes}: ` +
        `take ${Math.floor(hashes / rowsPerBand)}x${rowsPerBand}`,
    );
  }
  if (!(threshold > 0 && threshold <= 1))
    throw new InputError(`dedup: threshold ${threshold}, expected a similarity above 0 and up to 1`);
  return settings;
}

/** The view as the compiled module takes it. */
export function viewBits({ view, system }: DedupSettings): number {
  if (view === "text") return 0;
  const bits = { all: 3, prompt: 1, completion: 2 }[view];
  return bits | (system ? 4 : 0);
}
