/** Rows as files that a scoring job elsewhere reads. */
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { Db, quoteName, quoteText } from "../db";
import { listFiles, writeFileDurably } from "../engine/commit";
import { InputError, nearestNames } from "../errors";
import { interruptSignal } from "../interrupt";
import { counted, thousands } from "../notebook/counts";
import { readParquet } from "../run-folder";
import { copyMark, markFields, RESEARCH_NOTE, researchMark } from "../run-folder/research-mode";
import { renameDurably } from "../select/pool-folder";
import { STANDARD_POOLS } from "../select/standard-pools";
import { open } from "../table/open";
import { PLAIN } from "../table/relation";
import type { Table } from "../table/table";

export interface CandidateOptions {
  /** Folder of the files; made anew. */
  readonly out: string;
  /** Only the rows of this standard pool, by name. */
  readonly pool?: string;
  /** Only rows for which this SQL predicate is true. */
  readonly where?: string;
  /** More columns than the usual ones. */
  readonly columns?: readonly string[];
  /** Rows of a file, at least, but for the last one: files end with a block of some 2,000 rows. Default 20,000. */
  readonly rowsPerShard?: number;
  /** Replaces candidates that stand in `out`; default false. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

const MANIFEST = "candidates.json";
const count = z.number().int().nonnegative();
const manifestSchema = z.object({
  format: z.literal("corpuslab.candidates"),
  version: z.literal(1),
  /** Where the rows are from, for people. */
  from: z.string(),
  /** Rows of a run that was made in research mode. */
  research_mode: researchMark.optional(),
  pool: z.string().nullable(),
  where: z.string().nullable(),
  rows: count,
  /** Estimated: the sum of stats_approx_tokens. */
  tokens: count,
  /** Rows by rendering and by mask. */
  templates: z.record(z.string(), count),
  loss_modes: z.record(z.string(), count),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  shards: z.array(z.object({ file: z.string(), rows: count, bytes: count, sha256: z.string() })),
  /** What `corpuslab import-scores` takes back. */
  answer: z.object({ key: z.array(z.string()), columns: z.record(z.string(), z.string()) }),
});
export type CandidatesManifest = z.infer<typeof manifestSchema>;

const ANSWER: CandidatesManifest["answer"] = {
  key: ["row_key", "text_id", "id"],
  columns: {
    model: "name of the checkpoint",
    template: "as in the candidates",
    loss_mode: "as in the candidates: which parts of text were scored",
    include_stop: "true when the special that ends a scored message was scored too",
    nll_sum: "negative log-likelihood of the scored tokens, nats",
    nll_mean: "nll_sum / completion_token_count",
    completion_token_count: "scored tokens",
    max_length: "longest text in tokens that was scored whole, or null",
    truncated: "true when the row was longer",
    reason: "why there is no score, else null; nll_sum and nll_mean are null then",
  },
};

/** Candidates that were written. Shows itself in a notebook. */
export class Candidates {
  constructor(
    readonly out: string,
    readonly manifest: CandidatesManifest,
  ) {}

  toString(): string {
    const { rows, tokens, shards, loss_modes, pool, where } = this.manifest;
    const modes = Object.entries(loss_modes).map(([mode, n]) => `${mode} ${thousands(n)}`);
    const asked = [...(pool === null ? [] : [`pool ${pool}`]), ...(where === null ? [] : [where])];
    return `${counted(rows, "candidate")}${asked.length > 0 ? ` (${asked.join("; ")})` : ""}, about ${counted(tokens, "token")}, in ${counted(shards.length, "file")}; ${modes.join(", ") || "no rows"}; ${this.out}`;
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/**
 * `<out>/data/part-00000.parquet` and on hold rows of a run, a pipeline's run or a table for a job that scores them: `id`, `text`, `loss_mode`,
 * `template`, `text_id`, `row_key`, all `meta_*` and `quality_*`, in order; `candidates.json` says how many, from where, under
 * which rendering and masks, each file's sha256, and which columns `importScores` takes back. The same run and options give the same bytes.
 * Memory: DuckDB's, up to 1 GB. Files appear whole or not at all.
 * @throws InputError for rows that are not canonical, an unknown pool, and a folder that holds other files.
 * @example await exportCandidates("out/demo", { out: "candidates", pool: "verified_correct" })
 */
export async function exportCandidates(
  from: string | { readonly out: string } | Table,
  options: CandidateOptions,
): Promise<Candidates> {
  const { pool, where, columns: more = [], rowsPerShard = 20_000, signal = interruptSignal() } = options;
  if (!Number.isSafeInteger(rowsPerShard) || rowsPerShard < 1) {
    throw new InputError(`candidates: rows per shard is ${rowsPerShard}, expected a whole number above 0`);
  }
  const whole = await tableOf(from);
  const asked = pool === undefined ? whole : whole.filter(poolPredicate(pool));
  const table = where === undefined ? asked : asked.filter(where);
  const mark = whole.notes.includes(RESEARCH_NOTE) ? { set: false, from: [whole.origin] } : null;
  const schema = await whole.readSchema(signal);
  const names = candidateColumns(
    schema.map(({ name }) => name),
    more,
  );
  const out = claim(options.out, options.overwrite ?? false);
  const building = join(out, ".building");
  const db = await Db.open({ threads: 1, memoryLimit: "1GB", signal });
  try {
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    await db.run("set disabled_optimizers = 'build_side_probe_side'");
    const block = Math.min(2048, rowsPerShard);
    const rowsSql = await table.relation().sql(PLAIN, signal);
    await db.run(
      `copy (select ${names.map(quoteName).join(", ")} from (${rowsSql})) to ${quoteText(building)} ` +
        `(format parquet, compression zstd, row_group_size ${block}, row_groups_per_file ${Math.ceil(rowsPerShard / block)}, overwrite_or_ignore true${copyMark(mark)})`,
    );
    const shards = await nameShards(db, building);
    const manifest = manifestSchema.parse({
      ...{ format: "corpuslab.candidates", version: 1, from: whole.origin },
      ...{ pool: pool ?? null, where: where ?? null },
      ...(await facts(db, building, shards, names.includes("stats_approx_tokens"))),
      columns: names.map((name) => ({ name, type: schema.find((column) => column.name === name)!.type })),
      ...{ shards, answer: ANSWER },
      ...markFields(mark),
    });
    for (const file of ownFiles(out)) rmSync(join(out, file), { force: true });
    mkdirSync(join(out, "data"), { recursive: true });
    for (const { file } of shards) renameDurably(join(building, basename(file)), join(out, file));
    writeFileDurably(join(out, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    return new Candidates(out, manifest);
  } finally {
    db.close();
    rmSync(building, { recursive: true, force: true });
  }
}

async function tableOf(from: string | { readonly out: string } | Table): Promise<Table> {
  if (typeof from === "string") return await open(from);
  return "out" in from ? await open(from.out) : from;
}

function poolPredicate(name: string): string {
  const found = STANDARD_POOLS.find((rule) => rule.name === name);
  if (found) return found.predicate;
  const names = STANDARD_POOLS.map((rule) => rule.name);
  const near = nearestNames(name, names);
  throw new InputError(
    `candidates: no pool ${name}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${names.join(", ")}`} Say others with --where (where)`,
  );
}

const LEADING = ["id", "text", "loss_mode", "template", "text_id", "row_key"];

function candidateColumns(columns: readonly string[], more: readonly string[]): string[] {
  const missing = LEADING.filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw new InputError(
      `candidates: the rows have no column ${missing.join(", ")}; expected canonical rows: normalize the dataset first (corpuslab normalize)`,
    );
  }
  const unknown = more.find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    const near = nearestNames(unknown, columns);
    throw new InputError(
      `candidates: no column ${unknown}${near.length > 0 ? `; did you mean ${near.join(" or ")}?` : ""}`,
    );
  }
  const usual = columns.filter((name) => /^(meta|quality)_/.test(name) || name === "stats_approx_tokens");
  return [...new Set([...LEADING, ...usual, ...more])];
}

/** The folder, when it may be written to. */
function claim(out: string, overwrite: boolean): string {
  const folder = resolve(out);
  if (!existsSync(folder)) return folder;
  const own = ownFiles(folder);
  const strange = listFiles(folder).filter((name) => !own.includes(name) && !name.startsWith(".building/"));
  if (strange.length > 0) {
    throw new InputError(
      `${folder} holds ${strange[0]}, which is no candidate that corpuslab wrote; choose another --out, or move it`,
    );
  }
  if (own.length > 0 && !overwrite) {
    throw new InputError(
      `${folder} holds candidates already; replace them with --overwrite ({ overwrite: true })`,
    );
  }
  return folder;
}

function ownFiles(folder: string): string[] {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return [];
  try {
    return [
      MANIFEST,
      ...manifestSchema.parse(JSON.parse(readFileSync(path, "utf8"))).shards.map(({ file }) => file),
    ];
  } catch {
    return [];
  }
}

/** DuckDB's `data_0.parquet` become `part-00000.parquet`; a last file without rows goes. */
async function nameShards(db: Db, folder: string): Promise<CandidatesManifest["shards"]> {
  const written = readdirSync(folder)
    .map((name) => ({ name, number: Number(/(\d+)\.parquet$/.exec(name)?.[1]) }))
    .sort((a, b) => a.number - b.number);
  const shards: CandidatesManifest["shards"] = [];
  for (const one of written) {
    const from = join(folder, one.name);
    const { rows } = await db.one<{ rows: number }>(`select count(*) as rows from ${readParquet([from])}`);
    if (rows === 0 && written.length > 1) {
      rmSync(from);
      continue;
    }
    const name = `part-${String(shards.length).padStart(5, "0")}.parquet`;
    const path = join(folder, name);
    renameSync(from, path);
    shards.push({ file: `data/${name}`, rows, bytes: statSync(path).size, sha256: await sha256(path) });
  }
  return shards;
}

async function facts(db: Db, folder: string, shards: CandidatesManifest["shards"], hasTokens: boolean) {
  const files = readParquet(shards.map(({ file }) => join(folder, basename(file))));
  const { rows, tokens } = await db.one<{ rows: number; tokens: number }>(
    `select count(*) as rows, ${hasTokens ? "coalesce(sum(stats_approx_tokens), 0)::BIGINT" : "0"} as tokens from ${files}`,
  );
  const by = async (column: string) => {
    const found = await db.all<{ v: string; n: number }>(
      `select coalesce(${column}, '(none)') as v, count(*) as n from ${files} group by all order by n desc, v`,
    );
    return Object.fromEntries(found.map(({ v, n }) => [v, n]));
  };
  return { rows, tokens, templates: await by("template"), loss_modes: await by("loss_mode") };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
