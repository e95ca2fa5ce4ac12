/** What dedup found: the dropped rows, and all that its report says of them. */
import type { RowLines } from "./row-lines";
import type { DedupSettings } from "./settings";
import type { Signatures } from "./signatures";

export type DuplicateKind = "exact" | "near" | `exact:${string}`;

/** A dropped row by its number, and the kept row that it repeats. */
export interface Dropped {
  readonly row: number;
  readonly of: number;
  readonly similarity: number;
  readonly kind: DuplicateKind;
}

/** One dropped row. */
export interface Duplicate {
  readonly row_key: string;
  /** The user's own id; null where the table has none. */
  readonly id: string | null;
  /** row_key of the kept row it repeats. */
  readonly duplicate_of: string;
  /** `exact:<field>`: equal in that field. */
  readonly kind: DuplicateKind;
  /** Jaccard similarity of the two rows' shingles, 0..1; 1 for exact ones. */
  readonly similarity: number;
  /** row_key of the kept row of its cluster: the same as `duplicate_of`. */
  readonly cluster: string;
}

/** What another threshold would drop, exact duplicates included. */
export interface WhatIf {
  readonly threshold: number;
  readonly duplicates: number;
  /** Below the run's threshold candidates are missing: at least so many. */
  readonly lowerBound: boolean;
}

export interface Found {
  /** Rows of the run, without those of earlier runs. */
  readonly rows: number;
  /** Of each of them, in the order of the input: 1 where it is kept. */
  readonly keptRows: Uint8Array;
  readonly names: readonly string[];
  readonly rowsOf: readonly number[];
  /** Sorted by row_key. */
  readonly duplicates: readonly Duplicate[];
  /** Of each of them the number of its table in `names`: runs over one source share row_keys. */
  readonly tableOf: readonly number[];
  /** `matrix[i][j]`: rows of table i that repeat a kept row of table j. */
  readonly matrix: readonly (readonly number[])[];
  /** Rows without text, by why. */
  readonly withoutText: readonly number[];
  /** Rows with fewer words than a shingle. */
  readonly short: number;
  readonly whatIf: readonly WhatIf[];
  /** Bytes of the lines of dropped rows, and of all. */
  readonly bytes: { readonly dropped: number; readonly all: number };
  readonly verified: number;
  readonly crowdRows: number;
  /** The largest clusters with beginnings of their rows' lines. */
  readonly examples: readonly Example[];
}

export interface Example {
  readonly kept: { readonly key: string; readonly line: string };
  readonly rows: number;
  readonly dropped: readonly { readonly key: string; readonly line: string; readonly similarity: number }[];
}

export interface FoundParts {
  readonly names: readonly string[];
  /** Rows before this one are of earlier runs. */
  readonly firstNew: number;
  readonly dropped: readonly Dropped[];
  readonly whatIf: readonly WhatIf[];
  readonly verified: number;
  readonly crowdRows: number;
}

/** The dropped rows by their keys, and what the report says of them. */
export function foundOf(
  signatures: Signatures,
  settings: DedupSettings,
  lines: RowLines,
  { names, firstNew, dropped, whatIf, verified, crowdRows }: FoundParts,
): Found {
  const { rows } = signatures;
  const tables = names.map((_, table) => table);
  const matrix = tables.map(() => tables.map(() => 0));
  const clusters = new Map<number, Dropped[]>();
  const bytes = { dropped: 0, all: 0 };
  for (let row = firstNew; row < rows; row++) bytes.all += signatures.length[row]!;
  for (const each of dropped) {
    matrix[signatures.fileOf(each.row).dataset]![signatures.fileOf(each.of).dataset]!++;
    bytes.dropped += signatures.length[each.row]!;
    const cluster = clusters.get(each.of);
    if (cluster) cluster.push(each);
    else clusters.set(each.of, [each]);
  }
  const keyOf = new Map<number, string>();
  const key = (row: number): string => {
    let found = keyOf.get(row);
    if (found === undefined) {
      found = lines.key(row);
      keyOf.set(row, found);
    }
    return found;
  };
  const told = dropped.map(({ row, of, similarity, kind }) => {
    const [row_key, duplicate_of] = [key(row), key(of)];
    const duplicate: Duplicate = {
      ...{ row_key, id: lines.id(row), duplicate_of, kind, similarity },
      cluster: duplicate_of,
    };
    return { duplicate, row, table: signatures.fileOf(row).dataset };
  });
  told.sort(({ duplicate: { row_key: a }, row: p }, { duplicate: { row_key: b }, row: q }) =>
    a < b ? -1 : a > b ? 1 : p - q,
  );
  const duplicates = told.map(({ duplicate }) => duplicate);
  const tableOf = told.map(({ table }) => table);
  const rowsOf = names.map(() => 0);
  signatures.ranges.forEach(({ file }, i) => {
    rowsOf[file.dataset]! += signatures.startOf(i + 1) - signatures.startOf(i);
  });
  const { withoutText, short } = countRows(signatures, settings, firstNew);
  const examples = [...clusters]
    .sort(([a, p], [b, q]) => q.length - p.length || (key(a) < key(b) ? -1 : 1))
    .slice(0, 5)
    .map(([of, members]): Example => {
      const shown = members
        .map(({ row, similarity }) => ({ key: key(row), row, similarity }))
        .sort((a, b) => a.similarity - b.similarity || (a.key < b.key ? -1 : 1))
        .slice(0, 3);
      return {
        kept: { key: key(of), line: lines.beginning(of) },
        rows: members.length + 1,
        dropped: shown.map((each) => ({
          key: each.key,
          line: lines.beginning(each.row),
          similarity: each.similarity,
        })),
      };
    });
  const kept = new Uint8Array(rows - firstNew).fill(1);
  for (const { row } of dropped) kept[row - firstNew] = 0;
  return {
    ...{
      rows: rows - firstNew,
      keptRows: kept,
      names,
      rowsOf,
      duplicates,
      tableOf,
      matrix,
      withoutText,
      short,
    },
    ...{ bytes, verified, crowdRows, examples, whatIf },
  };
}

function countRows({ rows, state, words }: Signatures, { ngram, near }: DedupSettings, firstNew: number) {
  const withoutText = [0, 0, 0, 0, 0];
  let short = 0;
  for (let row = firstNew; row < rows; row++) {
    if (state[row] !== 0) withoutText[state[row]!]!++;
    else if (near && words[row]! < ngram) short++;
  }
  return { withoutText, short };
}
