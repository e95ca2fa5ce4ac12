// How fast and how right `corpuslab dedup` is, whole processes, beside what people use from PyPI, on the same corpora in
// the same run: a large generated one, and a small one for peers that need minutes for the large one.
//
// Options: --documents 180000, --small 20000 (0: without), --corpus FILE --truth FILE (a corpus in place of the small one;
// gzip is understood; default the one beside the project where there is one), --repeat 2 (the run with the least CPU
// counts), --peers rensa,rensa-verified,rensa-ready,exact,datasketch,text-dedup,datatrove (or none), --no-worst.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { measuredDedup, measuredPeer, scored, table, whole } from "./dedup-runs.mjs";
import { worstCases } from "./dedup-worst.mjs";
import { pythonWith } from "./measure.mjs";

const require = createRequire(import.meta.url);

const RATE = 60_000;
const RATE_AIM = 120_000;
const EXACT_RATE = 314_000;
const PARQUET_RATE = 40_000;
const WORST_RATE = 5_000;
const PRECISION = 0.995;
const RECALL = { "21x6": 0.998, "16x8": 0.993 };
const PEAK_MB = 500;

/** Peers; those that are `slow` run on the small corpus only. */
const PEERS = {
  rensa: { tool: "rensa 0.5 RMinHash + LSH, unverified" },
  "rensa-verified": { tool: "rensa 0.5 + exact Jaccard in Python" },
  "rensa-ready": { tool: "rensa 0.5, shingles handed to it ready-made, unverified" },
  exact: { tool: "exact: orjson + xxh3-128" },
  datasketch: { tool: "datasketch 2.0 bulk + LSH, unverified", slow: true },
  "text-dedup": { tool: "text-dedup 0.4 MinHash, 64 bit", slow: true },
  datatrove: { tool: "datatrove 0.10 MinHash, four stages", slow: true },
};

/** The report as Markdown. */
export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      documents: { type: "string", default: "180000" },
      small: { type: "string", default: "20000" },
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
  const repeat = Math.max(1, Number(values.repeat));
  const peers = values.peers === "none" ? [] : values.peers.split(",");
  const unknown = peers.filter((name) => !(name in PEERS));
  if (unknown.length > 0)
    throw new Error(`--peers ${unknown.join(", ")}: expected ${Object.keys(PEERS).join(", ")}`);
  const python = await pythonOf(root, peers);
  const place = { root, cache, library, python: python.python };

  const large = await generated(place, Number(values.documents), log);
  const ran = { peers: python.python ? peers : [], repeat, log };
  const first = await corpusRates(place, large, {
    ...ran,
    peers: ran.peers.filter((name) => !PEERS[name].slow),
  });
  const parquet = await measuredDedup(place, await asParquet(library, large.documents, cache), [], repeat);
  first.add("parquet", "corpuslab dedup, 21×6, from Parquet", parquet, true);
  const small = Number(values.small) > 0 ? await smallCorpus(place, values, log) : null;
  const second = small && (await corpusRates(place, small, ran));
  const worst = values["no-worst"] ? null : await worstCases(place, log);
  return [
    `CPU seconds are user CPU of whole processes, start of Node or Python included; CPU+sys adds the system's. Word 3-grams of the whole text, Jaccard ≥ 0.8, 128 values. corpuslab with 1 worker unless said, the best of ${repeat} runs; peers once.`,
    "",
    "Recall: share of planted pairs at 0.8 of which one document is removed. Precision: share of removals that stand in such a pair; pairs that came about by chance count as wrong.",
    ...(peers.length > 0 && !python.python ? ["", `Peers not run: ${python.reason}.`] : []),
    "",
    first.text(),
    "",
    table(["target", "got", "wanted", ""], verdicts(first, worst)),
    ...(second ? ["", second.text(), "", table(["ratio", "got"], ratios(second))] : []),
    ...(worst ? ["", "Worst cases:", "", worst.text] : []),
  ].join("\n");
}

async function pythonOf(root, peers) {
  if (peers.length === 0) return { python: null, reason: "left out" };
  const requirements = join(root, "test", "bench", "requirements-dedup.txt");
  return await pythonWith(join(root, ".cache", "bench-dedup-venv"), requirements);
}

/** All tools over one corpus. */
async function corpusRates(place, { name, documents, truth: truthFile }, { peers, repeat, log }) {
  const truth = readFileSync(truthFile, "utf8").trim().split("\n").map(JSON.parse);
  const mb = statSync(documents).size / 1e6;
  const lines = [];
  const rates = new Map();
  let rows = 0;
  const add = (key, tool, got, isScored) => {
    const score = isScored ? scored(got.removed, truth) : null;
    const { used } = got;
    rows = got.rows;
    rates.set(key, { rate: got.rows / used.userSeconds, score, used });
    lines.push([
      tool,
      whole(got.rows / used.userSeconds),
      score ? score.recall.toFixed(4) : "",
      score ? score.precision.toFixed(4) : "",
      whole(got.removed.size),
      used.userSeconds.toFixed(2),
      used.cpuSeconds.toFixed(2),
      used.wallSeconds.toFixed(1),
      (mb / used.userSeconds).toFixed(0),
      used.peakMb.toFixed(0),
    ]);
    log(`${name}, ${tool}: ${whole(got.rows / used.userSeconds)} documents per CPU-second`);
  };
  for (const [key, tool, flags] of [
    ["21x6", "corpuslab dedup, 21×6, verified", []],
    ["16x8", "corpuslab dedup, 16×8, verified", ["--bands", "16x8"]],
    ["2 workers", "corpuslab dedup, 21×6, 2 workers", ["--workers", "2"]],
    ["exact", "corpuslab dedup, exact only", ["--no-near"]],
  ])
    add(key, tool, await measuredDedup(place, documents, flags, repeat), key !== "exact");
  for (const peer of peers)
    add(`peer ${peer}`, PEERS[peer].tool, await measuredPeer(place, peer, documents), peer !== "exact");
  const head = ["tool", "documents / CPU s", "recall", "precision", "removed", "CPU s", "CPU+sys s"];
  const text = () =>
    `${whole(rows)} documents, ${mb.toFixed(0)} MB of JSON lines (${name}):\n\n${table([...head, "wall s", "MB / CPU s", "peak MB"], lines)}`;
  return { add, text, of: (key) => rates.get(key) };
}

async function generated({ library, cache }, documents, log) {
  const folder = join(cache, `dedup-${documents}`);
  const made = {
    name: "`corpuslab demo --dedup`",
    documents: join(folder, "dedup.jsonl"),
    truth: join(folder, "dedup.truth.jsonl"),
  };
  if (existsSync(join(folder, ".done"))) return made;
  log(`making ${documents} documents`);
  await library.generateDedupCorpus(folder, { documents, onProgress: () => {} });
  writeFileSync(join(folder, ".done"), "");
  return made;
}

/** The user's corpus, or the one beside the project, or a generated one. */
async function smallCorpus(place, { small, corpus, truth }, log) {
  const beside = join(place.root, "..", "shared", "bench");
  const given = corpus
    ? { name: "a corpus of the user's", documents: corpus, truth }
    : {
        name: "chat documents of public sets, pieces re-used on purpose",
        documents: join(beside, "dedup_20k.jsonl.gz"),
        truth: join(beside, "dedup_20k.truth.jsonl"),
      };
  if (!existsSync(given.documents)) return await generated(place, Number(small), log);
  if (!given.documents.endsWith(".gz")) return given;
  const documents = join(place.cache, "small.jsonl");
  writeFileSync(documents, gunzipSync(readFileSync(given.documents)));
  return { ...given, documents };
}

async function asParquet(library, jsonl, cache) {
  const path = join(cache, "dedup.parquet");
  rmSync(path, { force: true });
  const rows = await library.open(jsonl, { check: false });
  await rows.read((sql) => `copy (${sql}) to '${path}' (format parquet, compression zstd)`);
  return path;
}

function verdicts({ of }, worst) {
  const lines = [];
  const check = (what, got, least, text) =>
    lines.push([what, text(got), text(least), got >= least ? "reached" : "**missed**"]);
  const four = (n) => n.toFixed(4);
  const times = (n) => `${n.toFixed(2)}×`;
  check("documents per CPU-second, verified, 21×6", of("21x6").rate, RATE, whole);
  check("the same: the aim", of("21x6").rate, RATE_AIM, whole);
  check("documents per CPU-second from Parquet", of("parquet").rate, PARQUET_RATE, whole);
  check("documents per CPU-second, exact only", of("exact").rate, EXACT_RATE, whole);
  if (of("peer exact"))
    check("exact only ÷ orjson + xxh3, this run", of("exact").rate / of("peer exact").rate, 1, times);
  for (const bands of ["21x6", "16x8"]) {
    check(`recall at Jaccard ≥ 0.8, ${bands}`, of(bands).score.recall, RECALL[bands], four);
    check(`precision, ${bands}`, of(bands).score.precision, PRECISION, four);
  }
  check("MB below 500, 21×6", -of("21x6").used.peakMb, -PEAK_MB, (n) => String(Math.round(-n)));
  if (worst) check("documents per CPU-second on templates", worst.slowestTemplate, WORST_RATE, whole);
  return [...lines, ...ratios({ of }).map(([what, got]) => [what, got, "", ""])];
}

function ratios({ of }) {
  return Object.keys(PEERS)
    .filter((peer) => peer !== "exact" && of(`peer ${peer}`))
    .map((peer) => [
      `21×6 ÷ ${peer}, this run`,
      `${(of("21x6").rate / of(`peer ${peer}`).rate).toFixed(1)}×`,
    ]);
}
