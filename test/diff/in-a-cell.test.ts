/** `diff` in the real kernel, over versions that were promoted there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelSession, kernelMissing, result } from "../kernel/kernel-session";

describe.skipIf(kernelMissing !== null)(`diff in a notebook (${kernelMissing ?? "driven"})`, () => {
  let folder: string;
  let kernel: KernelSession;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "corpuslab-diff-cell-"));
    mkdirSync(join(folder, "pipelines"));
    writeFileSync(join(folder, "corpuslab.json"), '{ "workspace": 1 }\n');
    const lines = Array.from({ length: 300 }, (_, i) =>
      JSON.stringify({ tokens: i, meta_domain: i % 3 === 0 ? "math" : "code", text: `row <b>${i}</b>` }),
    );
    writeFileSync(join(folder, "rows.jsonl"), `${lines.join("\n")}\n`);
    kernel = await KernelSession.start(folder);
  });
  afterAll(async () => {
    await kernel.stop();
    rmSync(folder, { recursive: true });
  });

  it("compares what promote gave, and shows itself", async () => {
    const cells = await kernel.runAll([
      'import { diff, open, promote } from "corpuslab";\nconst table = await open("rows.jsonl");',
      "const limit = 100;\nconst keep = (row) => row.tokens < limit;",
      'const first = await promote(keep, { name: "keep_few", table });',
      "const limit = 150;\nconst keep = (row) => row.tokens < limit && row.meta_domain !== 'math';",
      'const second = await promote(keep, { name: "keep_few", table });',
      "const moved = await diff(first, second, table);\nmoved",
    ]);
    expect(cells.map(({ reply }) => reply.evalue).filter(Boolean)).toEqual([]);
    const bundle = result(cells.at(-1)!)!;
    const text = String(bundle["text/plain"]);
    expect(text).toContain("keep_few@1 → keep_few@2 · filter");
    expect(text).toContain("68 of 300 rows moved (22.7%)"); // 34 of math are dropped, 34 of code kept
    expect(text).toMatch(/kept → dropped +34 rows .*due to code 34/);
    expect(text).toMatch(/dropped → kept +34 rows .*due to parameters 34/);
    const html = String(bundle["text/html"]);
    expect(html).toContain("<svg");
    expect(html).toContain("mathjax_ignore");
    expect(html).toContain("row &lt;b&gt;");
    const again = await kernel.run(
      'const same = await diff("keep_few@1", { step: "keep_few@1", params: { limit: 120 } }, table.filter("tokens >= 50"), { by: null });\n[same.movedRows, same.data.rows, same.data.by]',
    );
    expect(result(again)!["text/plain"]).toBe("[ 20, 250, null ]");
  }, 60_000);
});
