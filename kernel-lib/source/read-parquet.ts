/** Rows of a Parquet file as JSON text, through DuckDB: exact integers and decimals, non-finite numbers kept as text. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { stringEnd } from "../canonical-json";
import { Db, literalPath, quoteName } from "../db";
import { errorText, ShardError } from "../errors";
import { contentName, readFailure } from "./file-head";
import type { RawRow, RowBatch, ShardRange, SourceFile } from "./source";

export interface ParquetOptions {
  readonly range?: ShardRange | null;
  readonly signal?: AbortSignal | undefined;
  /** Default: one opened for this call (1 thread, 512 MB before it spills) and closed after it. */
  readonly db?: Db | undefined;
}

const BATCH_CHARACTERS = 2 * 1024 * 1024;

/**
 * Yields the rows in file order. Dates, times, UUIDs and blobs are text as DuckDB prints them, 32-bit floats are
 * widened to doubles, maps are objects. A range reads only the row groups it touches.
 * @throws ShardError when the file is no Parquet, is cut short, or a page cannot be read.
 */
export async function* readParquet(
  file: SourceFile,
  { range = null, signal, db }: ParquetOptions = {},
): AsyncGenerator<RowBatch, void, void> {
  if (checkParquet(file) === 0) return;
  const own = db ? null : await Db.open({ threads: 1, memoryLimit: "512MB" });
  let next = range?.firstRow ?? 0;
  try {
    const sql = await rowsQuery(db ?? own!, file);
    const stop = range ? range.firstRow + range.rows : Number.MAX_SAFE_INTEGER;
    let rows: RawRow[] = [];
    let characters = 0;
    for await (const [numbers, texts] of (db ?? own!).streamTexts(sql, [
      literalPath(file.path),
      next,
      stop,
    ])) {
      signal?.throwIfAborted();
      for (const [i, json] of texts!.entries()) {
        const n = Number(numbers![i]);
        if (n !== next) throw new ShardError(`${file.name}: got row ${n}, expected row ${next}`);
        const text = quoteNonFinite(json!);
        rows.push({ row: n, offset: null, text });
        next++;
        characters += text.length;
        if (characters >= BATCH_CHARACTERS) {
          yield { rows, bad: [] };
          rows = [];
          characters = 0;
        }
      }
    }
    if (rows.length > 0) yield { rows, bad: [] };
    if (range && next !== stop) {
      throw new ShardError(`${file.name}: rows ${next} to ${stop - 1} of the plan are not there; plan again`);
    }
  } catch (error) {
    throw parquetFailure(file, error, next);
  } finally {
    own?.close();
  }
}

/** Rows and unpacked bytes of each row group, in file order. */
export async function parquetRowGroups(
  file: SourceFile,
  { db }: { readonly db?: Db | undefined } = {},
): Promise<{ rows: number; bytes: number }[]> {
  if (checkParquet(file) === 0) return [];
  const own = db ? null : await Db.open({ threads: 1, memoryLimit: "512MB" });
  try {
    const groups = await (db ?? own!).all<{ rows: number; bytes: number }>(
      `select max(row_group_num_rows)::bigint as rows, sum(total_uncompressed_size)::bigint as bytes
       from parquet_metadata(?) group by row_group_id order by row_group_id`,
      [literalPath(file.path)],
    );
    return groups.filter(({ rows }) => rows > 0);
  } catch (error) {
    throw parquetFailure(file, error, 0);
  } finally {
    own?.close();
  }
}

/** Bound values: path, first row, row after the last. */
async function rowsQuery(db: Db, file: SourceFile): Promise<string> {
  const columns = await db.all<{ name: string }>(
    "select column_name as name from (describe select * from read_parquet(?))",
    [literalPath(file.path)],
  );
  const names = columns.map(({ name }) => name);
  const struct = `struct_pack(${names.map((name) => `${quoteName(name)} := ${quoteName(name)}`).join(", ")})`;
  if (!names.some((name) => name.toLowerCase() === "file_row_number")) {
    return `select file_row_number::varchar as n, to_json(${struct})::varchar as json from read_parquet($1, file_row_number = true)
      where file_row_number >= $2 and file_row_number < $3`;
  }
  return `select n::varchar as n, json from (select row_number() over () - 1 as n, to_json(${struct})::varchar as json
    from read_parquet($1)) where n >= $2 and n < $3`;
}

/** Passes when the file begins and ends as Parquet does; gives its size, 0 for an empty file. */
function checkParquet(file: SourceFile): number {
  let fd: number | null = null;
  try {
    fd = openSync(file.path, "r");
    const size = fstatSync(fd).size;
    if (size === 0) return 0;
    const head = Buffer.alloc(Math.min(256, size));
    readSync(fd, head, 0, head.length, 0);
    const tail = Buffer.alloc(4);
    readSync(fd, tail, 0, 4, Math.max(0, size - 4));
    if (head.toString("latin1", 0, 4) !== "PAR1") {
      const got =
        contentName(head) ?? `bytes that begin with ${JSON.stringify(head.toString("latin1", 0, 8))}`;
      throw new ShardError(`${file.name}: not a Parquet file, got ${got}; download it again`);
    }
    if (size < 12 || tail.toString("latin1") !== "PAR1") {
      throw new ShardError(
        `${file.name}: the Parquet file is cut short: after ${size} bytes it does not end with its footer, ` +
          "without which no row can be read; download it again",
      );
    }
    return size;
  } catch (error) {
    throw readFailure(file, error);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function parquetFailure(file: SourceFile, error: unknown, row: number): unknown {
  if (error instanceof ShardError || (error as Error).name === "AbortError") return error;
  const line = errorText(error).split("\n")[0]!;
  return new ShardError(
    `${file.name}: the Parquet file is damaged at or after row ${row}: ${line}; download it again`,
    { cause: error },
  );
}

/**
 * Puts quotes around NaN, Infinity and -Infinity where they stand as values, as DuckDB prints them, so that the text
 * is JSON and nothing is lost.
 * @example quoteNonFinite('{"a":NaN,"b":"NaN"}') // '{"a":"NaN","b":"NaN"}'
 */
export function quoteNonFinite(json: string): string {
  if (!json.includes("NaN") && !json.includes("Infinity")) return json;
  let out = "";
  let at = 0;
  while (at < json.length) {
    const quote = json.indexOf('"', at);
    const outside = json.slice(at, quote < 0 ? json.length : quote);
    out += outside.replace(/-?(?:NaN|Infinity)/g, '"$&"');
    if (quote < 0) break;
    at = stringEnd(json, quote);
    out += json.slice(quote, at);
  }
  return out;
}
