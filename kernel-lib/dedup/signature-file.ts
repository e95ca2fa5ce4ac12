/**
 * Signatures on disk: one compact binary file a task, columns in blocks of up to 65,536 rows, a JSON index at the end. Band
 * keys lie band by band, so that one band of all rows is read without the others.
 */
import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { InputError } from "../errors";

export const BLOCK_ROWS = 65_536;
const MAGIC = 0x31504453; // SDP1

/** Bytes of each column of a row, in the order of the file; then the band keys, then the sketch. */
const COLUMNS = { exact: 16, place: 8, length: 4, completion: 4, words: 4, grams: 4, state: 4 } as const;
export type ColumnName = keyof typeof COLUMNS;

export interface BlockPlace {
  readonly at: number;
  readonly rows: number;
}

export interface SignatureIndex {
  readonly bands: number;
  readonly hashes: number;
  readonly rows: number;
  readonly blocks: readonly BlockPlace[];
}

/** One block while it is filled. */
export class SignatureWriter {
  private readonly file: number;
  private readonly columns: Record<ColumnName, Buffer>;
  private readonly keys: readonly Buffer[];
  private readonly sketches: Buffer;
  private readonly blocks: BlockPlace[] = [];
  private held = 0;
  private at = 0;
  rows = 0;

  constructor(
    path: string,
    readonly bands: number,
    readonly hashes: number,
  ) {
    this.file = openSync(path, "w");
    const sized = (width: number) => Buffer.allocUnsafeSlow(width * BLOCK_ROWS);
    this.columns = Object.fromEntries(
      Object.entries(COLUMNS).map(([name, width]) => [name, sized(width)]),
    ) as Record<ColumnName, Buffer>;
    this.keys = Array.from({ length: bands }, () => sized(8));
    this.sketches = sized(bands > 0 ? hashes : 0);
  }

  /** Rows that fit before `flush` must be called; the caller asks for no more at a time. */
  get room(): number {
    return BLOCK_ROWS - this.held;
  }

  /** Adds `count` rows. */
  add(count: number, rows: RowSource): void {
    Object.entries(COLUMNS).forEach(([name, width], i) => {
      rows.column(i, width).copy(this.columns[name as ColumnName], this.held * width);
    });
    for (let band = 0; band < this.bands; band++) rows.band(band).copy(this.keys[band]!, this.held * 8);
    if (this.bands > 0) rows.sketches().copy(this.sketches, this.held * this.hashes);
    this.held += count;
    this.rows += count;
    if (this.held === BLOCK_ROWS) this.flush();
  }

  private flush(): void {
    if (this.held === 0) return;
    const rows = this.held;
    const parts = [
      ...Object.entries(COLUMNS).map(([name, width]) =>
        this.columns[name as ColumnName].subarray(0, rows * width),
      ),
      ...this.keys.map((column) => column.subarray(0, rows * 8)),
      this.sketches.subarray(0, this.bands > 0 ? rows * this.hashes : 0),
    ];
    this.blocks.push({ at: this.at, rows });
    for (const part of parts) this.write(part);
    this.held = 0;
  }

  private write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.file, bytes, done, bytes.length - done);
    this.at += bytes.length;
  }

  close(): void {
    this.flush();
    const index: SignatureIndex = {
      bands: this.bands,
      hashes: this.hashes,
      rows: this.rows,
      blocks: this.blocks,
    };
    const text = Buffer.from(JSON.stringify(index));
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(text.length, 0);
    tail.writeUInt32LE(MAGIC, 4);
    this.write(text);
    this.write(tail);
    closeSync(this.file);
  }
}

/** The bytes of the rows being added. */
export interface RowSource {
  /** Of a column, by its number in COLUMNS. */
  column(number: number, width: number): Buffer;
  band(band: number): Buffer;
  sketches(): Buffer;
}

/** A written file. */
export class SignatureFile {
  readonly index: SignatureIndex;
  private readonly file: number;

  constructor(readonly path: string) {
    this.file = openSync(path, "r");
    const { size } = statSync(path);
    const tail = Buffer.alloc(8);
    if (size < 8 || readSync(this.file, tail, 0, 8, size - 8) < 8 || tail.readUInt32LE(4) !== MAGIC) {
      closeSync(this.file);
      throw new InputError(
        `${path}: expected a signature file of dedup; it is damaged or of another version`,
      );
    }
    const text = Buffer.alloc(tail.readUInt32LE(0));
    this.read(text, size - 8 - text.length);
    this.index = JSON.parse(text.toString()) as SignatureIndex;
  }

  /** Reads one column of all rows into `into`, from its start. */
  column(name: ColumnName, into: Uint8Array): void {
    let before = 0;
    for (const [other, width] of Object.entries(COLUMNS)) {
      if (other === name) break;
      before += width;
    }
    this.columnAt(before, COLUMNS[name], into);
  }

  /** Reads the keys of one band. */
  band(band: number, into: Uint8Array): void {
    this.columnAt(FIXED + band * 8, 8, into);
  }

  sketches(into: Uint8Array): void {
    this.columnAt(FIXED + this.index.bands * 8, this.index.hashes, into);
  }

  private columnAt(before: number, width: number, into: Uint8Array): void {
    let to = 0;
    for (const { at, rows } of this.index.blocks) {
      this.read(into.subarray(to, to + rows * width), at + rows * before);
      to += rows * width;
    }
  }

  private read(into: Uint8Array, at: number): void {
    for (let done = 0; done < into.length; ) {
      const got = readSync(this.file, into, done, into.length - done, at + done);
      if (got === 0) throw new InputError(`${this.path}: ended early; expected a whole signature file`);
      done += got;
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

const FIXED = Object.values(COLUMNS).reduce((sum, width) => sum + width, 0);
