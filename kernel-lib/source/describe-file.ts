/** What a local data file is, by its name and, where that leaves it open, its first bytes. */

import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { InputError } from "../errors";
import { readFailure, readHead } from "./file-head";
import { jsonLayout } from "./json-layout";
import type { FileFormat, SourceFile } from "./source";

const FORMATS: ReadonlyMap<string, FileFormat> = new Map([
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["json", "json"],
  ["parquet", "parquet"],
  ["csv", "csv"],
  ["tsv", "csv"],
]);

/** File name endings that hold rows; all but .parquet also with .gz. */
export const DATA_EXTENSIONS: readonly string[] = [...FORMATS.keys()].map((extension) => `.${extension}`);

/** Format and packing by the name alone, null for a name that is no data file's. */
export function formatOf(name: string): { format: FileFormat; compression: "gzip" | null } | null {
  const match = /\.([a-z0-9]+)(\.gz)?$/i.exec(name);
  const format = match ? FORMATS.get(match[1]!.toLowerCase()) : undefined;
  if (!format || (format === "parquet" && match![2])) return null;
  return { format, compression: match![2] ? "gzip" : null };
}

/**
 * The file as the readers want it. A `.json` file that holds one object a line is `jsonl`.
 * @throws InputError for an unknown ending, or JSON whose rows cannot be told; ShardError for a file that is missing.
 * @example describeFile("data/train.jsonl.gz").compression // "gzip"
 */
export function describeFile(path: string, name: string = basename(path)): SourceFile {
  const known = formatOf(path);
  if (!known) {
    throw new InputError(
      `${name}: not a known kind of data file, expected a name that ends with ${DATA_EXTENSIONS.join(", ")} ` +
        "(text also with .gz)",
    );
  }
  const file: SourceFile = {
    path: resolve(path),
    name,
    ...known,
    bytes: sizeOf(path, name, known),
    sha256: null,
  };
  if (file.format !== "json" || file.bytes === 0) return file;
  readHead(file, 1024);
  return jsonLayout(file).kind === "lines" ? { ...file, format: "jsonl" } : file;
}

function sizeOf(path: string, name: string, known: NonNullable<ReturnType<typeof formatOf>>): number {
  const file: SourceFile = { path: resolve(path), name, ...known, bytes: 0, sha256: null };
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new InputError(`${name}: ${path} is a folder, expected a file`);
    return stats.size;
  } catch (error) {
    throw readFailure(file, error);
  }
}
