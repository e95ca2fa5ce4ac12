/** `why` and `trace` over a run that the main job made of generated rows: kept, refused, quarantined, repeated. */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { trace } from "../../kernel-lib/lineage/trace";
import { why } from "../../kernel-lib/lineage/why";
import { normalize } from "../../kernel-lib/run/normalize";
import { openRun, type Run } from "../../kernel-lib/run/run";
import { buildPools } from "../../kernel-lib/select/pools";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { makeRun } from "../fixtures/make-run";
import { writeRows } from "../run/make-rows";
import { cli, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const source = join(folder, "rows.jsonl");
const KEY = (i: number) => `rows@local/rows.jsonl#${i}`;
const html = (answer: object) =>
  (answer as Record<symbol, () => Record<string, string>>)[Symbol.for("corpuslab.display")]!()["text/html"]!;

let run: Run;
beforeAll(async () => {
  writeRows(source, 450);
  const ref = await resolveSource(source);
  run = await normalize(ref, {
    out: join(folder, "run"),
    workers: 1,
    rowsPerShard: 100,
    dropEmptyCompletion: true,
  });
  await buildPools([run.out], {
    out: join(run.out, "pools"),
    pools: { longer: "stats_char_len > 60 and meta_domain = 'math'" },
  });
});

describe("why", () => {
  it("says that a row is in, where, and which conditions keep it out of pools", async () => {
    const [row] = (await (await run.rows()).filter(`row_key = '${KEY(120)}'`).toArray()) as Record<
      string,
      unknown
    >[];
    const answer = await why(row!);
    expect(answer.because).toBe("the run that the row was read from");
    expect(answer.rows[0]!.found).toMatchObject({
      ...{
        rowKey: KEY(120),
        id: "u-120",
        refusal: null,
        file: "rows/train/part-00001.parquet",
        position: 19,
      },
    });
    const verdicts = Object.fromEntries(answer.rows[0]!.pools!.verdicts.map((one) => [one.pool, one]));
    expect(verdicts.missing_correctness_meta).toMatchObject({ holds: true, satisfies: true, failed: [] });
    expect(verdicts.longer).toMatchObject({
      holds: false,
      failed: [{ condition: "meta_domain = 'math'", values: { meta_domain: row!.meta_domain } }],
    });
    expect(verdicts.high_correctness!.failed).toEqual([
      { condition: "meta_correctness >= 0.875", values: { meta_correctness: null } },
    ]);
    expect(answer.toString()).toMatch(/^IN: rows@local\/rows\.jsonl#120 is a row of the run\n/);
    expect(answer.toString()).toContain(
      "high_correctness: meta_correctness is null, wanted meta_correctness >= 0.875",
    );
    expect(await why("u-120").then((one) => one.rows)).toEqual(answer.rows);
    expect(await why(row!.text_id as string, { run }).then((one) => one.rows[0]!.found.rowKey)).toBe(
      KEY(120),
    );
  });

  it("says at which stage, by which version and why a row was refused", async () => {
    const empty = await why(KEY(3), { run });
    expect(empty.rows[0]!.found.refusal).toEqual({
      ...{ stage: "normalize", reason: "empty_completion" },
      detail: "the final assistant message has fewer than 1 characters",
    });
    expect(empty.rows[0]!.decisions).toEqual([
      expect.objectContaining({
        stage: "normalize",
        version: "1",
        action: "reject",
        reason: "empty_completion",
      }),
    ]);
    expect(empty.rows[0]!.pools).toBeNull();
    expect((await why(KEY(5), { run })).toString()).toContain("normalize v1 refused it: special_in_body");
  });

  it("tells every row that shares an id, and the cluster of their text", async () => {
    const { rows } = await why("u-1", { run });
    const keys = rows.map(({ found }) => found.rowKey);
    expect(keys.length).toBeGreaterThan(1);
    expect(keys).toContain(KEY(1));
    const clusters = rows.map(({ duplicates }) => duplicates!);
    expect(new Set(clusters.map(({ kept }) => kept)).size).toBe(1);
    expect(clusters.filter(({ isKept }) => isKept)).toHaveLength(1);
    expect([...clusters[0]!.members, clusters[0]!.kept].sort()).toEqual([...keys].sort());
    const marked = rows.find(({ duplicates }) => !duplicates!.isKept)!;
    expect(marked.decisions).toEqual([
      expect.objectContaining({
        stage: "exact_duplicate",
        action: "mark",
        evidence: `same text as ${clusters[0]!.kept}`,
      }),
    ]);
  });

  it("tells refused duplicates of a run with dedup as the same cluster", async () => {
    const out = join(folder, "dedup");
    const dedup = await normalize(await resolveSource(source), { out, workers: 1, dedup: true });
    const { rows } = await why("u-1", { run: dedup });
    expect(rows.filter(({ found }) => found.refusal?.stage === "exact_duplicate").length).toBe(
      rows.length - 1,
    );
    expect(new Set(rows.map(({ duplicates }) => duplicates!.kept)).size).toBe(1);
    expect(new Set(rows.map(({ duplicates }) => duplicates!.duplicates))).toEqual(new Set([rows.length - 1]));
  });

  it("finds a quarantined row by its key, with error, file, line and byte", async () => {
    const before = readFileSync(source, "utf8").split("\n").slice(0, 57).join("\n").length + 1;
    const { quarantined } = await why(KEY(57), { run });
    expect(quarantined).toMatchObject({ reason: "not_json", file: "rows.jsonl", row: 57, offset: before });
    expect(quarantined!.beginning).toBe('{"messages": [1,}');
    const text = (await why(KEY(57), { run })).toString();
    expect(text).toMatch(/^OUT: rows@local\/rows\.jsonl#57 could not be read \(not_json\)/);
    expect(text).toContain(`rows.jsonl line 58, byte ${before.toLocaleString("en-US")} of the unpacked file`);
    expect((await why(KEY(7), { run })).quarantined).toMatchObject({ reason: "blank", row: 7 });
  });

  it("asks the run opened last for a key, and says that it did", async () => {
    openRun(run.out);
    expect((await why(KEY(120))).toString()).toMatch(/\n\nrun .*run \(the run opened last\)$/);
    const [row] = await (await run.rows()).head(1).toArray();
    await makeRun(join(folder, "later"), { rows: 10 });
    openRun(join(folder, "later"));
    expect((await why(row!)).run).toBe(run.out);
    await expect(why({ ...row! })).rejects.toThrow(/later.*The run holds acme/s);
    openRun(run.out);
  });

  it("says what was looked through when no row has the key", async () => {
    await expect(why("u-nobody", { run })).rejects.toThrow(
      /no row has the id or text_id "u-nobody" in .*\d+ kept and \d+ refused/,
    );
    await expect(why(KEY(9999), { run })).rejects.toThrow(/9 quarantined rows\. rows\.jsonl has no row 9999/);
    await expect(why("rowz@local/rows.jsonl#1", { run })).rejects.toThrow(/did you mean rows\?/);
    await expect(why("rows@local/rowz.jsonl#1", { run })).rejects.toThrow(
      /did not read the file rowz\.jsonl; did you mean rows\.jsonl\?/,
    );
    await expect(why({ text: "x" }, { run })).rejects.toThrow(/no row_key, id or text_id \(it has text\)/);
    await expect(why(KEY(1), { run: join(folder, "nowhere") })).rejects.toThrow(/holds no run/);
  });

  it("takes hostile keys as data", async () => {
    for (const key of ["'", "x' or '1'='1", "a@b/c'; drop--#1", "%", "\u0000", "<script>@local/x#0"]) {
      await expect(why(key, { run })).rejects.toThrow(/no row has the/);
    }
    const out = await makeRun(join(folder, "hostile"), { rows: 40 });
    await buildPools([out], { out: join(out, "pools") });
    const key = `acme/quo'te"d@0123456789abcdef0123456789abcdef01234567/data.jsonl#17`;
    const answer = await why(key, { run: out });
    expect(answer.rows[0]!.duplicates).toMatchObject({ kept: key.replace(/#17$/, "#16"), duplicates: 1 });
    expect(html(answer)).toContain("acme/quo&#39;te&quot;d@");
    const split = await why(key.replace(/#17$/, "#30"), { run: out });
    expect(html(split)).toContain("it&#39;s [a] split=1 &lt;b&gt;");
  });

  it("says when pools and rows disagree, and refuses to run a predicate that is none", async () => {
    const path = join(run.out, "pools", "pools.json");
    const written = readFileSync(path, "utf8");
    const manifest = JSON.parse(written);
    manifest.pools.find((one: { name: string }) => one.name === "missing_correctness_meta").predicate =
      "stats_char_len < 0";
    manifest.pools.find((one: { name: string }) => one.name === "longer").predicate =
      "(select count(*) from read_text('/etc/passwd')) > 0";
    writeFileSync(path, JSON.stringify(manifest));
    try {
      const { verdicts } = (await why(KEY(120), { run })).rows[0]!.pools!;
      expect(verdicts.find(({ pool }) => pool === "missing_correctness_meta")).toMatchObject({
        ...{ holds: true, satisfies: false, note: expect.stringContaining("build them again") },
      });
      expect(verdicts.find(({ pool }) => pool === "longer")).toMatchObject({
        ...{ satisfies: null, note: expect.stringContaining("a sub-query") },
      });
    } finally {
      writeFileSync(path, written);
    }
  });
});

describe("trace", () => {
  it("reads the source row again and proves that it is the same", async () => {
    const { rows } = await trace(KEY(250), { run });
    const text = readFileSync(source, "utf8").split("\n");
    expect(rows[0]).toMatchObject({
      ...{ path: source, row: 250, offset: text.slice(0, 250).join("\n").length + 1, source: text[250] },
      check: { same: true, says: expect.stringContaining("id computed again") },
    });
    expect(rows[0]!.columns!.note).toBe("62.5");
    const refused = await trace(KEY(5), { run });
    expect([refused.same, refused.rows[0]!.canonical!.refusal!.reason]).toEqual([true, "special_in_body"]);
    const quarantined = await trace(KEY(57), { run });
    expect([quarantined.same, quarantined.rows[0]!.source]).toEqual([true, '{"messages": [1,}']);
    expect(html(await trace(KEY(250), { run }))).toContain("source row");
  });

  it("says that the file changed, and that it is gone", async () => {
    const own = join(folder, "own.jsonl");
    writeFileSync(own, '{"prompt": "1+1?", "completion": "2"}\n{"prompt": "2+2?", "completion": "4"}\n');
    const made = await normalize(await resolveSource(own), { out: join(folder, "own"), workers: 1 });
    const key = "own@local/own.jsonl#1";
    expect((await trace(key, { run: made })).same).toBe(true);
    writeFileSync(own, '{"prompt": "1+1?", "completion": "2"}\n{"prompt": "2+2?", "completion": "5"}\n');
    expect((await trace(key, { run: made })).rows[0]!.check).toMatchObject({
      ...{ same: false, says: expect.stringMatching(/another row stands there now/) },
    });
    writeFileSync(own, '{"prompt": "1+1?", "completion": "2"}\n');
    expect((await trace(key, { run: made })).rows[0]!.check.says).toMatch(
      /no row 1 any more|changed since it was planned|; the file had/,
    );
    appendFileSync(own, "{broken\n");
    expect((await trace(key, { run: made })).same).toBe(false);
    renameSync(own, join(folder, "moved.jsonl"));
    const gone = await trace(key, { run: made });
    expect(gone.rows[0]).toMatchObject({
      path: null,
      check: { same: null, says: "the source is no longer there" },
    });
    expect(gone.toString()).toContain(`gone; it was sought at ${own}`);
  });
});

describe("the command line", () => {
  it("answers as text and JSON, and exits with 1 for what is not there", () => {
    const asked = cli(["why", KEY(3), "--run", run.out]);
    expect([asked.code, asked.stderr]).toEqual([0, ""]);
    expect(asked.stdout).toMatch(
      /^OUT: rows@local\/rows\.jsonl#3 was refused by normalize \(empty_completion\)/,
    );
    const json = JSON.parse(cli(["why", KEY(3), "--run", run.out, "--json"]).stdout);
    expect(json.rows[0].found.refusal.reason).toBe("empty_completion");
    expect(JSON.parse(cli(["trace", KEY(3), "--run", run.out, "--json"]).stdout).rows[0].check.same).toBe(
      true,
    );
    expect(cli(["why", "nobody", "--run", run.out])).toMatchObject({ code: 1, stdout: "" });
    expect(cli(["trace", "nobody", "--run", run.out]).code).toBe(1);
    expect(cli(["why", KEY(3)]).code).toBe(2);
  });
});
