// How fast and how right `corpuslab score` is, whole processes, beside Python with the same model, rows and threads, in one
// run; and tokenizers beside tiktoken and Hugging Face's.
//
// Options: --rows 300 (of the demo dataset), --text-rows 4000 (of it, for the tokenizers), --threads 1, --max-length 2048, --batch 8 (rows in a batch of the peers),
// --model FOLDER (default: the demonstration model), --repeat 2 (the run with the least CPU counts), --peers
// onnxruntime,onnxruntime-1,transformers,tokenizers,tiktoken (or none).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureNode, measurePython, pythonWith } from "./measure.mjs";

const require = createRequire(import.meta.url);

/** Times Python's onnxruntime with naive batching. */
const BAR = 1.5;
/** Farthest that a row's mean NLL may be from Python's, in nats. */
const NEAR = 1e-4;
const PEERS = {
  onnxruntime: "Python onnxruntime, batches in input order",
  "onnxruntime-1": "Python onnxruntime, one row at a time",
  transformers: "Python transformers + torch, batches in input order",
  tokenizers: "Python tokenizers, tokenizer.json",
  tiktoken: "Python tiktoken, o200k_base",
};
const VOCABULARY_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d";

/** The report as Markdown. */
export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string", default: "300" },
      "text-rows": { type: "string", default: "4000" },
      threads: { type: "string", default: "1" },
      "max-length": { type: "string", default: "2048" },
      batch: { type: "string", default: "8" },
      model: { type: "string", default: join(root, "kernel-lib", "score", "demo-lm") },
      repeat: { type: "string", default: "2" },
      peers: { type: "string", default: Object.keys(PEERS).join(",") },
    },
  });
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const library = require(join(root, "kernel-lib", "dist", "index.js"));
  const cli = join(root, "kernel-lib", "bin", "corpuslab.js");
  const input = await rowsOf(library, join(cache, `score-${values.rows}`), Number(values.rows), cli, log);
  const texts = await rowsOf(
    library,
    join(cache, `score-${values["text-rows"]}`),
    Number(values["text-rows"]),
    cli,
    log,
  );
  const mb = texts.bytes / 1e6;
  const repeat = Math.max(1, Number(values.repeat));
  const best = async (measure) => {
    let least;
    for (let i = 0; i < repeat; i++) {
      const used = await measure();
      if (!least || used.cpuSeconds < least.cpuSeconds) least = used;
    }
    return least;
  };

  const out = join(cache, "score-out");
  const ours = await best(() => {
    rmSync(out, { recursive: true, force: true });
    const flags = [
      "--model",
      values.model,
      "--threads",
      values.threads,
      "--max-length",
      values["max-length"],
    ];
    return measureNode(cli, ["score", input.run, "--out", out, ...flags], { cwd: root });
  });
  const scores = await scoresIn(library, out);
  const [manifest] = readdirSync(join(out, "scores"), { recursive: true }).filter((name) =>
    name.endsWith("score.json"),
  );
  const { tokens_seen: tokens } = JSON.parse(readFileSync(join(out, "scores", manifest), "utf8"));
  log(`corpuslab score: ${Math.round(tokens / ours.cpuSeconds)} tokens per CPU-second`);

  const scored = [["corpuslab score", ours, null]];
  const tokenized = [];
  for (const mode of ["tokenizer.json", "o200k"]) {
    const used = await best(() => tokenizeHere(root, mode, values.model, texts.rows));
    tokenized.push([`corpuslab, ${mode === "o200k" ? "o200k (flag tokens)" : mode}`, used]);
    log(`corpuslab, ${mode}: ${(mb / used.said.work_cpu_seconds).toFixed(1)} MB per CPU second`);
  }
  const wanted = values.peers === "none" ? [] : values.peers.split(",").filter((name) => name in PEERS);
  const python =
    wanted.length === 0
      ? { python: null, reason: "left out" }
      : await pythonWith(
          join(root, ".cache", "bench-score-venv"),
          join(root, "test", "bench", "requirements-score.txt"),
        );
  for (const name of python.python ? wanted : []) {
    const file = join(cache, "score-peer.jsonl");
    const [tool, one] = name.split("-");
    const isText = tool === "tokenizers" || tool === "tiktoken";
    const used = await best(() =>
      measurePython(python.python, join(root, "test", "bench", "score_peers.py"), [
        ...[tool, values.model, isText ? texts.rows : input.rows, file, "--threads", values.threads],
        ...["--batch", one ?? values.batch, "--max-length", values["max-length"]],
        ...(tool === "tiktoken" ? ["--vocabulary", vocabularyFile(cache)] : []),
      ]),
    );
    if (isText) tokenized.push([PEERS[name], used]);
    else scored.push([PEERS[name], used, compared(scores, file)]);
    log(`${PEERS[name]}: ${used.cpuSeconds.toFixed(1)} CPU s`);
  }
  return report({
    values,
    tokens,
    scored,
    tokenized,
    mb,
    bytes: input.bytes,
    scores,
    repeat,
    python,
    wanted,
  });
}

/** A normalized run of the demo dataset, and its rows with their learned parts in characters, as the peers read them. */
async function rowsOf(library, folder, rows, cli, log) {
  const made = { run: join(folder, "run"), rows: join(folder, "rows.jsonl") };
  if (!existsSync(made.rows)) {
    log(`making ${rows} rows`);
    rmSync(folder, { recursive: true, force: true });
    await library.generateDemo(folder, { rows, seed: 1, onProgress: null });
    const flags = [
      "--hub-dir",
      folder,
      "--out",
      made.run,
      "--drop-invalid-harmony",
      "--drop-empty-completion",
    ];
    execFileSync(process.execPath, [cli, "normalize", "corpuslab/demo", ...flags], { stdio: "ignore" });
    const table = (await library.open(made.run)).select(["row_key", "text", "loss_mode"]);
    const lines = (await table.toArray({ maxRows: 1e6 })).map(({ row_key, text, loss_mode }) => {
      const spans = library
        .assistantSpans(text, loss_mode)
        .map(({ start, end }) => [codePoints(text, start), codePoints(text, end)]);
      return `${JSON.stringify({ id: row_key, text, spans })}\n`;
    });
    writeFileSync(made.rows, lines.join(""));
  }
  const lines = readFileSync(made.rows, "utf8").trim().split("\n");
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(JSON.parse(line).text), 0);
  return { ...made, bytes };
}

const codePoints = (text, end) => [...text.slice(0, end)].length;

/** row_key → mean NLL and count, as `corpuslab score` wrote them. */
async function scoresIn(library, out) {
  const rows = await (await library.open(join(out, "**", "*.parquet")))
    .select(["row_key", "nll_mean", "completion_token_count", "reason"])
    .toArray({ maxRows: 1e6 });
  return new Map(rows.map((row) => [row.row_key, { nll: row.nll_mean, count: row.completion_token_count }]));
}

/** Farthest mean NLL, and rows whose count of tokens, or whether there is a score at all, differs. */
function compared(scores, file) {
  let [farthest, others] = [0, 0];
  for (const { id, nll_mean: nll, count } of readFileSync(file, "utf8").trim().split("\n").map(JSON.parse)) {
    const mine = scores.get(id);
    if (
      mine === undefined ||
      (mine.nll === null) !== (nll === null) ||
      (nll !== null && mine.count !== count)
    )
      others++;
    else if (nll !== null) farthest = Math.max(farthest, Math.abs(mine.nll - nll));
  }
  return { farthest, others };
}

/** Tokenizing alone, in a process of its own. */
function tokenizeHere(root, mode, model, rows) {
  return measurePython(process.execPath, join(root, "test", "bench", "score_tokenize.cjs"), [
    mode,
    model,
    rows,
  ]);
}

/** o200k_base as tiktoken reads it, from the ranks that npm's tiktoken packs; its sha256 is the published one. */
function vocabularyFile(cache) {
  const file = join(cache, "o200k_base.tiktoken");
  if (existsSync(file)) return file;
  const { bpe_ranks } = require("tiktoken/encoders/o200k_base.json");
  const lines = bpe_ranks.split("\n").flatMap((row) => {
    const [, first, ...tokens] = row.split(" ");
    return tokens.map((token, i) => `${token} ${Number(first) + i}\n`);
  });
  const sha256 = createHash("sha256").update(lines.join("")).digest("hex");
  if (sha256 !== VOCABULARY_SHA256)
    throw new Error(`o200k_base: sha256 ${sha256}, expected ${VOCABULARY_SHA256}`);
  writeFileSync(file, lines.join(""));
  return file;
}

function report({ values, tokens, scored, tokenized, mb, bytes, scores, repeat, python, wanted }) {
  const whole = (n) => Math.round(n).toLocaleString("en-US");
  const rate = (used) => tokens / used.cpuSeconds;
  const scoredCount = [...scores.values()].filter(({ nll }) => nll !== null).length;
  const [, ours] = scored[0];
  const verdicts = [];
  const check = (what, got, least, text, isFine = got >= least) =>
    verdicts.push([what, text(got), text(least), isFine ? "reached" : "**missed**"]);
  const times = (n) => `${n.toFixed(2)}×`;
  for (const [tool, used, near] of scored.slice(1)) {
    if (tool === PEERS.onnxruntime)
      check(`tokens per CPU second ÷ ${tool}`, rate(ours) / rate(used), BAR, times);
    else verdicts.push([`tokens per CPU second ÷ ${tool}`, times(rate(ours) / rate(used)), "", ""]);
    check(
      `farthest row mean NLL from ${tool}`,
      near.farthest,
      NEAR,
      (n) => n.toExponential(1),
      near.farthest <= NEAR,
    );
    check(`rows with another count or no score, ${tool}`, near.others, 0, whole, near.others === 0);
  }
  return [
    `${whole(scores.size)} rows of the demo dataset in a normalized run, ${(bytes / 1e6).toFixed(2)} MB of Harmony text, ${whole(tokens)} tokens by the model's tokenizer (${whole(scoredCount)} rows scored, each under its own loss mode). Model: ${values.model.split(/[\\/]/).at(-1)}; ${values.threads} thread${values.threads === "1" ? "" : "s"}; rows are cut at ${values["max-length"]} tokens; the peers take batches of ${values.batch} rows. CPU seconds (user and system) are of whole processes, start and loading included, the least of ${repeat} runs; the peers' work alone stands beside it. corpuslab reads Parquet and writes scores, percentiles and a manifest; the peers read JSON lines and write two numbers a row.`,
    python.python || wanted.length === 0 ? "" : `\nPeers not run: ${python.reason}.\n`,
    table(
      [
        "scoring",
        "tokens / CPU s",
        "CPU s",
        "of that work",
        "wall s",
        "peak MB",
        "farthest from corpuslab (nats)",
      ],
      scored.map(([tool, used, near]) => [
        tool,
        whole(rate(used)),
        used.cpuSeconds.toFixed(1),
        used.said ? used.said.work_cpu_seconds.toFixed(1) : "",
        used.wallSeconds.toFixed(1),
        whole(used.peakMb),
        near ? near.farthest.toExponential(1) : "",
      ]),
    ),
    "",
    table(
      [
        `tokenizing ${mb.toFixed(1)} MB of demo text, loading left out`,
        "MB / CPU s",
        "tokens",
        "CPU s",
        "peak MB",
      ],
      tokenized.map(([tool, used]) => [
        tool,
        (mb / used.said.work_cpu_seconds).toFixed(1),
        whole(used.said.tokens),
        used.said.work_cpu_seconds.toFixed(2),
        whole(used.peakMb),
      ]),
    ),
    "",
    table(["target", "got", "wanted", ""], verdicts),
  ].join("\n");
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
