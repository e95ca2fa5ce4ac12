/** An instance of the compiled hot path, its Unicode tables filled. One per thread: an instance holds one row at a time. */
import { InputError } from "../errors";
import { instantiate, type LinearMemory } from "../web-assembly";
import wordClasses from "./word-classes.json";

/** Rows that the module holds until they are cleared; the stride of a band's keys. */
export const BATCH_ROWS = 4096;

/** What wasm/sign exports. Pointers and lengths in bytes. */
export interface SignModule {
  readonly memory: LinearMemory;
  configure(view: number, n: number, hashes: number, bands: number, rows: number, collapse: number): void;
  field(slot: number, length: number): number;
  input(length: number): number;
  signLines(from: number, length: number, last: number, offset: number): number;
  signText(length: number): void;
  gramsOf(length: number, json: number): number;
  cutGrams(n: number): void;
  gramsFound(): number;
  lineField(slot: number, length: number): number;
  rowCount(): number;
  clearRows(): void;
  column(number: number): number;
  keyColumn(): number;
  byteColumn(): number;
  gramHashes(): number;
  wordsFound(): number;
  wordEdges(): number;
  lowerText(): number;
  textStart(): number;
  textBytes(): number;
  cleanText(): number;
  cleanBytes(): number;
  sketchValues(): number;
  classPages(): number;
  classBlocks(blocks: number): number;
  lowerCasePages(): number;
  lowerCaseBlocks(blocks: number): number;
}

/** Why a row has no text, as the module says it: 0 there is one. */
export const NO_TEXT = ["", "absent", "not text", "broken JSON", "empty"] as const;

/** A new instance with an empty memory. */
export function signModule(): SignModule {
  let memory: LinearMemory | null = null;
  const nfc = (at: number, length: number, capacity: number): number => {
    const bytes = Buffer.from(memory!.buffer, at, capacity);
    const text = bytes.toString("utf8", 0, length).normalize("NFC");
    const room = Buffer.byteLength(text);
    if (room > capacity) {
      throw new InputError(
        `dedup: a text of ${length} bytes has ${room} in NFC, expected three times as many at most`,
      );
    }
    return bytes.write(text, 0, "utf8");
  };
  const module = instantiate("dedup/sign", { nfc }) as SignModule;
  memory = module.memory;
  fillTables(module);
  return module;
}

/** Runs of values: value, count, value, count … */
type Runs = readonly number[];

function fillTables(module: SignModule): void {
  const { classes, lower } = wordClasses as { classes: Paged; lower: Paged };
  const classBlocks = module.classBlocks(classes.blocks.length);
  const lowerBlocks = module.lowerCaseBlocks(lower.blocks.length);
  const bytes = new Uint8Array(module.memory.buffer);
  const words = new Int32Array(module.memory.buffer);
  spread(classes.pages, bytes, module.classPages());
  spread(lower.pages, bytes, module.lowerCasePages());
  classes.blocks.forEach((runs, i) => {
    spread(runs, bytes, classBlocks + i * 256);
  });
  lower.blocks.forEach((runs, i) => {
    spread(runs, words, lowerBlocks / 4 + i * 256);
  });
}

/** The number of the block of each page of 256 code points; blocks of 256 values. */
interface Paged {
  readonly pages: Runs;
  readonly blocks: readonly Runs[];
}

function spread(runs: Runs, into: Uint8Array | Int32Array, from: number): void {
  let at = from;
  for (let i = 0; i < runs.length; i += 2) {
    const value = runs[i]!;
    into.fill(value, at, at + runs[i + 1]!);
    at += runs[i + 1]!;
  }
}
