// Ten million short documents through `corpuslab dedup`: time, peak memory, and whether the planted duplicates are found.
//
// Options: --documents 10M, --workers 1 (2M and 500k are understood). Needs some 5 GB of disk below .cache/bench.
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table, whole } from "./dedup-runs.mjs";
import { measureNode } from "./measure.mjs";

const PEAK_GB = 4;

/** The report as Markdown. */
export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      documents: { type: "string", default: "10M" },
      workers: { type: "string", default: "1" },
    },
  });
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "large-"));
  try {
    const path = join(folder, "short.jsonl");
    const documents = wholeNumber(values.documents);
    log(`writing ${documents} documents`);
    const planted = writeShort(path, documents);
    log("deduplicating them");
    const out = join(folder, "out");
    const script = join(root, "kernel-lib", "bin", "corpuslab.js");
    const flags = ["--view", "text", "--workers", values.workers];
    const used = await measureNode(script, ["dedup", path, "--out", out, ...flags], { cwd: root });
    const said = JSON.parse(readFileSync(join(out, "dedup.json"), "utf8"));
    return report({ said, planted, used, mb: statSync(path).size / 1e6, workers: values.workers });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function wholeNumber(text) {
  const match = /^(\d+)([kM]?)$/.exec(text);
  if (!match) throw new Error(`--documents ${text}: expected a number such as 500k or 10M`);
  return Number(match[1]) * { "": 1, k: 1e3, M: 1e6 }[match[2]];
}

const SYLLABLES = [
  "ba",
  "ce",
  "di",
  "fo",
  "gu",
  "ka",
  "le",
  "mi",
  "no",
  "pu",
  "ra",
  "se",
  "ti",
  "vo",
  "zu",
  "an",
];

/**
 * Documents of 8 to 23 words out of 65,536. Each 20th is one of the last ones again, each 25th is one with its last word
 * changed, which leaves a similarity of 0.8 or more from 11 words on; gives how many of each there are.
 */
function writeShort(path, documents) {
  const words = Array.from({ length: 65_536 }, (_, i) =>
    [12, 8, 4, 0].map((shift) => SYLLABLES[(i >> shift) & 15]).join(""),
  );
  let state = 1;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  const recent = [];
  const planted = { exact: 0, near: 0 };
  const file = openSync(path, "w");
  const lines = [];
  for (let i = 0; i < documents; i++) {
    const fresh = Array.from({ length: 8 + random(16) }, () => words[random(65_536)]);
    let text = fresh;
    if (i % 20 === 19) {
      text = recent[random(recent.length)];
      planted.exact++;
    } else if (i % 25 === 24) {
      const base = recent[random(recent.length)];
      text = [...base.slice(0, -1), words[random(65_536)]];
      if (base.length >= 11) planted.near++;
    } else recent[i % 1000 < recent.length ? random(recent.length) : recent.length] = fresh;
    lines.push(`{"id":"d${i}","text":"${text.join(" ")}"}`);
    if (lines.length === 10_000 || i === documents - 1) writeSync(file, `${lines.splice(0).join("\n")}\n`);
  }
  closeSync(file);
  return planted;
}

function report({ said, planted, used, mb, workers }) {
  const gb = used.peakMb / 1024;
  const head = ["documents / CPU s", "CPU s", "CPU+sys s", "wall s", "peak GB", "exact", "near"];
  const line = [
    whole(said.rows / used.userSeconds),
    used.userSeconds.toFixed(0),
    used.cpuSeconds.toFixed(0),
    used.wallSeconds.toFixed(0),
    gb.toFixed(2),
    `${whole(said.exact)} of ${whole(planted.exact)} planted`,
    `${whole(said.near)} of ${whole(planted.near)} planted`,
  ];
  return [
    `${whole(said.rows)} documents of 8 to 23 words, ${mb.toFixed(0)} MB of JSON lines. Word 3-grams, Jaccard ≥ 0.8, 21×6, every duplicate verified, ${workers} worker${workers === "1" ? "" : "s"}. An exact copy of a row that goes as a near duplicate counts as near.`,
    "",
    table(head, [line]),
    "",
    table(
      ["target", "got", "wanted", ""],
      [["peak GB", gb.toFixed(2), `below ${PEAK_GB}`, gb < PEAK_GB ? "reached" : "**missed**"]],
    ),
  ].join("\n");
}
