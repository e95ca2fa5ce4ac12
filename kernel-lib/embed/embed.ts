/** Vectors of a table's rows, in a cell. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { Db, quoteText } from "../db";
import { writeFileDurably } from "../engine/commit";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import { open } from "../table/open";
import { Table } from "../table/table";
import { type EmbedOptions, embedRun, manifestOf } from "./embed-run";
import { writeVectors } from "./embed-task";
import { manifestPath, manifestText } from "./embeddings-folder";
import { resolveEncoder } from "./resolve-encoder";
import "./similar";
import { temporaryFolder } from "./value-table";

/**
 * The table, whose rows have vectors now: `similar`, `clusters`, `classifyDomains`, `usefulness` and `map` use them, and
 * `withEmbeddings` shows them as a column. Given a run (its folder, or what normalize returned), the vectors are written
 * beside its rows as `embedRun` does; for a table they are kept in a temporary file until the process ends. No row is
 * dropped: one without text has no vector, and a reason. A table without `row_key` gets one: the row's number.
 *
 * @param model A folder with an ONNX encoder and its tokenizer.json, a repository of the Hub, or `words`: hashed words,
 *   no model.
 * @throws InputError for a model that is no encoder, and a table without the text.
 * @example
 * const ds = await embed((await open("demo")).split("dolly").head(50), "words", { column: "instruction" });
 * await ds.similar("what is a good book", { k: 3 })
 */
export async function embed(
  what: string | { readonly out: string } | Table,
  model: string,
  options: EmbedOptions = {},
): Promise<Table> {
  if (what instanceof Table) return await embedTable(what, model, options);
  const folder = typeof what === "string" ? what : what.out;
  if (existsSync(join(resolve(folder), "rows"))) {
    await embedRun(folder, model, options);
    return await open(folder);
  }
  return await embedTable(await open(folder), model, options);
}

async function embedTable(given: Table, model: string, options: EmbedOptions): Promise<Table> {
  const { view = "prompt", column, workers, signal = interruptSignal(), onProgress, ...settings } = options;
  const encoder = await resolveEncoder(model, {
    threads: workers ?? availableParallelism(),
    ...settings,
    signal,
  });
  const folder = temporaryFolder();
  const vectors = join(folder, "vectors");
  const file = join(vectors, "part-00000.parquet");
  return await withProgress(JOBS.embed, onProgress, async (report) => {
    const hasKey = (await given.schema).some(({ name }) => name === "row_key");
    const table = hasKey ? given : await withKeys(given, join(folder, "rows.parquet"), signal);
    const query = `(${await table.rowsSql(signal)})`;
    const db = await Db.open({ threads: 1, memoryLimit: "1GB", signal });
    try {
      writeFileDurably(manifestPath(vectors), "{}"); // makes the folder; a manifest when the vectors stand
      const summary = await writeVectors({
        ...{ db, encoderSpec: encoder, view, column: column ?? null, query, to: file, signal },
        columns: await db.describe(`select * from ${query}`),
        progress: (done, share) => report({ stage: "embed", done, unit: "rows", share }),
      });
      const made = { model, encoder, view, column: column ?? null };
      writeFileDurably(manifestPath(vectors), manifestText(manifestOf([summary], made)));
    } finally {
      db.close();
    }
    return table.with({ vectors });
  });
}

/** The same rows with `row_key`: `row-0`, `row-1` … in the order of the table; a copy in a file. */
async function withKeys(table: Table, file: string, signal: AbortSignal): Promise<Table> {
  const columns = await table.schema;
  if (columns.length === 0) throw new InputError(`embed: ${table.origin} has no columns`);
  const db = await Db.open({ threads: 1, memoryLimit: "1GB", signal });
  try {
    await db.run(
      `COPY (SELECT 'row-' || (row_number() OVER () - 1) AS row_key, * FROM (${await table.rowsSql(signal)})) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    db.close();
  }
  return (await open(file)).with({ origin: table.origin, notes: table.notes });
}
