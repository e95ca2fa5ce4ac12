/**
 * The explored columns of every row in memory, sorted into cells: rows of one group whose values lie in the same bins
 * stand together. A bound then leaves most cells wholly in or out, and only the rows of the cells it cuts are compared.
 */
import { InputError } from "../errors";
import { cellCount } from "./cell-sql";
import type { LoadedColumns, RowPlace } from "./load-columns";
import type { Sketch } from "./protocol";

/** Rows in the order of cells; arrays of rows have an entry a row, arrays of cells an entry a cell that holds rows. */
export interface LiveRows {
  readonly rows: number;
  /** Values by column: doubles; what a null or NaN is says its cell. */
  readonly values: readonly Float64Array[];
  readonly tokens: Float64Array | null;
  /** Index in `files`, and the row in that file; with `place` "values" the place in the table instead. */
  readonly file: Uint16Array | Uint32Array;
  readonly row: Uint32Array;
  readonly place: RowPlace;
  readonly files: readonly string[];
  /** First row of each cell, and the end. */
  readonly starts: Uint32Array;
  readonly cellTokens: Float64Array;
  readonly cellGroup: Uint8Array;
  /** By column: the cell's bin (then null, NaN), in the numbering of the sketch. */
  readonly cellBin: readonly Uint16Array[];
}

/** Numbers of the cell grid that are held while rows are sorted in. */
const MOST_CELLS = 50_000_000;

/** Bytes that `LiveRows` takes for each row. */
export function bytesPerRow({ columns, files, tokensColumn }: LoadedColumns): number {
  return 8 * columns.length + (tokensColumn === null ? 0 : 8) + 4 + (files.length > 0xffff ? 4 : 2);
}

/**
 * The rows of table `cells` (see `sketchLoaded`). Reads in batches between which the kernel answers others.
 * @throws InputError where bins, columns and groups make a grid of more than 50 million cells.
 */
export async function liveRows(
  loaded: LoadedColumns,
  sketch: Sketch,
  onRows: (rows: number) => void = () => undefined,
): Promise<LiveRows> {
  const sizes = sketch.columns.map(({ edges }) => cellCount(edges));
  const grid = sizes.reduce((a, b) => a * b, Math.max(1, sketch.groupTotals.length));
  if (grid > MOST_CELLS) {
    throw new InputError(
      `explore: ${sketch.columns.length} columns make ${grid} cells, expected at most ${MOST_CELLS}; take fewer bins`,
    );
  }
  const code = sizes.reduce((sum, size, i) => `(${sum} * ${size} + c${i})`, "g::ubigint");
  const cells = await readCells(loaded, code, sizes, grid);
  const { rows } = sketch.total;
  const values = sizes.map(() => new Float64Array(rows));
  const tokens = loaded.tokensColumn === null ? null : new Float64Array(rows);
  const file = loaded.files.length > 0xffff ? new Uint32Array(rows) : new Uint16Array(rows);
  const row = new Uint32Array(rows);
  const { next, ...kept } = cells;
  const columns = [
    ...sizes.map((_, i) => `coalesce(v${i}, 'nan'::double)`),
    "tokens",
    "f::double",
    "r::double",
  ];
  let done = 0;
  for await (const batch of loaded.db.streamDoubles(
    `select ${code}::double, ${columns.join(", ")} from cells`,
  )) {
    const codes = batch[0]!;
    const [batchTokens, batchFile, batchRow] = batch.slice(-3) as [Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < codes.length; i++) {
      const at = next[codes[i]!]!++;
      for (let column = 0; column < values.length; column++) values[column]![at] = batch[column + 1]![i]!;
      if (tokens) tokens[at] = batchTokens[i]!;
      file[at] = batchFile[i]!;
      row[at] = batchRow[i]!;
    }
    done += codes.length;
    onRows(done);
  }
  return { ...kept, rows, values, tokens, file, row, place: loaded.place, files: loaded.files };
}

type Cells = Pick<LiveRows, "starts" | "cellTokens" | "cellGroup" | "cellBin"> & {
  /** By the number in the grid: where the next row of that cell goes. */
  readonly next: Uint32Array;
};

async function readCells(
  { db }: LoadedColumns,
  code: string,
  sizes: readonly number[],
  grid: number,
): Promise<Cells> {
  const codes: number[] = [];
  const counts: number[] = [];
  const tokens: number[] = [];
  const sql = `select (${code})::double as cell, count(*)::double, sum(tokens) from cells group by cell order by cell`;
  for await (const batch of db.streamDoubles(sql)) {
    for (const [into, column] of [codes, counts, tokens].entries())
      for (const value of batch[into]!) column.push(value);
  }
  const starts = new Uint32Array(codes.length + 1);
  const next = new Uint32Array(grid);
  const cellGroup = new Uint8Array(codes.length);
  const cellBin = sizes.map(() => new Uint16Array(codes.length));
  for (let cell = 0; cell < codes.length; cell++) {
    starts[cell + 1] = starts[cell]! + counts[cell]!;
    next[codes[cell]!] = starts[cell]!;
    let rest = codes[cell]!;
    for (let column = sizes.length - 1; column >= 0; column--) {
      cellBin[column]![cell] = rest % sizes[column]!;
      rest = Math.floor(rest / sizes[column]!);
    }
    cellGroup[cell] = rest;
  }
  return { starts, cellTokens: Float64Array.from(tokens), cellGroup, cellBin, next };
}
