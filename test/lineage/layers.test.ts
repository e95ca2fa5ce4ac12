/** `why` and `trace` of rows that pipelines kept, dropped, flagged and threw on, through two layers to the source. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { trace } from "../../kernel-lib/lineage/trace";
import { why } from "../../kernel-lib/lineage/why";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { normalize } from "../../kernel-lib/run/normalize";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { writeRows } from "../run/make-rows";
import { cli, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const source = join(folder, "rows.jsonl");
const [base, one, two, three, four] = ["base", "one", "two", "three", "four"].map((name) =>
  join(folder, name),
) as [string, string, string, string, string];
const KEY = (i: number) => `rows@local/rows.jsonl#${i}`;
const html = (answer: object) =>
  (answer as Record<symbol, () => Record<string, string>>)[Symbol.for("corpuslab.display")]!()["text/html"]!;
const life = async (i: number, run = two) => (await why(KEY(i), { run, pipelines })).rows[0]!.layers;
const outcomes = async (i: number, run = two) =>
  (await life(i, run)).map(({ steps }) => steps.map(({ outcome }) => outcome));

beforeAll(async () => {
  writeRows(source, 300);
  await normalize(await resolveSource(source), { out: base, workers: 1, rowsPerShard: 100 });
  const columns = { text: "string", source_row: "integer", stats_char_len: "integer" } as const;
  const reads = (...names: (keyof typeof columns)[]) => ({
    reads: Object.fromEntries(names.map((name) => [name, columns[name]])),
  });
  await writeStep(pipelines, "loud", "(row) => ({ loud: row.text.includes(word), size: row.text.length })", {
    ...{ kind: "flag", ...reads("text"), writes: { loud: "boolean", size: "integer" } },
    values: { word: "Because" },
  });
  await writeStep(pipelines, "keep_loud", "(row) => row.loud || { drop: 'quiet' }", {
    reads: { loud: "boolean" },
  });
  await writeStep(
    pipelines,
    "parses",
    "(row) => { if (row.source_row === 121) throw new Error('cannot read it'); return true; }",
    reads("source_row"),
  );
  await writeStep(pipelines, "keep_long", "", {
    form: "sql",
    ...reads("stats_char_len"),
    values: { least: 100 },
    files: { "step.sql": "stats_char_len >= $least" },
  });
  await writeStep(pipelines, "keep_three", "", {
    form: "group",
    ...reads("source_row"),
    reads: { meta_domain: "string", source_row: "integer" },
    group: { by: ["meta_domain"], keep: 3, order: [{ column: "source_row", descending: false }] },
  });
  const first = writePipeline(pipelines, "clean", [
    { step: "loud@1", params: { word: "Because. Because." } },
    "keep_loud@1",
    "parses@1",
  ]);
  const second = writePipeline(pipelines, "pick", ["keep_long@1", "keep_three@1"]);
  await runPipeline(first, { input: base, out: one, workers: 1 });
  await runPipeline(second, { input: one, out: two, workers: 1 });
  await writeStep(
    pipelines,
    "calmer",
    "(row) => row.loud ? { text: row.text.replaceAll('Because. ', '') } : null",
    {
      ...{ kind: "rewrite", reads: { text: "string", loud: "boolean" } },
    },
  );
  await writeStep(
    pipelines,
    "say_it",
    "(row) => ({ messages: row.messages.map((m) => ({ ...m, name: null })) })",
    {
      ...{ kind: "rewrite", reads: { messages: "array" } },
    },
  );
  await writeStep(pipelines, "judge", "", {
    ...{ form: "external", reads: { stats_char_len: "integer" }, command: ["python3", "judge.py"] },
    files: {
      "files/judge.py": [
        "import json, sys",
        "for line in sys.stdin:",
        "    row = json.loads(line).get('row')",
        "    if row: print(json.dumps({'keep': True} if row['stats_char_len'] > 120 else {'drop': 'tiny'}), flush=True)",
        "",
      ].join("\n"),
    },
  });
  const fourth = writePipeline(pipelines, "again", [
    { step: "keep_long@1", params: { least: 120 } },
    "keep_three@1",
  ]);
  await runPipeline(fourth, { input: two, out: four, workers: 1 });
  const third = writePipeline(pipelines, "mend", ["calmer@1", "say_it@1", "judge@1"]);
  await runPipeline(third, { input: one, out: three, workers: 1 });
});

describe("why, of a pipeline's run", () => {
  it("tells each step that a row reached, what it read, wrote and answered", async () => {
    const [clean, pick] = await life(4);
    const text = "It is 8. Because. Because. Because. Because.";
    expect(clean).toMatchObject({ run: one, pipeline: "clean", kept: true });
    expect(pick).toMatchObject({ run: two, pipeline: "pick", kept: true });
    const [loud, keepLoud, parses] = clean!.steps;
    expect(loud).toMatchObject({ step: "loud@1", outcome: "flagged", params: { word: "Because. Because." } });
    expect(loud!.again!.read!.text).toContain(text);
    const wrote = { loud: true, size: String(loud!.again!.read!.text).length };
    expect([loud!.wrote, loud!.again!.answer, loud!.again!.same]).toEqual([wrote, { values: wrote }, true]);
    expect(keepLoud).toMatchObject({
      ...{ outcome: "passed", again: { read: { loud: true }, answer: { keep: true }, same: true } },
    });
    expect(parses!.outcome).toBe("passed");
    expect(pick!.steps.map(({ step, form, outcome, again }) => [step, form, outcome, again!.same])).toEqual([
      ["keep_long@1", "sql", "passed", true],
      ["keep_three@1", "group", "passed", true],
    ]);
    const said = (await why(KEY(4), { run: two, pipelines })).toString();
    expect(said).toMatch(/^IN: rows@local\/rows\.jsonl#4 was kept by every step\n/);
    expect(said).toContain(`pipeline clean (layer 1 of 2): in · ${one}`);
    expect(said).toMatch(/source +rows\.jsonl row 4, revision local\n/);
  });

  it("says which step dropped a row, with the values and the answer of today", async () => {
    expect(await outcomes(17)).toEqual([
      ["flagged", "dropped", "not reached"],
      ["not reached", "not reached"],
    ]);
    const answer = await why(KEY(17), { run: two, pipelines });
    expect(answer.toString()).toMatch(
      /^OUT: rows@local\/rows\.jsonl#17 was dropped by keep_loud@1 of pipeline clean \(quiet\)\n/,
    );
    expect(answer.toString()).toMatch(
      /2 keep_loud@1 +DROPPED: quiet · filter\n +read loud false\n +asked again now: \{"drop":"quiet"\}, as the run holds\n/,
    );
    expect(html(answer)).toContain("DROPPED: quiet");
    // The layer below alone knows nothing of the second pipeline.
    expect((await life(17, one)).map(({ pipeline }) => pipeline)).toEqual(["clean"]);
    expect((await why(KEY(17), { run: base })).rows[0]!.layers).toEqual([]);
  });

  it("shows what a step threw, and that it throws again", async () => {
    expect((await life(121))[0]!.steps[2]).toMatchObject({
      ...{ outcome: "failed", message: "Error: cannot read it" },
      again: { read: { source_row: 121 }, answer: { error: "Error: cannot read it" }, same: true },
    });
    expect((await why(KEY(121), { run: two, pipelines })).toString()).toMatch(
      /^OUT: on .*#121 step parses@1 of pipeline clean threw \(quarantine\)\n[\s\S]*threw Error: cannot read it\n/,
    );
  });

  it("shows who stays in the group of a row that a rule over groups dropped", async () => {
    const db = await Db.open();
    const rows = await db.all<{ n: number }>(
      `select source_row as n from (select row_number() over () - 1 as at, source_row from
        (select source_row from read_parquet(${quoteText(join(base, "rows/train/*.parquet"))}, filename = true)))
       positional join read_parquet(${quoteText(join(two, "verdicts/*.parquet"))}) where step = 'keep_three@1' order by n`,
    );
    db.close();
    const n = rows[0]!.n;
    const [, pick] = await life(n);
    expect(pick!.steps[1]).toMatchObject({
      ...{ outcome: "dropped", reason: "keep_three", again: { answer: { drop: "keep_three" }, same: true } },
    });
    expect(pick!.steps[1]!.again!.note).toMatch(
      new RegExp(
        `^one of ${rows.length + 3} rows of its group by meta_domain; 3 stay: (rows@\\S+, ){2}rows@\\S+$`,
      ),
    );
  });

  it("tells a step apart that ran in two layers", async () => {
    const lives = await life(4, four);
    expect(lives.map(({ pipeline, kept }) => [pipeline, kept])).toEqual([
      ["clean", true],
      ["pick", true],
      ["again", true],
    ]);
    const [long, three] = lives[2]!.steps;
    expect([long!.params, long!.again!.same]).toEqual([{ least: 120 }, true]);
    expect(three!.again).toMatchObject({ same: true, note: expect.stringContaining("; 3 stay: ") });
    expect(three!.again!.note).toMatch(/^one of 3 rows of its group/);
    const gone = await life(8, four);
    expect([gone[1]!.kept, gone[2]!.kept, gone[2]!.steps.map(({ outcome }) => outcome)]).toEqual([
      ...[false, false, ["not reached", "not reached"]],
    ]);
  });

  it("shows what a rewrite changed, and asks programs in other languages", async () => {
    const [, mend] = await life(4, three);
    const [calmer, sayIt, judge] = mend!.steps;
    const before = String(calmer!.again!.read!.text);
    expect(calmer).toMatchObject({ outcome: "rewritten", again: { same: true } });
    expect(calmer!.wrote!.text).toBe(before.replaceAll("Because. ", ""));
    expect([sayIt!.outcome, sayIt!.again!.same]).toEqual(["rewritten", true]);
    const length = Number(calmer!.wrote!.stats_char_len);
    expect(judge).toMatchObject({
      ...{ form: "external", outcome: length > 120 ? "passed" : "dropped" },
      again: { read: { stats_char_len: length }, same: true },
    });
    const said = (await why(String(calmer!.wrote!.text_id), { run: three, pipelines })).toString();
    expect(said).toContain(`new text_id ${String(calmer!.wrote!.text_id)}\n`);
    expect(said).toMatch(/before ….*It is 8\. Because\. Because/);
    expect((await trace(KEY(4), { run: three })).same).toBe(true);
  });

  it("says it loudly when a step answers otherwise than the run holds", async () => {
    const copy = join(folder, "tampered");
    cpSync(one, copy, { recursive: true });
    const db = await Db.open();
    const path = join(copy, "verdicts", "part-00000.parquet");
    await db.run(`create table v as select * from read_parquet(${quoteText(path)})`);
    await db.run("update v set kept = true, step = null, reason = null where reason = 'quiet'");
    await db.run(`copy v to ${quoteText(path)} (format parquet)`);
    db.close();
    const answer = await why(KEY(17), { run: copy, pipelines });
    expect(answer.rows[0]!.layers[0]!.steps[1]!.again).toMatchObject({
      answer: { drop: "quiet" },
      same: false,
    });
    expect(answer.toString()).toContain(
      "DIFFERS: keep_loud@1 answers otherwise now than the run holds, see below\n",
    );
    expect(answer.toString()).toContain(
      'DIFFERS: asked again now, keep_loud@1 says {"drop":"quiet"}, but the run holds passed',
    );
    expect(html(answer)).toContain("DIFFERS: keep_loud@1");
  });

  it("says why a step could not be asked, and tells the rest", async () => {
    const nowhere = (await why(KEY(17), { run: two, pipelines: join(folder, "nowhere") })).rows[0]!.layers;
    expect(nowhere[0]!.steps[1]).toMatchObject({
      ...{ outcome: "dropped", reason: "quiet" },
      again: { answer: null, same: null, note: expect.stringContaining("its version is not here") },
    });
    const damaged = join(folder, "damaged");
    cpSync(pipelines, damaged, { recursive: true });
    writeFileSync(join(damaged, "keep_loud", "v1", "step.js"), "");
    const { note } = (await why(KEY(17), { run: two, pipelines: damaged })).rows[0]!.layers[0]!.steps[1]!
      .again!;
    expect(note).toMatch(/^not asked again: step keep_loud@1: .*step\.js: changed after it was written/);
    rmSync(damaged, { recursive: true });
  });

  it("finds rows that were refused or unreadable before any pipeline", async () => {
    const refused = await why(KEY(5), { run: two, pipelines });
    expect(refused.toString()).toMatch(/^OUT: .*#5 was refused by normalize \(special_in_body\)/);
    expect(refused.rows[0]!.layers).toEqual([]);
    expect((await why(KEY(57), { run: two })).quarantined).toMatchObject({ reason: "not_json" });
    await expect(why(KEY(9999), { run: two })).rejects.toThrow("rows.jsonl has no row 9999");
  });

  it("is the same on the command line", () => {
    const asked = cli(["why", KEY(17), "--run", two, "--pipelines", pipelines]);
    expect([asked.code, asked.stderr]).toEqual([0, ""]);
    expect(asked.stdout).toMatch(/^OUT: .* was dropped by keep_loud@1 of pipeline clean \(quiet\)/);
    const json = JSON.parse(cli(["why", KEY(17), "--run", two, "--pipelines", pipelines, "--json"]).stdout);
    expect(json.rows[0].layers[0].steps[1].again).toEqual({
      ...{ read: { loud: false }, answer: { drop: "quiet" }, same: true, note: null },
    });
  });
});

describe("trace, of a pipeline's run", () => {
  it("goes through the layers to the source row", async () => {
    const { rows, same, run } = await trace(KEY(17), { run: two });
    const line = readFileSync(source, "utf8").split("\n")[17];
    expect([same, run, rows[0]!.path, rows[0]!.source]).toEqual([true, two, source, line]);
    expect((await trace(KEY(57), { run: one })).rows[0]!.source).toBe('{"messages": [1,}');
  });
});
