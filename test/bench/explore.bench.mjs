// How long an explorer of ten million rows takes: to its first display, until it is live, and for each drag.
//
// Options: --rows 10000000, --drags 200, --no-browser.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);
const ANSWER_MS = 200;
const SCRIPT_MS = 16;
const SETS = [
  ["stats_approx_tokens"],
  ["stats_approx_tokens", "percentile_within_split"],
  ["stats_approx_tokens", "percentile_within_split", "nll_mean"],
];
const DOMAINS = ["math", "proof", "science", "agentic", "chat_if", "code", "safety", "multilingual", "other"];

/** Rows as a run has them, of known distributions: lengths log-normal, NLL skewed, one score in 50 null. */
function rowsSql(rows) {
  const uniform = (seed) => `((hash(i, ${seed}) % 1000003) + 0.5) / 1000003.0`;
  const normal = (seed) => `sqrt(-2 * ln(${uniform(seed)})) * cos(2 * pi() * ${uniform(seed + 1)})`;
  const domains = DOMAINS.map((name) => `'${name}'`).join(", ");
  return `select 'bench/rows@0/data.jsonl#' || i as row_key,
      [${domains}][1 + least(hash(i, 1) % 9, hash(i, 2) % 9)::int] as meta_domain,
      greatest(1, exp(6 + 1.2 * ${normal(3)}))::bigint as stats_approx_tokens,
      case when i % 50 = 0 then null else exp(0.3 * ${normal(5)}) end as nll_mean,
      100 * ${uniform(7)} as percentile_within_split,
      'user: row ' || i || ' asks ' || repeat('why and how ', 8) as text
    from range(${rows}) t(i)`;
}

async function madeRows(root, rows, log) {
  const { Db } = require(join(root, "kernel-lib", "dist", "db.js"));
  const folder = join(root, ".cache", "bench");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `explore-${rows}.parquet`);
  if (!existsSync(file)) {
    log(`making ${rows} rows`);
    const db = await Db.open({ threads: 2, memoryLimit: "4GB" });
    await db.run(`copy (${rowsSql(rows)}) to '${file}.part' (format parquet, compression zstd)`);
    db.close();
    require("node:fs").renameSync(`${file}.part`, file);
  }
  return file;
}

/** Bounds as a hand leaves them: anywhere, one or both. */
function drags(sketch, count) {
  let state = 42;
  const next = () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      sketch.columns.map(({ name, edges }) => {
        const at = () => {
          const bin = Math.floor(next() * (edges.length - 1));
          return edges[bin] + next() * (edges[bin + 1] - edges[bin]);
        };
        const [a, b] = [at(), at()].sort((x, y) => x - y);
        return [
          name,
          { lower: next() < 0.2 ? null : a, upper: next() < 0.2 ? null : b, nulls: "drop", nans: "drop" },
        ];
      }),
    ),
  );
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

async function measured(root, table, columns, count) {
  const part = (name) => require(join(root, "kernel-lib", "dist", "explore", `${name}.js`));
  const { loadColumns } = part("load-columns");
  const { sketchLoaded } = part("sketch");
  const { liveRows } = part("live-rows");
  const { LiveSession } = part("live-session");
  const { staticBundle } = part("static-output");
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const loaded = await loadColumns(table, { columns, by: "meta_domain" });
  const sketch = await sketchLoaded(loaded, {});
  const html = staticBundle(sketch)["text/html"];
  const shown = seconds();
  const rows = await liveRows(loaded, sketch);
  loaded.db.close();
  const live = seconds();
  const arrays = Object.values(rows)
    .flat()
    .filter((part) => ArrayBuffer.isView(part));
  const held = arrays.reduce((sum, part) => sum + part.byteLength, 0) / 1e6;
  const waiting = new Map();
  const session = new LiveSession({
    ...{ table, sketch, rows: Promise.resolve(rows) },
    send: (answer) => waiting.get(answer.seq)?.(answer),
    selection: () => sketch.selection,
    onSelection: () => undefined,
  });
  let seq = 0;
  const timed = async (message) => {
    const from = performance.now();
    const answer = await new Promise((resolve) => {
      waiting.set(++seq, resolve);
      session.receive({ ...message, seq });
    });
    if (answer.kind === "error") throw new Error(answer.message);
    return performance.now() - from;
  };
  const counts = [];
  const nearest = [];
  for (const [i, selection] of drags(sketch, count).entries()) {
    counts.push(await timed({ kind: "count", selection }));
    if (i % 10 === 0)
      nearest.push(
        await timed({ kind: "rows", selection, column: columns[i % columns.length], side: "upper" }),
      );
  }
  const ascending = (list) => list.sort((a, b) => a - b);
  return { sketch, html, shown, live, held, counts: ascending(counts), nearest: ascending(nearest) };
}

/** Script time of the page for each step of a drag, by a handle's arrow keys. */
async function pageTimes(html, column, steps) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) return null;
  const { chromium } = require("playwright-core");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    await page.setContent(`<!DOCTYPE html><body>${html}</body>`);
    const frame = page.frameLocator("iframe[data-corpuslab-explorer]");
    const handle = frame.getByRole("slider", { name: `lower bound of ${column}`, exact: true });
    return await handle.evaluate((element, n) => {
      const times = [];
      for (let i = 0; i < n; i++) {
        const key = i % 60 < 30 ? "ArrowRight" : "ArrowLeft";
        const from = performance.now();
        element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        times.push(performance.now() - from);
      }
      return times.sort((a, b) => a - b);
    }, steps);
  } finally {
    await browser.close();
  }
}

/** The report as Markdown. */
export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string", default: "10000000" },
      drags: { type: "string", default: "200" },
      "no-browser": { type: "boolean", default: false },
    },
  });
  const file = await madeRows(root, Number(values.rows), log);
  const { open } = require(join(root, "kernel-lib", "dist", "index.js"));
  const table = await open(file);
  const lines = [];
  const pages = [];
  const verdicts = [];
  for (const columns of SETS) {
    const got = await measured(root, table, columns, Number(values.drags));
    const p95 = at(got.counts, 0.95);
    log(
      `${columns.length} columns: shown ${got.shown.toFixed(1)} s, live ${got.live.toFixed(1)} s, p95 ${p95.toFixed(1)} ms`,
    );
    lines.push([
      columns.length,
      got.shown.toFixed(1),
      got.live.toFixed(1),
      Math.round(got.held),
      at(got.counts, 0.5).toFixed(1),
      p95.toFixed(1),
      at(got.nearest, 0.5).toFixed(0),
      at(got.nearest, 0.95).toFixed(0),
    ]);
    verdicts.push([
      `${columns.length} columns: kernel answer p95`,
      `${p95.toFixed(1)} ms`,
      `< ${ANSWER_MS} ms`,
      p95 < ANSWER_MS ? "reached" : "**missed**",
    ]);
    if (values["no-browser"] || columns.length > 2) continue;
    const times = await pageTimes(got.html, columns[0], 300);
    if (times === null) continue;
    const page95 = at(times, 0.95);
    pages.push([
      columns.length,
      (got.html.length / 1024).toFixed(0),
      at(times, 0.5).toFixed(1),
      page95.toFixed(1),
    ]);
    verdicts.push([
      `${columns.length} columns: page script p95 a step`,
      `${page95.toFixed(1)} ms`,
      `< ${SCRIPT_MS} ms`,
      page95 < SCRIPT_MS ? "reached" : "**missed**",
    ]);
  }
  return [
    `${Number(values.rows).toLocaleString("en-US")} rows (Parquet, ${(statSync(file).size / 1e6).toFixed(0)} MB), ${DOMAINS.length} groups, ${values.drags} random drags for each set of columns.`,
    "",
    markdown(
      [
        "columns",
        "shown after s",
        "live after s",
        "held MB",
        "count p50 ms",
        "count p95 ms",
        "rows p50 ms",
        "rows p95 ms",
      ],
      lines,
    ),
    "",
    "Script time of one step of a drag in the page (static, Chromium), and what an explorer adds to the notebook's file:",
    "",
    pages.length > 0
      ? markdown(["columns", "kB in the notebook", "step p50 ms", "step p95 ms"], pages)
      : "not measured: no browser",
    "",
    markdown(["target", "got", "wanted", ""], verdicts),
  ].join("\n");
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
