/**
 * The mark of research mode: data that may hold rows which nobody reviewed or which are not safe, kept for research. It
 * stands in run.json and pools.json and in the Parquet files of pools, goes over to everything that is made from them, and
 * is refused by what would give the data away, until that is wanted in so many words.
 */

import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { type Db, literalPath, quoteList, quoteText } from "../db";
import { InputError, QueryError } from "../errors";

export const researchMark = z.strictObject({
  /** Whether it was asked for here; else it was inherited. */
  set: z.boolean(),
  /** Datasets, runs and pipelines from which it was inherited. */
  from: z.array(z.string()),
});
export type ResearchMark = z.infer<typeof researchMark>;

/** What tables over marked data say of themselves, in `notes`; verbs keep it. */
export const RESEARCH_NOTE =
  "research mode: may hold rows that nobody reviewed or that are not safe; not to be published or blended";

/** What has to be said to do it all the same. */
export const RESEARCH_SENTENCES = {
  publish: "yes, publish research data",
  blend: "yes, blend research data",
} as const;

const KEY = "corpuslab_research_mode";
const MANIFESTS = ["run.json", "pools.json", "candidates.json", "subsets.json", "flag.json"];
/** Folders above a file in which its run or its pools may say so: out/data/config/file, out/pools/name/file. */
const ABOVE = 5;

/** Whether the dataset, run, pools or file at this path is marked, or stands in a folder that is, or over a run that is. */
export function isResearch(path: string): boolean {
  let folder = existsSync(path) ? realpathSync(path) : resolve(path);
  for (let i = 0; i <= ABOVE; i++) {
    if (MANIFESTS.some((name) => saysSo(folder, name))) return true;
    if (dirname(folder) === folder || existsSync(join(folder, "corpuslab.json"))) return false;
    folder = dirname(folder);
  }
  return false;
}

/** The mark of something that is made of what stands at these paths (`name` → path); null where nothing is marked. */
export function inheritedMark(
  set: boolean,
  parts: Readonly<Record<string, readonly string[]>>,
): ResearchMark | null {
  const from = Object.entries(parts)
    .filter(([, paths]) => isAnyResearch(paths))
    .map(([name]) => name);
  return set || from.length > 0 ? { set, from: [...new Set(from)].sort() } : null;
}

/** `RESEARCH_NOTE` for a table over a run's folder, or over the files of a source. */
export function researchNotes(
  of: string | { readonly splits: readonly { readonly files: readonly { readonly path: string }[] }[] },
): string[] {
  const paths =
    typeof of === "string" ? [of] : of.splits.flatMap(({ files }) => files.map(({ path }) => path));
  return isAnyResearch(paths) ? [RESEARCH_NOTE] : [];
}

/** Files of one folder are asked about once. A folder may have a dot in its name: `out/study.v2`. */
function isAnyResearch(paths: readonly string[]): boolean {
  const isFile = (path: string) =>
    /\.\w+$/.test(path) && !statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return [...new Set(paths.map((path) => (isFile(path) ? dirname(path) : path)))].some(isResearch);
}

/** `{ research_mode }` for a manifest; nothing where there is no mark, so that other manifests stay as they are. */
export function markFields(mark: ResearchMark | null | undefined): { readonly research_mode?: ResearchMark } {
  return mark ? { research_mode: mark } : {};
}

/** Options of DuckDB's COPY that write the mark into a Parquet file. */
export function copyMark(mark: ResearchMark | null | undefined): string {
  return mark ? `, kv_metadata {${KEY}: ${quoteText("true")}}` : "";
}

/** Those of the Parquet files that carry the mark in themselves. A file whose footer cannot be read carries none. */
export async function markedFiles(db: Db, paths: readonly string[]): Promise<string[]> {
  const files = paths.filter((path) => path.endsWith(".parquet") && existsSync(path));
  if (files.length === 0) return [];
  try {
    return await markedAmong(db, files);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if (files.length === 1) return []; // whoever reads its rows says what is wrong with it
    const marked: string[] = [];
    for (const file of files) marked.push(...(await markedFiles(db, [file])));
    return marked;
  }
}

async function markedAmong(db: Db, files: readonly string[]): Promise<string[]> {
  const rows = await db.all<{ file_name: string }>(
    `select distinct file_name from parquet_kv_metadata(${quoteList(files.map(literalPath))}) where key = ${quoteText(KEY)}::BLOB`,
  );
  return rows.map(({ file_name }) => file_name);
}

/**
 * Nothing happens to data without the mark, and to marked data when `allowed` is the sentence for it.
 * @throws InputError that names the sentence.
 * @example refuseResearch("blend", ["out/red-team"], options.allowResearchData)
 */
export function refuseResearch(
  verb: keyof typeof RESEARCH_SENTENCES,
  paths: readonly string[],
  allowed: string | undefined,
): void {
  const sentence = RESEARCH_SENTENCES[verb];
  if (allowed?.trim() === sentence) return;
  const marked = paths.filter(isResearch);
  if (marked.length > 0) throw researchError(verb, marked.join(", "), allowed);
}

/** The refusal itself, for data that is known to be marked. */
export function researchError(
  verb: keyof typeof RESEARCH_SENTENCES,
  what: string,
  allowed: string | undefined,
): InputError {
  const said = allowed === undefined ? "" : `; got ${JSON.stringify(allowed.slice(0, 100))}`;
  return new InputError(
    `${verb}: ${what}: was made in research mode, so it may hold rows that nobody reviewed or that are not safe${said}. ` +
      `To ${verb} it all the same, say so: --allow-research-data ${JSON.stringify(RESEARCH_SENTENCES[verb])}`,
  );
}

function saysSo(folder: string, name: string): boolean {
  const path = join(folder, name);
  if (!existsSync(path)) return false;
  try {
    const { research_mode, pipeline } = JSON.parse(readFileSync(path, "utf8")) as {
      research_mode?: unknown;
      pipeline?: { input?: unknown };
    };
    if (research_mode !== undefined && research_mode !== null && research_mode !== false) return true;
    const below = pipeline?.input;
    return typeof below === "string" && isResearch(resolve(folder, below));
  } catch {
    return false; // whoever reads the manifest says what is wrong with it
  }
}
