// How fast `corpuslab run` is, whole processes: a filter of three columns, a flag that reads text, and another threshold
// over a flag that stands already; and the same functions in datatrove.
//
// Options: --rows 10000000 (narrow), --text-rows 1000000, --text-chars 2000, --python-rows 1000000 (narrow rows given to
// datatrove), --python-text-rows 200000, --workers 1,2, --repeat 1 (the run with the least CPU counts), --no-python.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureNode, measurePython, pythonWith } from "./measure.mjs";

const require = createRequire(import.meta.url);
const SHARD = 20_000;
const OWN_COST = 0.3;
const THRESHOLD_S = 2;

const DOMAINS = ["math", "proof", "science", "agentic", "chat_if", "code", "safety", "multilingual", "other"];
const WORDS =
  "the of sum proof each line count value shows that over under between points then equal number step holds where".split(
    " ",
  );

/** The steps: the same lines of code as in datatrove_run.py. */
const STEPS = {
  bench_filter: {
    reads: { stats_approx_tokens: "integer", meta_correctness: ["number", "null"], meta_domain: "string" },
    body: `(row) => row.meta_correctness !== null && row.meta_correctness >= 0.5 && row.stats_approx_tokens < 8192 && row.meta_domain !== "safety"`,
  },
  bench_shape: {
    kind: "flag",
    reads: { text: "string" },
    writes: { lines: "integer", longest: "integer", bullets: "integer", code: "boolean" },
    body: `(row) => {
      const lines = row.text.split("\\n");
      let longest = 0;
      for (const line of lines) if (line.length > longest) longest = line.length;
      return { lines: lines.length, longest, bullets: (row.text.match(/^\\s*[-*\\d]/gm) ?? []).length, code: row.text.includes("\`\`\`") };
    }`,
  },
  bench_score: {
    kind: "flag",
    reads: { stats_approx_tokens: "integer", meta_correctness: ["number", "null"] },
    writes: { bench_score: "number" },
    body: "(row) => ({ bench_score: (row.meta_correctness ?? 0) / Math.log2(2 + row.stats_approx_tokens) })",
  },
  bench_threshold: { form: "sql", reads: { bench_score: "number" }, sql: "bench_score >= 0.05" },
  bench_threshold_function: { reads: { bench_score: "number" }, body: "(row) => row.bench_score >= 0.05" },
};

/** Writes the steps as versions and a pipeline of each. */
async function writeSteps(library, folder) {
  const { bundleStep } = library("promote/bundle");
  const { identityOf } = library("promote/identity");
  const { writeVersion } = library("steps/versions");
  const object = (columns = {}) => ({
    type: "object",
    properties: Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, { type }])),
  });
  for (const [name, { kind = "filter", form = "function", reads, writes, body, sql }] of Object.entries(
    STEPS,
  )) {
    const source = `export function bind(_: any) { return ${body ?? "null"}; }\n`;
    const bundle = await bundleStep(source, folder);
    const schemas = { reads: object(reads), writes: object(writes), params: object() };
    const manifest = {
      ...{ format: 1, name, version: 1, kind, form, ...schemas, values: {}, nulls: {} },
      ...identityOf({ kind, bundle, schemas, params: {} }),
      ...{ captured: [], packages: [], locals: [], compiler: bundle.compiler, table: "bench" },
      ...{ proof: { rows: 0, strata: {}, outcomes: {} }, author: "bench", time: "2026-01-01T00:00:00.000Z" },
    };
    writeVersion(folder, name, () => ({
      ...(form === "sql" ? { "step.sql": sql } : { "step.ts": source, "step.js": bundle.js }),
      "manifest.json": `${JSON.stringify(manifest, null, 2)}\n`,
    }));
    const pipeline = { format: "corpuslab.pipeline", version: 1, name, steps: [{ step: `${name}@1` }] };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(pipeline));
  }
}

/** A finished run of made-up rows, and the columns that are read once more as plain Parquet for datatrove. */
async function madeRun(library, folder, { rows, textChars, pythonRows, plainColumns }, log) {
  if (existsSync(join(folder, "run.json"))) return folder;
  const { Db } = library("db");
  const { ROW_COLUMNS } = library("row");
  log(
    `making ${rows.toLocaleString("en-US")} rows${textChars > 0 ? ` with texts of ${textChars} characters` : ""}`,
  );
  rmSync(folder, { recursive: true, force: true });
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  for (const name of ["rows/train", "plain"]) mkdirSync(join(part, name), { recursive: true });
  const db = await Db.open({ threads: 2, memoryLimit: "2GB" });
  try {
    await db.run(
      `create table paragraphs as select list(p order by n) as ps from (select n, ${paragraphSql()} as p from range(3000) t(n))`,
    );
    for (let from = 0, n = 0; from < rows; from += SHARD, n++) {
      const name = `part-${String(n).padStart(5, "0")}.parquet`;
      const to = Math.min(rows, from + SHARD);
      const out = join(part, "rows", "train", name);
      await db.run(
        `copy (${rowsSql(ROW_COLUMNS, from, to, textChars)}) to '${out}' (format parquet, compression zstd, row_group_size 20480)`,
      );
      if (from < pythonRows) {
        await db.run(
          `copy (select ${plainColumns.join(", ")} from '${out}') to '${join(part, "plain", name)}' (format parquet, compression zstd)`,
        );
      }
    }
  } finally {
    db.close();
  }
  const entry = {
    stage: "normalize",
    dataset: "bench/rows",
    subset: "default",
    split: "train",
    rows_in: rows,
    rows_out: rows,
  };
  const none = { rejected: {}, quarantined: {} };
  writeFileSync(
    join(part, "ledger.json"),
    JSON.stringify({
      ...{
        format: "corpuslab.ledger",
        version: 1,
        balanced: true,
        failed: [],
        splits: [{ ...entry, ...none }],
      },
      totals: { rows_in: rows, rows_out: rows, ...none },
    }),
  );
  const input = {
    dataset: "bench/rows",
    revision: "local",
    license: null,
    origin: "bench",
    adapter: {},
    files: [],
  };
  writeFileSync(
    join(part, "run.json"),
    JSON.stringify({
      ...{ format: "corpuslab.run", version: 1, config: {}, code: { corpuslab: "0.1.0", sha256: "00" } },
      inputs: [input],
    }),
  );
  renameSync(part, folder);
  return folder;
}

const hashed = (seed) => `((hash(i, ${seed}) % 1000003) / 1000003.0)`;

function paragraphSql() {
  const list = WORDS.map((word) => `'${word}'`).join(", ");
  return `(case when n % 5 = 0 then '- ' when n % 17 = 0 then '\`\`\`' else '' end) || array_to_string(list_transform(range(40), x -> [${list}][1 + (hash(n, x) % ${WORDS.length})::int]), ' ')`;
}

function rowsSql(columns, from, to, textChars) {
  const paragraphs = Math.max(1, Math.round(textChars / 210));
  const text = Array.from({ length: paragraphs }, (_, k) => `ps[1 + (hash(i, ${k}) % 3000)::int]`).join(
    " || chr(10) || ",
  );
  const values = {
    row_key: "'bench/rows@local/data.jsonl#' || i",
    ...{
      id: "'r' || i",
      text_id: "'t' || i",
      dataset: "'bench/rows'",
      subset: "'default'",
      split: "'train'",
    },
    ...{ source_revision: "'local'", source_file: "'data.jsonl'", source_row: "i", template: "'harmony-1'" },
    text: textChars > 0 ? text : "'row'",
    loss_mode: "'assistant_all'",
    meta_domain: `[${DOMAINS.map((name) => `'${name}'`).join(", ")}][1 + (hash(i, 77) % 9)::int]`,
    meta_correctness: `case when i % 11 = 3 then null else round(${hashed(78)}, 3) end`,
    meta_tags: "[]",
    ...{ quality_valid_harmony: "true", quality_completion_nonempty: "true", quality_has_tool: "false" },
    ...{ quality_valid_tool_schema: "true", quality_reasons: "[]", stats_char_len: `${textChars}` },
    stats_approx_tokens: `(exp(5 + 5 * ${hashed(79)}))::bigint`,
  };
  const list = Object.entries(columns).map(
    ([name, type]) => `(${values[name] ?? "null"})::${type} as ${name}`,
  );
  return `select ${list.join(", ")} from range(${from}, ${to}) t(i), paragraphs order by i`;
}

/** Unpacked bytes of the columns that a step reads, by the footers. */
async function bytesRead(library, files, columns) {
  const { Db } = library("db");
  const db = await Db.open();
  try {
    const list = columns.map((name) => `'${name}'`).join(", ");
    const { mb } = await db.one(
      `select sum(total_uncompressed_size) / 1e6 as mb from parquet_metadata('${files}') where split_part(path_in_schema, ', ', 1) in (${list})`,
    );
    return Number(mb);
  } finally {
    db.close();
  }
}

async function best(repeat, run) {
  let least = null;
  for (let i = 0; i < repeat; i++) {
    const used = await run();
    if (least === null || used.cpuSeconds < least.cpuSeconds) least = used;
  }
  return least;
}

/** The report as Markdown. */
export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string", default: "10000000" },
      "text-rows": { type: "string", default: "1000000" },
      "text-chars": { type: "string", default: "2000" },
      "python-rows": { type: "string", default: "1000000" },
      "python-text-rows": { type: "string", default: "200000" },
      workers: { type: "string", default: "1,2" },
      repeat: { type: "string", default: "1" },
      "no-python": { type: "boolean", default: false },
    },
  });
  const number = (name) => Number(values[name]);
  const library = (name) => require(join(root, "kernel-lib", "dist", `${name}.js`));
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, "run-"));
  try {
    const pipelines = join(scratch, "pipelines");
    mkdirSync(pipelines);
    await writeSteps(library, pipelines);
    const narrow = await madeRun(
      library,
      join(cache, `run-narrow-${values.rows}-${values["python-rows"]}`),
      {
        ...{ rows: number("rows"), textChars: 0, pythonRows: number("python-rows") },
        plainColumns: ["row_key", "meta_domain", "meta_correctness", "stats_approx_tokens"],
      },
      log,
    );
    const texts = await madeRun(
      library,
      join(cache, `run-text-${values["text-rows"]}x${values["text-chars"]}-${values["python-text-rows"]}`),
      {
        ...{
          rows: number("text-rows"),
          textChars: number("text-chars"),
          pythonRows: number("python-text-rows"),
        },
        plainColumns: ["row_key", "text"],
      },
      log,
    );
    const repeat = Math.max(1, number("repeat"));
    const lines = [];
    let outs = 0;
    const corpuslab = async (label, step, input, rows, workers) => {
      const out = join(scratch, `out-${++outs}`);
      const used = await best(repeat, async () => {
        rmSync(out, { recursive: true, force: true });
        const command = [
          "run",
          join(pipelines, `${step}.json`),
          "--input",
          input,
          "--out",
          out,
          "--workers",
          String(workers),
        ];
        return await measureNode(join(root, "kernel-lib", "bin", "corpuslab.js"), command, { cwd: root });
      });
      const { tasks } = JSON.parse(readFileSync(join(out, "timings.json"), "utf8"));
      const ledger = JSON.parse(readFileSync(join(out, "ledger.json"), "utf8"));
      const reads = Object.keys(STEPS[step].reads).filter((name) => name !== "bench_score");
      const files =
        reads.length > 0
          ? join(input, "rows", "train", "*.parquet")
          : join(input, "flags", "*", "train", "*.parquet");
      const mb = await bytesRead(library, files, Object.keys(STEPS[step].reads));
      const share = tasks?.steps_share ?? null;
      const line = {
        label,
        tool: `corpuslab, ${workers} worker${workers > 1 ? "s" : ""}`,
        rows,
        mb,
        used,
        share,
        out,
      };
      lines.push({ ...line, kept: ledger.totals.rows_out });
      log(
        `${label}: ${line.tool}: ${used.wallSeconds.toFixed(1)} s, ${used.cpuSeconds.toFixed(1)} CPU s, share of the step's code ${share === null ? "-" : share.toFixed(2)}`,
      );
      return lines.at(-1);
    };
    const rows = number("rows");
    const textRows = number("text-rows");
    const filter = `filter, 3 columns of ${short(rows)} rows`;
    const flag = `flag, text of ${short(textRows)} rows`;
    const workers = values.workers.split(",").map(Number);
    const most = Math.max(...workers);
    for (const n of workers) await corpuslab(filter, "bench_filter", narrow, rows, n);
    const shaped = await corpuslab(flag, "bench_shape", texts, textRows, workers[0]);
    for (const n of workers.slice(1)) await corpuslab(flag, "bench_shape", texts, textRows, n);
    const scored = await corpuslab(
      `flag, 2 columns of ${short(rows)} rows`,
      "bench_score",
      narrow,
      rows,
      most,
    );
    const threshold = `threshold over that flag, ${short(rows)} rows`;
    const moved = await corpuslab(`${threshold}, SQL`, "bench_threshold", scored.out, rows, most);
    await corpuslab(`${threshold}, function`, "bench_threshold_function", scored.out, rows, most);
    const python = values["no-python"]
      ? { python: null, reason: "left out" }
      : await pythonWith(join(root, ".cache", "bench-venv"), join(root, "test", "bench", "requirements.txt"));
    if (python.python) {
      for (const [label, what, input, count, columns] of [
        [
          filter,
          "filter",
          narrow,
          number("python-rows"),
          ["meta_domain", "meta_correctness", "stats_approx_tokens"],
        ],
        [flag, "flag", texts, number("python-text-rows"), ["text"]],
      ]) {
        const script = join(root, "test", "bench", "datatrove_run.py");
        const out = join(scratch, `datatrove-${what}`);
        const used = await best(repeat, () =>
          measurePython(python.python, script, [what, join(input, "plain"), out]),
        );
        const mb = await bytesRead(library, join(input, "plain", "*.parquet"), columns);
        lines.push({
          label: label.replace(/of .* rows/, `of ${short(used.said.rows)} rows`),
          tool: "datatrove, 1 task",
          rows: used.said.rows,
          mb,
          used,
          share: null,
          kept: used.said.kept,
        });
        log(`${label}: datatrove: ${used.wallSeconds.toFixed(1)} s for ${used.said.rows} of ${count} rows`);
      }
    }
    return report(lines, { shaped, moved, python, repeat, textChars: values["text-chars"] });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function short(rows) {
  return rows >= 1e6 ? `${rows / 1e6}M` : `${rows / 1e3}k`;
}

function report(lines, { shaped, moved, python, repeat, textChars }) {
  const whole = (n) => Math.round(n).toLocaleString("en-US");
  const table = lines.map(({ label, tool, rows, mb, used, share, kept }) => [
    ...[label, tool, used.wallSeconds.toFixed(1), used.cpuSeconds.toFixed(1)],
    ...[whole(rows / used.wallSeconds), whole(rows / used.cpuSeconds), (mb / used.wallSeconds).toFixed(1)],
    ...[whole(used.peakMb), share === null ? "" : `${(100 * share).toFixed(0)} %`, whole(kept)],
  ]);
  const own = 1 - (shaped.share ?? 0);
  const verdicts = [
    [
      "executor's own cost, text flag",
      `${(100 * own).toFixed(0)} %`,
      `< ${100 * OWN_COST} %`,
      own < OWN_COST,
    ],
    [
      "another threshold over a flag that stands",
      `${moved.used.wallSeconds.toFixed(2)} s`,
      `< ${THRESHOLD_S} s`,
      moved.used.wallSeconds < THRESHOLD_S,
    ],
  ];
  for (const what of ["filter", "flag, text"]) {
    const of = (tool) => lines.find(({ label, tool: one }) => label.startsWith(what) && one.startsWith(tool));
    const [ours, theirs] = [of("corpuslab"), of("datatrove")];
    if (!theirs) continue;
    const ratio = ours.rows / ours.used.cpuSeconds / (theirs.rows / theirs.used.cpuSeconds);
    verdicts.push([`${what}: rows per CPU-second ÷ datatrove's`, `${ratio.toFixed(1)}×`, "", null]);
  }
  return [
    `Made-up rows in shards of ${whole(SHARD)}; texts of some ${textChars} characters. Whole processes, start included; of ${repeat} run${repeat > 1 ? "s" : ""} the one with the least CPU. MB are the unpacked bytes of the columns that are read.`,
    python.python
      ? "datatrove reads files that hold these columns alone, in one process, and writes ids of kept rows, or ids and values."
      : `datatrove was not measured: ${python.reason}.`,
    "",
    markdown(
      [
        "what",
        "with",
        "wall s",
        "CPU s",
        "rows/s",
        "rows/CPU-s",
        "MB/s",
        "peak MB",
        "in the step's code",
        "rows out",
      ],
      table,
    ),
    "",
    markdown(
      ["target", "got", "wanted", ""],
      verdicts.map(([what, got, wanted, reached]) => [
        what,
        got,
        wanted,
        reached === null ? "" : reached ? "reached" : "**missed**",
      ]),
    ),
  ].join("\n");
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
