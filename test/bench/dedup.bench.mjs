// How fast and how right `corpuslab dedup` is, whole processes, beside what people use from PyPI, on one corpus in one run.
//
// Options: --documents 180000, --corpus FILE --truth FILE (instead of the generated corpus), --repeat 2 (the run with the
// least CPU counts), --peers rensa,rensa-verified,datasketch,exact (or none), --no-worst (without the template corpus).
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureNode, measurePython, pythonWith } from "./measure.mjs";

const require = createRequire(import.meta.url);

const RATE = 60_000;
const EXACT_RATE = 314_000;
const PARQUET_RATE = 40_000;
const WORST_RATE = 5_000;
const PRECISION = 0.995;
const RECALL = { "21x6": 0.998, "16x8": 0.993 };
const PEAK_MB = 500;
const PEERS = {
  rensa: "rensa 0.5 RMinHash + LSH, unverified",
  "rensa-verified": "rensa 0.5 + exact Jaccard in Python",
  datasketch: "datasketch 2.0 bulk + LSH, unverified",
  exact: "exact: orjson + xxh3-128",
};

/** The report as Markdown. */
export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      documents: { type: "string", default: "180000" },
      corpus: { type: "string" },
      truth: { type: "string" },
      repeat: { type: "string", default: "2" },
      peers: { type: "string", default: Object.keys(PEERS).join(",") },
      "no-worst": { type: "boolean", default: false },
    },
  });
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const library = require(join(root, "kernel-lib", "dist", "index.js"));
  const corpus = values.corpus
    ? { documents: values.corpus, truth: values.truth }
    : await generated(library, join(cache, `dedup-${values.documents}`), Number(values.documents), log);
  const truth = readFileSync(corpus.truth, "utf8").trim().split("\n").map(JSON.parse);
  const repeat = Math.max(1, Number(values.repeat));
  const mb = statSync(corpus.documents).size / 1e6;
  const lines = [];
  const rates = new Map();
  const add = (name, tool, used, rows, removed) => {
    const score = removed ? scored(removed, truth) : null;
    const rate = rows / used.userSeconds;
    rates.set(name, { rate, score, used });
    lines.push([
      tool,
      Math.round(rate).toLocaleString("en-US"),
      score ? score.recall.toFixed(4) : "",
      score ? score.precision.toFixed(4) : "",
      removed ? removed.size.toLocaleString("en-US") : "",
      used.userSeconds.toFixed(2),
      used.cpuSeconds.toFixed(2),
      used.wallSeconds.toFixed(1),
      (mb / used.userSeconds).toFixed(0),
      used.peakMb.toFixed(0),
    ]);
    log(`${tool}: ${Math.round(rate)} documents per CPU-second`);
  };

  let documents = 0;
  for (const [name, tool, flags] of [
    ["21x6", "corpuslab dedup, 21×6, verified", []],
    ["16x8", "corpuslab dedup, 16×8, verified", ["--bands", "16x8"]],
    ["2 workers", "corpuslab dedup, 21×6, 2 workers", ["--workers", "2"]],
    ["exact", "corpuslab dedup, exact only", ["--no-near"]],
  ]) {
    const got = await measured(root, cache, library, corpus.documents, ["--view", "text", ...flags], repeat);
    documents = got.rows;
    add(name, tool, got.used, got.rows, name === "exact" ? null : got.removed);
  }
  const parquet = await asParquet(library, corpus.documents, cache);
  const fromParquet = await measured(root, cache, library, parquet, ["--view", "text"], repeat);
  add(
    "parquet",
    "corpuslab dedup, 21×6, from Parquet",
    fromParquet.used,
    fromParquet.rows,
    fromParquet.removed,
  );

  const wanted = values.peers === "none" ? [] : values.peers.split(",").filter((name) => name in PEERS);
  const python =
    wanted.length === 0
      ? { python: null, reason: "left out" }
      : await pythonWith(
          join(root, ".cache", "bench-dedup-venv"),
          join(root, "test", "bench", "requirements-dedup.txt"),
        );
  for (const name of python.python ? wanted : []) {
    const removedFile = join(cache, "removed.txt");
    const used = await measurePython(python.python, join(root, "test", "bench", "dedup_peers.py"), [
      name,
      corpus.documents,
      removedFile,
    ]);
    const removed = new Set(readFileSync(removedFile, "utf8").split("\n").filter(Boolean));
    add(
      `peer ${name}`,
      PEERS[name],
      { ...used, userSeconds: used.said.user_seconds },
      used.said.rows,
      name === "exact" ? null : removed,
    );
  }

  const worst = values["no-worst"] ? [] : await worstCases(root, cache, library, log);
  return report({ lines, rates, worst, documents, mb, repeat, python, wanted, generated: !values.corpus });
}

async function generated(library, folder, documents, log) {
  const made = { documents: join(folder, "dedup.jsonl"), truth: join(folder, "dedup.truth.jsonl") };
  if (existsSync(join(folder, ".done"))) return made;
  log(`making ${documents} documents`);
  await library.generateDedupCorpus(folder, { documents, onProgress: () => {} });
  writeFileSync(join(folder, ".done"), "");
  return made;
}

async function asParquet(library, jsonl, cache) {
  const path = join(cache, "dedup.parquet");
  rmSync(path, { force: true });
  const table = await library.open(jsonl, { check: false });
  await table.read((sql) => `copy (${sql}) to '${path}' (format parquet, compression zstd)`);
  return path;
}

/** The cheapest of `repeat` runs of the command line. */
async function measured(root, cache, library, input, flags, repeat) {
  let best;
  for (let i = 0; i < repeat; i++) {
    const out = mkdtempSync(join(cache, "out-"));
    try {
      const script = join(root, "kernel-lib", "bin", "corpuslab.js");
      const workers = flags.includes("--workers") ? [] : ["--workers", "1"];
      const used = await measureNode(
        script,
        ["dedup", input, "--out", out, "--overwrite", ...flags, ...workers],
        { cwd: root },
      );
      const said = JSON.parse(readFileSync(join(out, "dedup.json"), "utf8"));
      const rows = await (await library.open(join(out, "duplicates.parquet")))
        .select(["id"])
        .toArray({ maxRows: 1e8 });
      if (!best || used.userSeconds < best.used.userSeconds)
        best = { used, rows: said.rows, removed: new Set(rows.map(({ id }) => id)), said };
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
  return best;
}

/** Recall: planted pairs at 0.8 of which one document is gone. Precision: removals that stand in such a pair. */
function scored(removed, truth) {
  const pairs = truth.filter(({ jaccard }) => jaccard >= 0.8);
  const inPair = new Set(pairs.flatMap(({ base, dup }) => [base, dup]));
  const caught = pairs.filter(({ base, dup }) => removed.has(base) || removed.has(dup)).length;
  const right = [...removed].filter((id) => inPair.has(id)).length;
  return {
    recall: pairs.length === 0 ? 1 : caught / pairs.length,
    precision: removed.size === 0 ? 1 : right / removed.size,
  };
}

/** Corpora on which LSH alone is quadratic, and long texts. */
async function worstCases(root, cache, library, log) {
  const cases = [];
  let state = 7;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  const template = (slots, values) => () =>
    Array.from({ length: 170 }, (_, k) =>
      k % Math.floor(170 / slots) === 3 ? `slot${k}value${random(values)}` : `word${k}`,
    ).join(" ");
  for (const [name, rows, textOf] of [
    ["10,000 rows of a template, slots of 1,000,000 values", 10_000, template(12, 1e6)],
    ["10,000 rows of a template, slots of 50 values", 10_000, template(12, 50)],
    ["10,000 rows of a template, slots of 20 values", 10_000, template(14, 20)],
    ["1,000,000 identical rows", 1_000_000, () => "the very same words in every single row"],
    [
      "300 traces of 30,000 words",
      300,
      () => Array.from({ length: 30_000 }, () => `w${random(20_000)}`).join(" "),
    ],
  ]) {
    const path = join(cache, "worst.jsonl");
    const parts = Array.from({ length: rows }, (_, i) => JSON.stringify({ id: `d${i}`, text: textOf() }));
    writeFileSync(path, `${parts.join("\n")}\n`);
    const { used, said } = await measured(root, cache, library, path, ["--view", "text"], 1);
    const mbs = statSync(path).size / 1e6 / used.userSeconds;
    cases.push([
      name,
      Math.round(rows / used.userSeconds).toLocaleString("en-US"),
      mbs.toFixed(0),
      (said.rows - said.kept).toLocaleString("en-US"),
      used.userSeconds.toFixed(2),
      used.peakMb.toFixed(0),
    ]);
    log(`${name}: ${Math.round(rows / used.userSeconds)} documents per CPU-second`);
    rmSync(path);
  }
  return cases;
}

function report({ lines, rates, worst, documents, mb, repeat, python, wanted, generated: own }) {
  const of = (name) => rates.get(name);
  const verdicts = [];
  const check = (what, got, least, text) =>
    verdicts.push([what, text(got), text(least), got >= least ? "reached" : "**missed**"]);
  const whole = (n) => Math.round(n).toLocaleString("en-US");
  const four = (n) => n.toFixed(4);
  check("documents per CPU-second, verified, 21×6", of("21x6").rate, RATE, whole);
  check("documents per CPU-second from Parquet", of("parquet").rate, PARQUET_RATE, whole);
  check("documents per CPU-second, exact only", of("exact").rate, EXACT_RATE, whole);
  if (of("peer exact"))
    check(
      "exact only ÷ orjson + xxh3, this run",
      of("exact").rate / of("peer exact").rate,
      1,
      (n) => `${n.toFixed(2)}×`,
    );
  for (const bands of ["21x6", "16x8"]) {
    check(`recall at Jaccard ≥ 0.8, ${bands}`, of(bands).score.recall, RECALL[bands], four);
    check(`precision, ${bands}`, of(bands).score.precision, PRECISION, four);
  }
  check("MB below 500, 21×6", -of("21x6").used.peakMb, -PEAK_MB, (n) => String(Math.round(-n)));
  if (worst.length > 0) {
    const slowest = Math.min(...worst.slice(0, 3).map(([, rate]) => Number(rate.replaceAll(",", ""))));
    check("documents per CPU-second on templates", slowest, WORST_RATE, whole);
  }
  for (const peer of ["rensa", "rensa-verified", "datasketch"])
    if (of(`peer ${peer}`))
      verdicts.push([
        `21×6 ÷ ${peer}, this run`,
        `${(of("21x6").rate / of(`peer ${peer}`).rate).toFixed(1)}×`,
        "",
        "",
      ]);
  return [
    `${documents.toLocaleString("en-US")} documents, ${mb.toFixed(0)} MB of JSON lines (${own ? "`corpuslab demo --dedup`" : "a corpus of the user's"}). Word 3-grams of the whole text, Jaccard ≥ 0.8, 128 values. CPU seconds are user CPU of whole processes, start of Node or Python included; CPU+sys adds the system's. corpuslab with 1 worker unless said, the best of ${repeat} runs.`,
    "",
    "Recall: share of planted pairs at 0.8 of which one document is removed. Precision: share of removals that stand in such a pair; pairs that came about by chance count as wrong.",
    python.python || wanted.length === 0 ? "" : `\nPeers not run: ${python.reason}.\n`,
    table(
      [
        "tool",
        "documents / CPU s",
        "recall",
        "precision",
        "removed",
        "CPU s",
        "CPU+sys s",
        "wall s",
        "MB / CPU s",
        "peak MB",
      ],
      lines,
    ),
    "",
    table(["target", "got", "wanted", ""], verdicts),
    ...(worst.length > 0
      ? [
          "",
          "Worst cases:",
          "",
          table(["corpus", "documents / CPU s", "MB / CPU s", "removed", "CPU s", "peak MB"], worst),
        ]
      : []),
  ].join("\n");
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
