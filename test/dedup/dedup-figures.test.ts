/** What the report draws says what the result holds; tokens are counted by the best there is. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dedup } from "../../kernel-lib/dedup/dedup";
import { normalize } from "../../kernel-lib/run/normalize";
import { open } from "../../kernel-lib/table/open";
import { temporaryFolder } from "../run/run-cli";
import { randomDocs } from "./reference";

const quiet = { workers: 1, onProgress: () => undefined };

describe("figures of dedup", () => {
  const [a, b] = [randomDocs(200, 1), randomDocs(150, 1)];

  it("draw the matrix, the sizes and the thresholds with their numbers", async () => {
    const out = temporaryFolder();
    const rows = (docs: typeof a) => docs.map(({ id, text }) => ({ id, text }));
    const found = await dedup([rows(a), rows(b)], { whatIf: [0.7, 0.9], out, ...quiet });
    const { matrix, what_if: whatIf } = found.toJSON() as {
      matrix: number[][];
      what_if: { duplicates: number }[];
    };
    expect(found.plot("tables").numbers.map(({ rows: n }) => n)).toEqual(matrix.flat());
    const sizes = found.plot("sizes").numbers as unknown as { clusters: number }[];
    expect(sizes.reduce((sum, { clusters }) => sum + clusters, 0)).toBe(
      new Set(found.duplicates.map(({ cluster }) => cluster)).size,
    );
    expect(found.plot("thresholds").numbers.map(({ duplicates }) => duplicates)).toEqual([
      whatIf[0]!.duplicates,
      found.duplicates.length,
      whatIf[1]!.duplicates,
    ]);
    const bundle = found[Symbol.for("corpuslab.display") as never] as () => Record<string, string>;
    expect(bundle.call(found)["text/html"]!.match(/<img /g)).toHaveLength(3);
    expect(() => found.plot("pie" as never)).toThrow(/expected "tables", "sizes" or "thresholds"/);
    expect(readFileSync(join(out, "dedup.html"), "utf8")).toContain("default-src 'none'");
  });

  it("tokens of rows in memory are estimated by bytes, of a run by its column", async () => {
    const inMemory = await dedup([a.map(({ id, text }) => ({ id, text }))], quiet);
    expect(inMemory.tokens.by).toBe("bytes");
    expect(String(inMemory)).toMatch(
      /≈ [\d,]+ of [\d,]+ tokens saved \(estimated by the bytes of the lines\)/,
    );
    const folder = temporaryFolder();
    const source = join(folder, "rows.jsonl");
    writeFileSync(source, a.map(({ text }) => `${JSON.stringify({ text })}\n`).join(""));
    const run = join(folder, "run");
    await normalize(await open(source), { out: run, onProgress: () => undefined });
    const found = await dedup(run, quiet);
    const gone = new Set(found.duplicates.map(({ row_key }) => row_key));
    const rows = await (await open(run)).select(["row_key", "stats_approx_tokens"]).toArray();
    const sum = (list: typeof rows) =>
      list.reduce((total, row) => total + Number(row.stats_approx_tokens), 0);
    expect(gone.size).toBeGreaterThan(10);
    expect(found.tokens).toEqual({
      dropped: sum(rows.filter(({ row_key }) => gone.has(String(row_key)))),
      all: sum(rows),
      by: "stats_approx_tokens",
    });
  });
});
