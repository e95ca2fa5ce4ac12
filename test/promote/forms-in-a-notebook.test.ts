/** The other forms of steps, and a pipeline of them, in a real notebook kernel. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Execution, KernelSession, kernelMissing, result } from "../kernel/kernel-session";

describe.skipIf(kernelMissing !== null)(`forms in a notebook (${kernelMissing ?? "driven"})`, () => {
  let folder: string;
  let kernel: KernelSession;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "corpuslab-forms-"));
    mkdirSync(join(folder, "pipelines"));
    writeFileSync(join(folder, "corpuslab.json"), '{ "workspace": 1 }\n');
    const rows = Array.from({ length: 200 }, (_, i) => ({
      tokens: (i * 37) % 1000,
      score: i % 10 === 3 ? null : i / 200,
      problem: `p${i % 30}`,
    }));
    writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    writeFileSync(
      join(folder, "judge.py"),
      `import json, sys
sys.stdin.readline()
for line in sys.stdin:
    keep = json.loads(line)["row"]["tokens"] < 500
    print(json.dumps({"keep": True} if keep else {"drop": "too_long"}), flush=True)
`,
    );
    kernel = await KernelSession.start(folder);
  });
  afterAll(async () => {
    await kernel.stop();
    rmSync(folder, { recursive: true });
  });

  async function shown(...cells: string[]): Promise<string> {
    let last: Execution | null = null;
    for (const cell of cells) last = await kernel.run(cell);
    expect(last!.reply.evalue).toBe(undefined);
    return String(result(last!)?.["text/plain"] ?? "");
  }

  it("are promoted, shown as not sliced, and put into a pipeline", async () => {
    const sql = await shown(
      'import { open, pipeline, promote } from "corpuslab";\nimport { z } from "zod";\nconst table = await open("rows.jsonl");',
      'const good = await promote.sql("keep_good", "score >= $least", { table, params: z.object({ least: z.number().min(0).max(1).default(0.3) }), nulls: { score: "drop" } });\ngood',
    );
    expect(sql).toContain("keep_good@1: a filter (sql, not sliced);");
    const group = await shown(
      'const best = await promote.group("best_two", { by: "problem", keep: 2, order: "tokens desc" }, { table });\nbest',
    );
    expect(group).toContain("keep 2 of each problem by tokens desc, row_key");
    const external = await shown(
      'const judge = await promote.external("judge", { command: ["python3", "judge.py"], files: ["judge.py"], reads: ["tokens"] }, { table });\njudge',
    );
    expect(external).toContain("judge@1: a filter (external, not sliced);");
    const line = await shown(
      'const line = pipeline([{ step: good, params: { least: 0.4 } }, best, "judge@1"], { name: "curate" });\nline.save();\nline',
    );
    expect(line).toBe(
      "curate: 3 steps\n  1. keep_good@1  filter (sql)  least = 0.4 (proven with 0.3)\n  2. best_two@1  filter (group)\n  3. judge@1  filter (external)",
    );
    expect(readdirSync(join(folder, "pipelines")).sort()).toEqual([
      "best_two",
      "curate.json",
      "judge",
      "keep_good",
    ]);
  });

  it("are refused with the running cell where nobody said what a missing value means", async () => {
    const ran = await kernel.run('await promote.sql("keep_good", "score >= 0.5", { table })');
    expect([ran.reply.ename, ran.reply.evalue]).toEqual([
      "PromotionRefused",
      expect.stringMatching(
        /^promote keep_good: NULL_UNDECIDED in cell \d+: the predicate is NULL for 20 of 200 rows \(missing: score in 20\)/,
      ),
    ]);
  });

  it("hold the rules of zod parameters, also those of a function", async () => {
    const made = await shown(
      "const limit = 500;",
      'const keep = (row) => row.tokens < limit;\nawait promote(keep, { name: "keep_short", table, params: z.object({ limit: z.int().min(1).max(1000) }) })',
    );
    expect(made).toContain("param  limit = 500");
    const manifest = JSON.parse(
      readFileSync(join(folder, "pipelines", "keep_short", "v1", "manifest.json"), "utf8"),
    );
    expect(manifest.params.properties.limit).toEqual({ type: "integer", minimum: 1, maximum: 1000 });
    const over = await kernel.run(
      'pipeline([{ step: "keep_short@1", params: { limit: 2000 } }], { name: "over" })',
    );
    expect(over.reply.evalue).toContain("parameter limit = 2000: too big: expected number to be <=1000");
    const broken = await kernel.run(
      'await promote(keep, { name: "keep_short", table, params: z.object({ limit: z.int().max(100) }) })',
    );
    expect(broken.reply.evalue).toContain(
      "parameter limit = 500: too big: expected number to be <=100; change the constant or its rule",
    );
  });
});
