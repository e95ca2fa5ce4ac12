// One tool over one corpus, a process of its own: what it cost, and how right it was.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { measureNode, measurePython } from "./measure.mjs";

/** The cheapest of `repeat` runs of `corpuslab dedup`. */
export async function measuredDedup({ root, cache, library }, input, flags, repeat = 1) {
  let best;
  for (let i = 0; i < repeat; i++) {
    const out = mkdtempSync(join(cache, "out-"));
    try {
      const script = join(root, "kernel-lib", "bin", "corpuslab.js");
      const workers = flags.includes("--workers") ? [] : ["--workers", "1"];
      const args = ["dedup", input, "--out", out, "--overwrite", "--view", "text", ...flags, ...workers];
      const used = await measureNode(script, args, { cwd: root });
      if (best && used.userSeconds >= best.used.userSeconds) continue;
      const said = JSON.parse(readFileSync(join(out, "dedup.json"), "utf8"));
      const rows = await (await library.open(join(out, "duplicates.parquet")))
        .select(["id"])
        .toArray({ maxRows: 1e8 });
      best = { used, rows: said.rows, removed: new Set(rows.map(({ id }) => id)), said };
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
  return best;
}

/** One run of a peer, see dedup_peers.py. */
export async function measuredPeer({ root, cache, python }, name, corpus) {
  const removedFile = join(cache, "removed.txt");
  const script = join(root, "test", "bench", "dedup_peers.py");
  const used = await measurePython(python, script, [name, corpus, removedFile]);
  const removed = new Set(readFileSync(removedFile, "utf8").split("\n").filter(Boolean));
  return { used: { ...used, userSeconds: used.said.user_seconds }, rows: used.said.rows, removed };
}

/** Recall: planted pairs at 0.8 of which one document is gone. Precision: removals that stand in such a pair. */
export function scored(removed, truth) {
  const pairs = truth.filter(({ jaccard }) => jaccard >= 0.8);
  const inPair = new Set(pairs.flatMap(({ base, dup }) => [base, dup]));
  const caught = pairs.filter(({ base, dup }) => removed.has(base) || removed.has(dup)).length;
  const right = [...removed].filter((id) => inPair.has(id)).length;
  return {
    recall: pairs.length === 0 ? 1 : caught / pairs.length,
    precision: removed.size === 0 ? 1 : right / removed.size,
  };
}

/** A table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export const whole = (n) => Math.round(n).toLocaleString("en-US");
