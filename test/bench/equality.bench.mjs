// Whether a version decides many rows as its function does when it is mapped over them: every verdict is compared.
//
// Rows are those of the demo, multiplied, with invented scores. Options: --rows 200000, --workers 2.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);
const SHARD = 500_000;
const PARAMS = { least: 0.2, longest: 8192 };
const FUNCTION = `(row) => {
  if (row.meta_domain === "safety") return { drop: "safety" };
  if (row.nll_mean === null) return { drop: "unscored" };
  if (row.nll_mean < least) return { drop: "too_easy" };
  return row.stats_approx_tokens < longest;
}`;
const READS = {
  meta_domain: "string",
  nll_mean: ["number", "null"],
  stats_approx_tokens: "number",
};

/** A finished run of the demo's rows, multiplied, whose scores are a sidecar beside them. */
async function madeRun(library, folder, rows, log) {
  if (existsSync(join(folder, "run.json"))) return folder;
  const { Db } = library("db");
  const { ROW_COLUMNS } = library("row");
  const { generateDemo } = library("demo/generate-demo");
  const { generateDemoScores } = library("demo/demo-scores");
  const { multiplyRows } = library("demo/multiply-rows");
  const { normalize } = library("run/normalize");
  const { open } = library("table/open");
  log(`making ${rows.toLocaleString("en-US")} rows`);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  const scratch = join(part, "scratch");
  await generateDemo(join(scratch, "demo"), { rows: 2000, seed: 1 });
  const run = await normalize(await open("corpuslab/demo", { hubDir: join(scratch, "demo") }), {
    out: join(scratch, "run"),
    onProgress: null,
  });
  const scores = await generateDemoScores(run, join(scratch, "scores.parquet"));
  await multiplyRows(run, { out: join(scratch, "many"), rows, onProgress: null });
  const db = await Db.open({ threads: 2, memoryLimit: "2GB" });
  try {
    await db.run(
      `create temp table scores as select nll_mean, row_number() over (order by id) - 1 as n from read_parquet('${scores.path}')`,
    );
    for (const name of ["rows", "flags/scores.v1"]) mkdirSync(join(part, name, "train"), { recursive: true });
    for (let from = 0, n = 0; from < rows; from += SHARD, n++) {
      const name = `part-${String(n).padStart(5, "0")}.parquet`;
      const many = `read_parquet('${join(scratch, "many", name)}')`;
      const made = { row_key: "row_key", meta_domain: "meta_domain", text: "left(text, 40)" };
      const columns = Object.entries(ROW_COLUMNS).map(([column, type]) => {
        const value =
          made[column] ?? { split: "'train'", subset: "'default'", dataset: "'bench/rows'" }[column];
        return `(${value ?? (column === "stats_approx_tokens" ? column : "null")})::${type} as ${column}`;
      });
      const write = (sql, path) =>
        db.run(`copy (${sql}) to '${join(part, path, "train", name)}' (format parquet, compression zstd)`);
      await write(`select ${columns.join(", ")} from ${many}`, "rows");
      await write(
        `select row_key, nll_mean * (0.5 + (hash(row_key) % 1000) / 1000.0) as nll_mean
         from ${many} join scores on scores.n = hash(row_key, 1) % ${scores.rows}
         order by split_part(row_key, '/', 2)::bigint`,
        "flags/scores.v1",
      );
    }
  } finally {
    db.close();
  }
  rmSync(scratch, { recursive: true, force: true });
  const none = { rejected: {}, quarantined: {} };
  const split = { stage: "normalize", dataset: "bench/rows", subset: "default", split: "train" };
  const ledger = {
    ...{ format: "corpuslab.ledger", version: 1, balanced: true, failed: [] },
    splits: [{ ...split, rows_in: rows, rows_out: rows, ...none }],
    totals: { rows_in: rows, rows_out: rows, ...none },
  };
  const input = {
    dataset: "bench/rows",
    revision: "local",
    license: null,
    origin: "bench",
    adapter: {},
    files: [],
  };
  const manifest = {
    ...{ format: "corpuslab.run", version: 1, config: {}, code: { corpuslab: "0.1.0", sha256: "00" } },
    inputs: [input],
  };
  writeFileSync(join(part, "ledger.json"), JSON.stringify(ledger));
  writeFileSync(join(part, "run.json"), JSON.stringify(manifest));
  renameSync(part, folder);
  return folder;
}

/** The function as a version, as promotion writes it. */
async function writeStep(library, pipelines) {
  const { bundleStep } = library("promote/bundle");
  const { identityOf } = library("promote/identity");
  const { writeVersion } = library("steps/versions");
  const object = (columns) => ({
    type: "object",
    properties: Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, { type }])),
  });
  const source = `export function bind({ least, longest }: any) { return ${FUNCTION.replace("(row)", "(row: any)")}; }\n`;
  const bundle = await bundleStep(source, pipelines);
  const schemas = { reads: object(READS), writes: object({}), params: object({}) };
  const manifest = {
    ...{ format: 1, name: "keep_fit", version: 1, kind: "filter", form: "function", ...schemas },
    ...{ values: PARAMS, nulls: {} },
    ...identityOf({ kind: "filter", bundle, schemas, params: PARAMS }),
    ...{ captured: [], packages: [], locals: [], compiler: bundle.compiler, table: "bench" },
    ...{ proof: { rows: 0, strata: {}, outcomes: {} }, author: "bench", time: "2026-01-01T00:00:00.000Z" },
  };
  writeVersion(pipelines, "keep_fit", () => ({
    "step.ts": source,
    "step.js": bundle.js,
    "manifest.json": `${JSON.stringify(manifest, null, 2)}\n`,
  }));
}

export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: { rows: { type: "string", default: "200000" }, workers: { type: "string", default: "2" } },
  });
  const library = (name) => require(join(root, "kernel-lib", "dist", `${name}.js`));
  const [rows, workers] = [Number(values.rows), Number(values.workers)];
  const input = await madeRun(library, join(root, ".cache", "bench", `equality-${rows}`), rows, log);
  const scratch = mkdtempSync(join(tmpdir(), "corpuslab-bench-"));
  try {
    const { pinStep } = library("steps/pinned-step");
    const { runPipeline } = library("pipeline/run-pipeline");
    const { open } = library("table/open");
    await writeStep(library, scratch);
    const out = join(scratch, "out");
    const started = performance.now();
    await runPipeline(
      { name: "equality", steps: [pinStep(scratch, "keep_fit@1")] },
      { input, out, workers, onProgress: null },
    );
    const ranSeconds = (performance.now() - started) / 1000;
    log(`the executor: ${ranSeconds.toFixed(1)} s`);

    // The function itself, not the bundle: no realm, no executor, the rows of the table in batches.
    const live = new Function("least", "longest", `return ${FUNCTION}`)(PARAMS.least, PARAMS.longest);
    const mapped = performance.now();
    const verdicts = (await open(out, { dropped: true })).select(["row_key", "kept", "drop_reason"]).stream();
    const mine = (await open(input)).select(["row_key", ...Object.keys(READS)]).stream();
    const outcomes = {};
    const differing = [];
    let compared = 0;
    let theirs = [];
    let at = 0;
    for await (const batch of mine) {
      for (const row of batch) {
        if (at === theirs.length) [theirs, at] = [(await verdicts.next()).value ?? [], 0];
        const verdict = theirs[at++];
        const answer = live(row);
        const reason = answer === true ? null : (answer.drop ?? "keep_fit");
        const isSame =
          verdict?.row_key === row.row_key &&
          verdict.kept === (reason === null) &&
          (verdict.drop_reason ?? null) === reason;
        if (!isSame) differing.push(row.row_key);
        outcomes[reason ?? "kept"] = (outcomes[reason ?? "kept"] ?? 0) + 1;
        compared++;
      }
    }
    const isEnd = at === theirs.length && (await verdicts.next()).done === true;
    log(`mapped and compared: ${((performance.now() - mapped) / 1000).toFixed(1)} s`);
    if (!isEnd || compared !== rows || differing.length > 0) {
      throw new Error(
        `of ${compared} of ${rows} rows ${differing.length} differ${isEnd ? "" : ", and there are more verdicts than rows"}: ${differing.slice(0, 5).join(", ")}`,
      );
    }
    const whole = (n) => n.toLocaleString("en-US");
    return [
      "A filter that reads three columns (`meta_domain`, `nll_mean` of a sidecar, `stats_approx_tokens`): the executor's verdict and",
      "reason of every row, against the function itself mapped over the table in batches, by `row_key`.",
      "",
      "| outcome | rows |",
      "| --- | --- |",
      ...Object.entries(outcomes)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, count]) => `| ${name} | ${whole(count)} |`),
      `| **compared** | **${whole(compared)}** |`,
      `| **differing** | **${whole(differing.length)}** |`,
      "",
      `The executor took ${ranSeconds.toFixed(1)} s with ${workers} workers.`,
    ].join("\n");
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
