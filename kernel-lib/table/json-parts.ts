/** How DuckDB reads the JSON files of a source. */

import { join } from "node:path";
import { quoteName, quoteText } from "../db";
import { cutText, plainText } from "../notebook/plain-text";
import { jsonLayout } from "../source/json-layout";
import type { SourceFile } from "../source/source";
import { type CheckedFile, checkJson, type RowProblem, scratchFolder } from "./check-json";
import { streamDb } from "./db-pool";
import {
  type HiddenKey,
  jsonColumnTypes,
  mergeStructures,
  parseStructure,
  type Structure,
} from "./json-types";

/** What a read of the files found out. */
export interface SourceFacts {
  /** Rows that can be read and rows that cannot, where the JSON files were checked; else null. */
  readonly checked: { readonly rows: number; readonly problems: readonly RowProblem[] } | null;
  readonly notes: readonly string[];
}

/** One SELECT over the files of one kind. */
export interface ReadPart {
  readonly select: string;
  /** What stands after FROM; has the columns of `select`, and `filename`. */
  readonly from: string;
  /** SQL of the row's number, unique in its file. */
  readonly row: string;
  /** Whether that is the row's number in the file. */
  readonly realRow: boolean;
}

export interface JsonParts {
  readonly parts: readonly ReadPart[];
  readonly facts: SourceFacts;
  /** Files that are read from a copy: original path → copy. */
  readonly moved: ReadonlyMap<string, string>;
}

export const SAMPLE_ROWS = 20_480;
const SAMPLE_FILES = 32;

/** Every row is parsed first: exact rows, exact types. */
export async function checkedParts(
  files: readonly SourceFile[],
  signal: AbortSignal | undefined,
): Promise<JsonParts> {
  const scratch = scratchFolder();
  const checked: CheckedFile[] = [];
  for (const [i, file] of files.entries()) {
    checked.push(await checkJson(file, join(scratch, `${i}.jsonl`), { signal }));
  }
  const longest = Math.max(...checked.map((file) => file.longest));
  const size = Math.max(16 * 1024 * 1024, longest * 3 + 1024);
  const groups = (["newline_delimited", "array"] as const).flatMap((format) => {
    const paths = checked.filter((file) => file.format === format && file.rows > 0).map(({ path }) => path);
    return paths.length === 0 ? [] : [{ format, paths }];
  });
  const objects = groups.map(
    ({ format, paths }) =>
      `select json from read_json_objects(${pathList(paths)}, format = '${format}', maximum_object_size = ${size})`,
  );
  const { columns, hidden } = await inferTypes(
    objects,
    { nested: true, wide: checked.some(({ wide }) => wide) },
    signal,
  );
  const typed = [...columns].map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`).join(", ");
  const rows = checked.reduce((sum, file) => sum + file.rows, 0);
  return {
    moved: new Map(checked.map(({ file, path }) => [file.path, path])),
    facts: {
      checked: { rows, problems: checked.flatMap(({ problems }) => problems) },
      notes: hidden.map(hiddenNote),
    },
    parts:
      columns.size === 0
        ? []
        : groups.map(({ format, paths }) => ({
            select: "*",
            from:
              `read_json(${pathList(paths)}, format = '${format}', columns = {${typed}}, ` +
              `hive_partitioning = false, maximum_object_size = ${size})`,
            row: "row_number() over ()",
            realRow: false,
          })),
  };
}

/** DuckDB reads the files as they lie: types from a sample, nested columns as JSON. */
export async function largeParts(
  files: readonly SourceFile[],
  signal: AbortSignal | undefined,
): Promise<JsonParts> {
  const scratch = scratchFolder();
  const moved = new Map<string, string>();
  const groups = new Map<string, string[]>();
  for (const [i, file] of files.entries()) {
    const layout = file.format === "json" ? jsonLayout(file) : null;
    let path = file.path;
    let format = layout?.kind === "array" ? "array" : "newline_delimited";
    if (layout?.kind === "array" && layout.wrapped) {
      ({ path, format } = await checkJson(file, join(scratch, `${i}.jsonl`), { signal }));
      moved.set(file.path, path);
    }
    groups.set(format, [...(groups.get(format) ?? []), path]);
  }
  const readers = [...groups].map(([format, paths]) => {
    const lenient = format === "array" ? "" : ", ignore_errors = true";
    const objects = (some: readonly string[]) =>
      `read_json_objects(${pathList(some)}, format = '${format}'${lenient}, hive_partitioning = false, ` +
      `maximum_object_size = ${64 * 1024 * 1024})`;
    return { paths, objects };
  });
  const samples = readers.flatMap(({ paths, objects }) =>
    paths
      .slice(0, SAMPLE_FILES)
      .map(
        (path) =>
          `(select json from ${objects([path])} where json_type(json) = 'OBJECT' limit ${SAMPLE_ROWS})`,
      ),
  );
  const { columns, hidden } = await inferTypes(samples, { nested: false }, signal);
  const select = [...columns].map(([name, type]) => {
    const pointer = quoteText(`/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    const value =
      type === "JSON"
        ? `nullif(json_extract(json, ${pointer}), 'null')`
        : `json_extract_string(json, ${pointer})::${type}`;
    return `${value} as ${quoteName(name)}`;
  });
  return {
    moved,
    facts: {
      checked: null,
      notes: [
        `columns follow from the first ${SAMPLE_ROWS.toLocaleString("en")} rows of each file; ` +
          "unreadable lines are left out: .problems() lists them",
        ...hidden.map(hiddenNote),
      ],
    },
    parts:
      columns.size === 0
        ? []
        : readers.map(({ paths, objects }) => ({
            select: select.join(", "),
            from: `(from ${objects(paths)} select json, filename where json_type(json) = 'OBJECT')`,
            row: "row_number() over ()",
            realRow: false,
          })),
  };
}

/**
 * The structures that rows have are grouped by DuckDB and merged here, first row first: the order of columns follows
 * the rows. (`json_group_structure` needs memory for every row.)
 */
async function inferTypes(
  objects: readonly string[],
  options: { readonly nested: boolean; readonly wide?: boolean },
  signal: AbortSignal | undefined,
) {
  if (objects.length === 0) return jsonColumnTypes(null, options);
  const sql = `select s from (select s, row_number() over () as n
    from (select json_structure(json)::varchar as s from (${objects.join(" union all ")}))) group by s order by min(n)`;
  let merged: Structure | null = null;
  for await (const batch of streamDb<{ s: string }>(sql, { signal })) {
    for (const { s } of batch) merged = mergeStructures(merged, parseStructure(s));
  }
  return jsonColumnTypes(merged, options);
}

function hiddenNote({ key, why }: HiddenKey): string {
  return `column ${cutText(plainText(key), 100)} is not shown: ${why}`;
}

/** A list of file paths for a reader: `[` would start a pattern. */
export function pathList(paths: readonly string[]): string {
  return `[${paths.map((path) => quoteText(path.replace(/[[*?]/g, "[$&]"))).join(", ")}]`;
}
