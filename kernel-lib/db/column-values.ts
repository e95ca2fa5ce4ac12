/**
 * Values of one column of a chunk, read from DuckDB's memory. Some three times as fast as the driver's own vectors, which
 * make a call and an external buffer for each text and a bigint for each integer.
 */
import { DuckDBArrayType, type DuckDBDataChunk, type DuckDBType, DuckDBTypeId } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

/** Bytes of a text that stand in the string's own 16 bytes (duckdb_string_t of DuckDB's C API); longer ones are pointed to. */
const INLINE = 12;
/** So many adjacent bytes are looked at in one go. */
const MOST_BYTES = 1 << 30;
const NOTHING = Buffer.alloc(0);

type ColumnReader = (chunk: DuckDBDataChunk, column: number) => unknown[];

/**
 * Reads the values of a type as `Db.all` gives them, and `FLOAT[n]` as Float32Arrays; undefined for a type that the driver
 * has to read.
 */
export function columnReader(type: DuckDBType): ColumnReader | undefined {
  if (type instanceof DuckDBArrayType && type.valueType.typeId === DuckDBTypeId.FLOAT)
    return vectorReader(type.length);
  const read = READERS.get(type.typeId);
  if (!read) return undefined;
  const { bytes, values } = read;
  return ({ chunk, rowCount }, column) => {
    if (rowCount === 0) return [];
    const vector = duckdb.data_chunk_get_vector(chunk, column);
    const data = duckdb.vector_get_data(vector, rowCount * bytes);
    const valid = duckdb.vector_get_validity(vector, Math.ceil(rowCount / 64) * 8);
    const list = values(data, rowCount, valid);
    if (valid) for (let i = 0; i < rowCount; i++) if (isNull(valid, i)) list[i] = null;
    return list;
  };
}

/** Vectors of one length: views of one copy a chunk, a hundred times as fast as an array of numbers for each. */
function vectorReader(width: number): ColumnReader {
  return ({ chunk, rowCount }, column) => {
    if (rowCount === 0) return [];
    const vector = duckdb.data_chunk_get_vector(chunk, column);
    const valid = duckdb.vector_get_validity(vector, Math.ceil(rowCount / 64) * 8);
    const bytes = duckdb.vector_get_data(duckdb.array_vector_get_child(vector), rowCount * width * 4);
    const all = new Float32Array(bytes.buffer, bytes.byteOffset, rowCount * width).slice();
    return Array.from({ length: rowCount }, (_, i) =>
      valid && isNull(valid, i) ? null : all.subarray(i * width, (i + 1) * width),
    );
  };
}

interface Reader {
  /** Of one value. */
  readonly bytes: number;
  /** Where a value is null, anything. */
  readonly values: (data: Uint8Array, rows: number, valid: Uint8Array | null) => unknown[];
}

interface Numbers {
  readonly length: number;
  readonly [index: number]: number;
}

const numbers = (
  type: (new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => Numbers) & {
    readonly BYTES_PER_ELEMENT: number;
  },
): Reader => ({
  bytes: type.BYTES_PER_ELEMENT,
  values: ({ buffer, byteOffset }, rows) => {
    const from = new type(buffer, byteOffset, rows);
    const list = new Array<number>(rows);
    for (let i = 0; i < rows; i++) list[i] = from[i]!;
    return list;
  },
});

const READERS: ReadonlyMap<DuckDBTypeId, Reader> = new Map<DuckDBTypeId, Reader>([
  [DuckDBTypeId.BOOLEAN, { bytes: 1, values: booleans }],
  [DuckDBTypeId.TINYINT, numbers(Int8Array)],
  [DuckDBTypeId.SMALLINT, numbers(Int16Array)],
  [DuckDBTypeId.INTEGER, numbers(Int32Array)],
  [DuckDBTypeId.UTINYINT, numbers(Uint8Array)],
  [DuckDBTypeId.USMALLINT, numbers(Uint16Array)],
  [DuckDBTypeId.UINTEGER, numbers(Uint32Array)],
  [DuckDBTypeId.FLOAT, numbers(Float32Array)],
  [DuckDBTypeId.DOUBLE, numbers(Float64Array)],
  [DuckDBTypeId.BIGINT, { bytes: 8, values: integers }],
  [DuckDBTypeId.VARCHAR, { bytes: 16, values: texts }],
]);

function booleans(data: Uint8Array, rows: number): boolean[] {
  const list = new Array<boolean>(rows);
  for (let i = 0; i < rows; i++) list[i] = data[i] !== 0;
  return list;
}

/** Safe integers as numbers, others as bigints. */
function integers({ buffer, byteOffset }: Uint8Array, rows: number): (number | bigint)[] {
  const halves = new Int32Array(buffer, byteOffset, 2 * rows);
  const list = new Array<number | bigint>(rows);
  for (let i = 0; i < rows; i++) {
    const value = halves[2 * i + 1]! * 2 ** 32 + (halves[2 * i]! >>> 0);
    list[i] = Number.isSafeInteger(value) ? value : new BigInt64Array(buffer, byteOffset + 8 * i, 1)[0]!;
  }
  return list;
}

/** DuckDB lays the long texts of a chunk one after the other, so a look at one run of them serves many. */
function texts(data: Uint8Array, rows: number, valid: Uint8Array | null): (string | null)[] {
  const { buffer, byteOffset } = data;
  const words = new Uint32Array(buffer, byteOffset, 4 * rows);
  const inline = Buffer.from(buffer, byteOffset, 16 * rows);
  const list = new Array<string | null>(rows);
  const addressOf = (row: number) => words[4 * row + 3]! * 2 ** 32 + words[4 * row + 2]!;
  let run: Buffer = NOTHING;
  let [start, stop] = [0, 0];
  for (let i = 0; i < rows; i++) {
    if (valid && isNull(valid, i)) continue;
    const length = words[4 * i]!;
    if (length <= INLINE) {
      list[i] = textOf(inline, 16 * i + 4, length);
      continue;
    }
    const address = addressOf(i);
    if (address < start || address + length > stop) {
      start = address;
      stop = address + length;
      for (let k = i + 1; k < rows; k++) {
        const more = words[4 * k]!;
        if (more <= INLINE || (valid && isNull(valid, k))) continue;
        if (addressOf(k) !== stop || stop + more - start > MOST_BYTES) break;
        stop += more;
      }
      const bytes = duckdb.get_data_from_pointer(
        buffer as ArrayBuffer,
        byteOffset + 16 * i + 8,
        stop - start,
      );
      run = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    list[i] = textOf(run, address - start, length);
  }
  return list;
}

/** As the driver's decoder, which leaves out a byte order mark. */
function textOf(bytes: Buffer, from: number, length: number): string {
  const marked = length >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf;
  return bytes.toString("utf8", marked ? from + 3 : from, from + length);
}

function isNull(valid: Uint8Array, row: number): boolean {
  return (valid[row >> 3]! & (1 << (row & 7))) === 0;
}
