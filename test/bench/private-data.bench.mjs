// Precision and recall of the flag `private_data` on a generated set, beside presidio-analyzer's pattern recognizers.
//
// Options: --rows 2000, --seed 1, --no-python. Every value is made here: valid checksums, no person's data.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pythonWith, run } from "./measure.mjs";
import { privateSet } from "./private_set.mjs";

const require = createRequire(import.meta.url);

export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string", default: "2000" },
      seed: { type: "string", default: "1" },
      "no-python": { type: "boolean", default: false },
    },
  });
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "private-"));
  try {
    const set = privateSet(Number(values.rows), Number(values.seed));
    const { findPrivateData } = require(
      join(root, "kernel-lib", "dist", "flag", "private", "find-private-data.js"),
    );
    const before = process.cpuUsage();
    const ours = set.map(({ text }) => findPrivateData(text));
    const { user, system } = process.cpuUsage(before);
    const rate = Math.round(set.length / ((user + system) / 1e6));
    const kinds = [...new Set(set.flatMap(({ spans }) => spans.map(({ kind }) => kind)))].sort();
    const venv = values["no-python"]
      ? { python: null, reason: "left out by --no-python" }
      : await pythonWith(join(cache, "venv-flag"), join(root, "test", "bench", "requirements-flag.txt"));
    let theirs = null;
    let theirRate = null;
    if (venv.python) {
      const file = join(folder, "set.jsonl");
      const out = join(folder, "found.json");
      writeFileSync(file, set.map(({ text }) => `${JSON.stringify({ text })}\n`).join(""));
      await run(venv.python, [join(root, "test", "bench", "private_presidio.py"), file, out]);
      const said = require(out);
      theirs = said.found;
      theirRate = Math.round(set.length / said.cpu_seconds);
      log("presidio done");
    }
    const none = (kind) =>
      theirs !== null && !theirs.some((spans) => spans.some((span) => span.kind === kind));
    const rows = kinds.map((kind) => {
      const mine = score(set, ours, kind);
      const cells = [kind, mine.planted, percent(mine.precision), percent(mine.recall)];
      if (theirs === null) return [...cells, "", ""];
      if (none(kind)) return [...cells, "no recognizer", ""];
      const other = score(set, theirs, kind);
      return [...cells, percent(other.precision), percent(other.recall)];
    });
    const placeholders = set.flatMap(({ spans }, i) =>
      spans.map((span) => ({
        wanted: span.placeholder,
        got: ours[i].find((one) => overlaps(one, span))?.placeholder,
      })),
    );
    const right = placeholders.filter(({ wanted, got }) => wanted === got).length;
    const line = (cells) => `| ${cells.join(" | ")} |`;
    const head = ["kind", "planted", "precision", "recall", "presidio precision", "presidio recall"];
    return [
      `${set.length} generated texts (seed ${values.seed}) with ${placeholders.length} values, and ${set.reduce((n, { decoys }) => n + decoys, 0)} decoys that look alike and are none.`,
      "Found = same kind, overlapping span. Presidio's recognizers work on patterns alone here, with a score of 0.4 or more.",
      venv.python ? "" : `\npresidio not run: ${venv.reason}.\n`,
      [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n"),
      "",
      `Documentation values told from others: ${right} of ${placeholders.length} (${percent(right / placeholders.length)}); presidio does not tell them.`,
      "",
      `Texts per CPU-second: ${rate}${theirRate ? `, presidio ${theirRate}` : ""}.`,
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function overlaps(a, b) {
  return a.kind === b.kind && a.start < b.end && b.start < a.end;
}

function score(set, found, kind) {
  let [planted, hit, claimed, right] = [0, 0, 0, 0];
  set.forEach(({ spans }, i) => {
    const wanted = spans.filter((span) => span.kind === kind);
    const got = found[i].filter((span) => span.kind === kind);
    planted += wanted.length;
    claimed += got.length;
    hit += wanted.filter((span) => got.some((one) => overlaps(one, span))).length;
    right += got.filter((one) => wanted.some((span) => overlaps(one, span))).length;
  });
  return { planted, recall: hit / planted, precision: claimed === 0 ? 1 : right / claimed };
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
