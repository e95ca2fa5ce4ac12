import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import { textId } from "../../kernel-lib/harmony";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { cli, hashes, readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const input = join(folder, "base");
const ROWS = 600;
const COUNTED = { source_row: "number" };

beforeAll(async () => {
  await makeRun(input, { rows: ROWS, splits: [["default", "train", "train"]] });
  const step = (name: string, body: string, parts: Parameters<typeof writeStep>[3]) =>
    writeStep(pipelines, name, body, parts);
  await step(
    "throws",
    `(row) => { if (row.source_row % 100 === 7) throw new Error('bad "' + row.text + '" in ' + row.source_row); return true; }`,
    {
      reads: { text: "string", ...COUNTED },
    },
  );
  await step("even", "(row) => row.source_row % 2 === 0 ? true : 'no'", { reads: COUNTED });
  await step("size", "(row) => ({ size: row.source_row === 300 ? '300' : 1 })", {
    kind: "flag",
    reads: COUNTED,
    writes: { size: "integer" },
  });
  await step("needs_value", "(row) => row.meta_correctness > 0.1", { reads: { meta_correctness: "number" } });
  await step("hangs", "(row) => { while (row.source_row === 123); return true; }", { reads: COUNTED });
  await step(
    "redact",
    "(row) => row.source_row % 3 === 0 ? { text: row.text.replace(/q\\d/, 'q#') } : null",
    {
      kind: "rewrite",
      reads: { text: "string", ...COUNTED },
    },
  );
  await step(
    "shorten",
    "(row) => row.source_row % 6 === 0 && row.messages ? { messages: [{ role: 'user', content: row.messages[0].content + '!' }] } : null",
    {
      kind: "rewrite",
      reads: { messages: { type: ["array", "null"] }, ...COUNTED },
    },
  );
  await step("no_hash", "(row) => !row.text.includes('#1')", { reads: { text: "string" } });
  await step("long", "(row) => ({ chars: row.stats_char_len })", {
    kind: "flag",
    reads: { stats_char_len: "number" },
    writes: { chars: "integer" },
  });
  await step("spoilt", "(row) => row.source_row === 5 ? { text: 'plain' } : null", {
    kind: "rewrite",
    reads: COUNTED,
  });
  await step("after", "", {
    form: "sql",
    reads: { text: "string" },
    files: { "step.sql": "not contains(text, '!')" },
  });
  for (const name of ["throws", "even", "size", "needs_value", "hangs", "spoilt"])
    writePipeline(pipelines, name, [`${name}@1`]);
  writePipeline(pipelines, "rewrites", ["redact@1", "no_hash@1", "shorten@1", "long@1", "after@1"]);
});

let runs = 0;
function runInto(name: string, options: Partial<Parameters<typeof runPipeline>[1]> = {}) {
  const out = join(folder, `out-${++runs}`);
  return runPipeline(join(pipelines, `${name}.json`), { input, out, workers: 2, partRows: 250, ...options });
}
const numbers = Array.from({ length: ROWS }, (_, n) => n);

describe("rows on which a step throws", () => {
  it("go into quarantine without their text, and the command exits with 1", async () => {
    const out = join(folder, "quarantined");
    const { code, stdout } = cli(["run", join(pipelines, "throws.json"), "--input", input, "--out", out]);
    expect(code).toBe(1);
    expect(stdout).toContain("594 kept");
    const quarantine = join(out, "quarantine");
    const lines = readdirSync(quarantine).flatMap((name) =>
      readFileSync(join(quarantine, name), "utf8").trimEnd().split("\n"),
    );
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [7, 107, 207, 307, 407, 507].map((n) => ({
        row_key: `acme/quo'te"d@0123456789abcdef0123456789abcdef01234567/data.jsonl#${n}`,
        ...{ step: "throws", version: 1, message: `Error: bad … in ${n}` },
      })),
    );
  });

  it("stop the run when they are too many; with a larger limit it goes on to the same bytes", async () => {
    const out = join(folder, "limited");
    await expect(
      runPipeline(join(pipelines, "throws.json"), { input, out, maxErrors: 3, partRows: 250 }),
    ).rejects.toThrow(
      /steps threw on [4-6] rows so far, more than the 3 that --max-errors allows; the first: step throws@1: row .*#\d*7: Error: bad …/,
    );
    await expect(open(out)).rejects.toThrow("holds a pipeline's run that did not finish");
    const resumed = await runPipeline(join(pipelines, "throws.json"), {
      input,
      out,
      maxErrors: 6,
      partRows: 250,
      resume: true,
    });
    expect(resumed.ledger.totals.quarantined).toEqual({ error: 6 });
    expect(hashes(out)).toEqual(hashes((await runInto("throws")).out));
  });

  it("are those with a null that the step has never seen", async () => {
    const run = await runInto("needs_value", { maxErrors: ROWS });
    expect(run.ledger.totals.quarantined).toEqual({ error: ROWS / 5 });
  });
});

describe("answers that are none", () => {
  it("stop the run with the step, the row, the column and what was expected", async () => {
    await expect(runInto("even")).rejects.toThrow(
      /step even@1: row .*#\d*[13579]: returned "no", expected true, false/,
    );
    await expect(runInto("size")).rejects.toThrow(/step size@1: row .*#300: returned size = "300", expected/);
  });

  it("are not waited for beyond --task-timeout, and the row is named", async () => {
    await expect(runInto("hangs", { taskTimeout: 0.5 })).rejects.toThrow(
      /step hangs@1: row .*#123: no answer within 0.5 s, so it was stopped/,
    );
  });
});

describe("rewritten texts", () => {
  it("are read by later steps and by readers; the row's own stays in rows/", async () => {
    const run = await runInto("rewrites");
    const original = (n: number) => `<|start|>user<|message|>q${n}<|end|>`;
    const redacted = (n: number) => (n % 3 === 0 ? original(n).replace(/q\d/, "q#") : original(n));
    const reached = numbers.filter((n) => !redacted(n).includes("#1"));
    const isShortened = (n: number) => n % 6 === 0 && (n % 7 !== 6 || n % 3 === 0);
    const kept = reached.filter((n) => !isShortened(n));
    const rows = await (await run.rows())
      .select(["source_row", "text", "text_id", "chars", "stats_char_len", "messages"])
      .toArray();
    expect(rows.map(({ source_row }) => source_row)).toEqual(kept);
    for (const { source_row, text, text_id, chars, stats_char_len } of rows) {
      const n = source_row as number;
      expect(text).toBe(redacted(n));
      if (n % 3 === 0) expect([text_id, stats_char_len]).toEqual([textId(redacted(n)), redacted(n).length]);
      expect(chars).toBe(stats_char_len);
    }
    expect(rows.find(({ source_row }) => source_row === 3)!.messages).toMatchObject([
      { role: "user", content: "q#" },
    ]);
    const dropped = await (await open(run.out, { dropped: true }))
      .filter("dropped_by = 'after@1'")
      .select(["source_row", "text"])
      .toArray();
    expect(dropped).toEqual(
      reached
        .filter(isShortened)
        .map((n) => ({ source_row: n, text: redacted(n).replace("<|end|>", "!<|end|>") })),
    );
    const source = await (await open(input)).filter("source_row = 3").select(["text"]).toArray();
    expect(source).toEqual([{ text: original(3) }]);
  });

  it("that are no Harmony send the row into quarantine", async () => {
    const run = await runInto("spoilt");
    expect(run.ledger.totals).toMatchObject({ rows_out: ROWS - 1, quarantined: { error: 1 } });
  });

  it("and verdicts are in view.sql for any DuckDB", async () => {
    const { out, ledger } = await runInto("rewrites");
    const db = await Db.open();
    try {
      await db.run(`set variable corpuslab_run = '${out}'`);
      for (const statement of readFileSync(join(out, "view.sql"), "utf8").split(/;\n/)) {
        if (/CREATE/.test(statement)) await db.run(statement);
      }
      const own = await (await open(out)).select(["source_row", "text", "chars", "too_short"]).toArray();
      const viewed = await db.all("select source_row, text, chars, too_short from rows order by source_row");
      expect(viewed).toEqual(own.map((row) => ({ ...row })));
      const reasons = await db.all(
        "select stage, reason, count(*) as rows from decisions group by all order by all",
      );
      expect(reasons).toEqual([
        { stage: "after@1", reason: "after", rows: ledger.totals.rejected.after },
        { stage: "no_hash@1", reason: "no_hash", rows: ledger.totals.rejected.no_hash },
      ]);
    } finally {
      db.close();
    }
  });
});

describe("layers", () => {
  it("stand on each other: later ones see flags, texts and verdicts of earlier ones", async () => {
    const first = await runInto("rewrites");
    await writeStep(
      pipelines,
      "short",
      "(row) => row.chars < 34 && !row.text.includes('q#') ? true : { drop: 'long' }",
      {
        reads: { chars: "number", text: "string" },
      },
    );
    const path = writePipeline(pipelines, "second", ["short@1"]);
    const out = join(folder, "second");
    const run = await runPipeline(path, { input: first.out, out, partRows: 100 });
    expect(run.ledger.totals.rows_in).toBe(first.ledger.totals.rows_out);
    const rows = await (await run.rows()).select(["source_row", "text", "chars"]).toArray();
    const before = await (await first.rows()).select(["source_row", "text", "chars"]).toArray();
    expect(rows).toEqual(
      before.filter(({ chars, text }) => (chars as number) < 34 && !String(text).includes("q#")),
    );
    expect(rows.length).toBeGreaterThan(10);
    const all = await open(out, { dropped: true });
    const stages = await all
      .sql("select dropped_by, count(*) as n from this where not kept group by all order by all")
      .toArray();
    expect(stages.map(({ dropped_by }) => dropped_by)).toEqual(["after@1", "no_hash@1", "short@1"]);
    expect(await all.count()).toBe(ROWS);
  });

  it("refuse rows that were made anew below them", async () => {
    const base = join(folder, "changing");
    await makeRun(base, { rows: 100, splits: [["default", "train", "train"]] });
    const run = await runPipeline(join(pipelines, "throws.json"), { input: base, out: join(folder, "over") });
    await makeRun(base, { rows: 120, splits: [["default", "train", "train"]] });
    await expect(run.rows().then((table) => table.count())).rejects.toThrow(
      /the rows in .*changing are not those that the pipeline throws ran over: run it again with --overwrite/,
    );
  });
});

describe("versions", () => {
  it("whose bytes were changed are refused before any row is read", async () => {
    const place = await writeStep(pipelines, "edited", "(row) => true", { reads: COUNTED });
    const path = writePipeline(pipelines, "edited", ["edited@1"]);
    writeFileSync(join(place.folder, "step.js"), "// changed\n");
    await expect(runPipeline(path, { input, out: join(folder, "edited") })).rejects.toThrow(
      /step\.js: changed after it was written/,
    );
  });

  it("take parameters of the pipeline in the place of their own, and run.json says which", async () => {
    await writeStep(pipelines, "below", "(row) => row.source_row < limit", {
      reads: COUNTED,
      values: { limit: 10 },
    });
    const path = writePipeline(pipelines, "parameter", [{ step: "below@1", params: { limit: 30 } }]);
    const run = await runPipeline(path, { input, out: join(folder, "parameter") });
    expect(run.ledger.totals.rows_out).toBe(30);
    expect(readJson<{ pipeline: unknown }>(run.out, "run.json").pipeline).toMatchObject({
      steps: [{ params: { limit: 30 } }],
    });
    const timings = readJson<{ tasks: { steps: Record<string, number>; steps_share: number } }>(
      run.out,
      "timings.json",
    );
    expect(timings.tasks.steps["below@1"]).toBeGreaterThan(0);
    expect(timings.tasks.steps_share).toBeLessThan(1);
  });
});
