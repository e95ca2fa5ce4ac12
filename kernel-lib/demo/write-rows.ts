/** Files of rows, written as a stream with bounded memory; the same rows give the same bytes. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { createGzip, type Gzip } from "node:zlib";
import { Db, quoteName, quoteText } from "../db";
import { encodeRow, type Row, type Shape } from "./shape";

export interface WrittenFile {
  readonly bytes: number;
  /** Bytes before compression; null for Parquet. */
  readonly unpacked_bytes: number | null;
  readonly sha256: string;
}

/** Where the rows of one file go. `full` asks for a `flush` before more rows are added. */
export interface RowFile {
  readonly full: boolean;
  add(row: Row): void;
  /** A line as it is, JSONL only. */
  addRaw(line: string | Uint8Array): void;
  flush(): Promise<void>;
  close(): Promise<WrittenFile>;
  /** Closes without finishing; the caller removes the file. */
  abandon(): Promise<void>;
}

/** A new file of the shape's format at `path`; `first` when it is the first of its split. */
export async function openRowFile(path: string, shape: Shape, first: boolean): Promise<RowFile> {
  if (shape.format === "parquet") {
    const lines = await ByteFile.open(`${path}.rows.jsonl`, false);
    return new ParquetRows(path, shape, lines);
  }
  const bytes = await ByteFile.open(path, shape.gzip ?? false);
  if (shape.format === "json") return new ArrayRows(bytes, shape.indent ?? false);
  if (shape.format === "csv") return new CsvRows(bytes, Object.keys(shape.columns ?? {}));
  if (shape.bom && first) bytes.add("\uFEFF");
  return new JsonLines(bytes);
}

const FLUSH_CHARACTERS = 1 << 20;

/** Text and bytes appended to a file, gzipped on the way if wanted (level 6, no time stamp). */
class ByteFile {
  private parts: (string | Uint8Array)[] = [];
  private pending = "";
  private size = 0;
  private unpacked = 0;
  private bytes = 0;
  private failure: unknown;
  private readonly hash = createHash("sha256");
  private readonly gzip: Gzip | null;
  private readonly written: Promise<void>;

  private constructor(
    private readonly handle: FileHandle,
    compressed: boolean,
  ) {
    this.gzip = compressed ? createGzip({ level: 6 }) : null;
    this.written = this.gzip ? this.drain(this.gzip) : Promise.resolve();
    this.written.catch((error: unknown) => {
      this.failure = error;
    });
  }

  static async open(path: string, compressed: boolean): Promise<ByteFile> {
    return new ByteFile(await open(path, "w"), compressed);
  }

  get full(): boolean {
    return this.size > FLUSH_CHARACTERS;
  }

  add(text: string): void {
    this.pending += text;
    this.size += text.length;
  }

  addBytes(bytes: Uint8Array): void {
    this.parts.push(this.pending, bytes);
    this.pending = "";
    this.size += bytes.length;
  }

  async flush(): Promise<void> {
    const parts = [...this.parts, this.pending];
    this.parts = [];
    this.pending = "";
    this.size = 0;
    for (const part of parts) {
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      if (bytes.length === 0) continue;
      this.unpacked += bytes.length;
      if (this.gzip) await this.compress(this.gzip, bytes);
      else await this.store(bytes);
    }
  }

  async close(): Promise<WrittenFile> {
    await this.flush();
    this.gzip?.end();
    await this.written;
    await this.handle.sync();
    await this.handle.close();
    return { bytes: this.bytes, unpacked_bytes: this.unpacked, sha256: this.hash.digest("hex") };
  }

  async abandon(): Promise<void> {
    this.gzip?.destroy();
    await this.handle.close().catch(() => undefined);
  }

  private async compress(gzip: Gzip, bytes: Uint8Array): Promise<void> {
    if (this.failure) throw this.failure;
    await new Promise<void>((resolve, reject) => {
      gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  private async drain(gzip: Gzip): Promise<void> {
    for await (const chunk of gzip) await this.store(chunk as Buffer);
  }

  private async store(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      at += (await this.handle.write(bytes, at, bytes.length - at)).bytesWritten;
    }
  }
}

class JsonLines implements RowFile {
  constructor(private readonly file: ByteFile) {}
  get full(): boolean {
    return this.file.full;
  }
  add(row: Row): void {
    this.file.add(`${encodeRow(row)}\n`);
  }
  addRaw(line: string | Uint8Array): void {
    if (typeof line === "string") this.file.add(`${line}\n`);
    else {
      this.file.addBytes(line);
      this.file.add("\n");
    }
  }
  flush(): Promise<void> {
    return this.file.flush();
  }
  close(): Promise<WrittenFile> {
    return this.file.close();
  }
  abandon(): Promise<void> {
    return this.file.abandon();
  }
}

class ArrayRows extends JsonLines {
  private empty = true;
  constructor(
    private readonly array: ByteFile,
    private readonly indent: boolean,
  ) {
    super(array);
    array.add("[");
  }
  override add(row: Row): void {
    const json = this.indent ? `  ${JSON.stringify(row, null, 2).replaceAll("\n", "\n  ")}` : encodeRow(row);
    this.array.add(`${this.empty ? "" : ","}\n${json}`);
    this.empty = false;
  }
  override close(): Promise<WrittenFile> {
    this.array.add("\n]\n");
    return super.close();
  }
}

class CsvRows extends JsonLines {
  constructor(
    private readonly table: ByteFile,
    private readonly columns: readonly string[],
  ) {
    super(table);
    table.add(`${columns.join(",")}\n`);
  }
  override add(row: Row): void {
    this.table.add(
      `${this.columns.map((column) => `"${String(row[column] ?? "").replaceAll('"', '""')}"`).join(",")}\n`,
    );
  }
}

const ROW_GROUP = 8192;

/** Rows go to a file of lines beside the Parquet file; closing turns it into Parquet with one thread. */
class ParquetRows extends JsonLines {
  constructor(
    private readonly path: string,
    private readonly shape: Shape,
    private readonly lines: ByteFile,
  ) {
    super(lines);
  }
  override async close(): Promise<WrittenFile> {
    await super.close();
    const columns = Object.entries(this.shape.columns ?? {});
    const types = columns.map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`).join(", ");
    const db = await Db.open({ threads: 1 });
    try {
      await db.run(
        `copy (select ${columns.map(([name]) => quoteName(name)).join(", ")} from read_json(${quoteText(`${this.path}.rows.jsonl`)}, format = 'newline_delimited', columns = {${types}}))
         to ${quoteText(this.path)} (format parquet, compression zstd, row_group_size ${ROW_GROUP})`,
      );
    } finally {
      db.close();
      await rm(`${this.path}.rows.jsonl`, { force: true });
    }
    return { bytes: (await stat(this.path)).size, unpacked_bytes: null, sha256: await sha256(this.path) };
  }
  override async abandon(): Promise<void> {
    await this.lines.abandon();
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
