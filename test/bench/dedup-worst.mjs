// Corpora on which LSH alone is quadratic, and long texts.
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { measuredDedup, table, whole } from "./dedup-runs.mjs";

/** Documents of each case, the same in every run. */
function cases() {
  let state = 7;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  const words = (count, word) => Array.from({ length: count }, (_, k) => word(k)).join(" ");
  const template = (slots, values) => () =>
    words(170, (k) => (k % Math.floor(170 / slots) === 3 ? `slot${k}value${random(values)}` : `word${k}`));
  return [
    {
      name: "10,000 rows of a template, slots of 1,000,000 values",
      rows: 10_000,
      text: template(12, 1e6),
      isTemplate: true,
    },
    {
      name: "10,000 rows of a template, slots of 50 values",
      rows: 10_000,
      text: template(12, 50),
      isTemplate: true,
    },
    {
      name: "10,000 rows of a template, slots of 20 values",
      rows: 10_000,
      text: template(14, 20),
      isTemplate: true,
    },
    {
      name: "1,000,000 identical rows",
      rows: 1_000_000,
      text: () => "the very same words in every single row",
    },
    {
      name: "1,000,000 rows that share one band and little else",
      rows: 1_000_000,
      text: () => `c1 c2 c3 c4 c5 c6 ${words(4, () => `u${random(1e7)}`)}`,
      flags: ["--hashes", "16", "--bands", "16x1"],
    },
    {
      name: "300 traces of 30,000 words",
      rows: 300,
      text: () => words(30_000, () => `w${random(20_000)}`),
    },
  ];
}

/** The worst cases as a table, and the lowest rate on templates. */
export async function worstCases(place, log) {
  const lines = [];
  let slowestTemplate = Number.POSITIVE_INFINITY;
  for (const { name, rows, text, flags = [], isTemplate = false } of cases()) {
    const path = join(place.cache, "worst.jsonl");
    writeRows(path, rows, text);
    const { used, said } = await measuredDedup(place, path, flags);
    const rate = rows / used.userSeconds;
    if (isTemplate) slowestTemplate = Math.min(slowestTemplate, rate);
    lines.push([
      name,
      whole(rate),
      (statSync(path).size / 1e6 / used.userSeconds).toFixed(0),
      whole(said.rows - said.kept),
      used.userSeconds.toFixed(2),
      used.peakMb.toFixed(0),
    ]);
    log(`${name}: ${whole(rate)} documents per CPU-second`);
    rmSync(path);
  }
  const head = ["corpus", "documents / CPU s", "MB / CPU s", "removed", "CPU s", "peak MB"];
  return { slowestTemplate, text: table(head, lines) };
}

function writeRows(path, rows, text) {
  const file = openSync(path, "w");
  const lines = [];
  for (let i = 0; i < rows; i++) {
    lines.push(JSON.stringify({ id: `d${i}`, text: text() }));
    if (lines.length === 1000 || i === rows - 1) writeSync(file, `${lines.splice(0).join("\n")}\n`);
  }
  closeSync(file);
}
