/** Flags over a run and over a table: same rows, same order, same bytes, nothing dropped. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FLAGS } from "../../kernel-lib/flag";
import { flag } from "../../kernel-lib/run/flag";
import { flagRun } from "../../kernel-lib/run/flag-run";
import { sidecarOf } from "../../kernel-lib/step";
import { open } from "../../kernel-lib/table/open";
import { cli, hashes, temporaryFolder } from "./run-cli";

const folder = temporaryFolder();
const run = join(folder, "run");
const ALONE = ["repetition", "structure"];
const LOOP = `Counting: ${"and one more ".repeat(40)}`;

/** Every tenth row loops, every fourth has no messages of its own language. */
const ROWS = Array.from({ length: 120 }, (_, i) => ({
  uuid: `u${i}`,
  messages: [
    { role: "user", content: `Please say something about the number ${i} in one sentence.` },
    {
      role: "assistant",
      content: i % 10 === 3 ? LOOP : `The number ${i} follows ${i - 1} and is followed by ${i + 1}.`,
    },
  ],
}));

beforeAll(() => {
  const source = join(folder, "rows.jsonl");
  writeFileSync(source, ROWS.map((row) => `${JSON.stringify(row)}\n`).join(""));
  expect(cli(["normalize", source, "--out", run, "--rows-per-shard", "50", "--workers", "1"])).toMatchObject({
    code: 0,
  });
});

function flagHashes(out: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(hashes(out)).filter(([name]) => name.endsWith(".parquet") && name.startsWith("flags/")),
  );
}

describe("flags of a run", () => {
  it("are length alone after normalize", () => {
    const folders = new Set(Object.keys(flagHashes(run)).map((name) => name.split("/")[1]));
    expect([...folders].sort()).toEqual(["exact_duplicate.v1", "length.v1"]);
  });

  it("stand beside the rows after `corpuslab flag`, and open shows them", async () => {
    const { code, stdout } = cli(["flag", run, "--workers", "2"]);
    expect(code).toBe(0);
    expect(stdout).toContain("120 rows flagged, nothing dropped");
    const table = await open(run);
    expect(await table.count()).toBe(120);
    const found = await table.filter("repetitive").sql("select source_row from this order by all").toArray();
    expect(found.map(({ source_row }) => source_row)).toEqual(
      ROWS.flatMap((_, i) => (i % 10 === 3 ? [i] : [])),
    );
    const columns = new Set((await table.schema).map(({ name }) => name));
    for (const step of FLAGS.values()) {
      for (const name of Object.keys(step.writes.shape)) expect(columns.has(name)).toBe(true);
    }
  });

  it("are the same bytes with one worker, one flag at a time, and after a shard was lost", async () => {
    const wanted = flagHashes(run);
    const [alone, again] = [join(folder, "alone"), join(folder, "again")];
    for (const name of ALONE) await flagRun(run, { flags: [name], out: alone, workers: 1 });
    await flagRun(run, { out: again, workers: 1 });
    rmSync(join(again, sidecarOf(FLAGS.get("form")!), "train", "part-00001.parquet"), { force: true });
    await flagRun(run, { out: again, workers: 1 });
    const own = Object.fromEntries(
      Object.entries(wanted).filter(([name]) => !name.includes("exact_duplicate")),
    );
    const some = Object.entries(own).filter(([name]) => ALONE.some((flag) => name.includes(`/${flag}.`)));
    expect(flagHashes(alone)).toEqual(Object.fromEntries(some));
    expect(flagHashes(again)).toEqual(own);
  });

  it("survive a resumed normalize", async () => {
    const before = flagHashes(run);
    const source = join(folder, "rows.jsonl");
    expect(
      cli(["normalize", source, "--out", run, "--rows-per-shard", "50", "--workers", "1", "--resume"]).code,
    ).toBe(0);
    expect(flagHashes(run)).toEqual(before);
  });

  it.each([
    [["flag", join(folder, "nowhere")], "nowhere"],
    [["flag", "RUN", "--flags", "repetitions"], "did you mean repetition?"],
  ])("say what is wrong: %j", (args, words) => {
    const { code, stderr } = cli(args.map((arg) => (arg === "RUN" ? run : arg)));
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\bat .*\.js:/);
  });
});

describe("flag(table)", () => {
  it("adds the columns to a selection, as the sidecars have them", async () => {
    const all = await open(run);
    const some = all.filter("source_row % 7 = 3").select(["row_key", "messages", "text", "source_row"]);
    const flagged = await flag(some, ["repetition", "diversity"]);
    const pick =
      "select row_key, loop_chars, repetition_reasons, word_entropy_bits from this order by row_key";
    expect(await flagged.sql(pick).toArray()).toEqual(
      await all.filter("source_row % 7 = 3").sql(pick).toArray(),
    );
    expect(await flagged.count()).toBe(17);
  });

  it("takes parameters, and gives columns that are there a name of their own", async () => {
    const flagged = await flag(await open(run), { flag: "form", params: { minChars: 100 } });
    const [row] = await flagged
      .sql(
        "select count(*) filter (completion_too_short) as old, count(*) filter (form_completion_too_short) as new from this",
      )
      .toArray();
    expect(row).toEqual({ old: 0, new: 108 });
  });

  it.each([
    ["nothing", "unknown flag"],
    [{ flag: "form", params: { minChars: "x" } }, "parameter minChars"],
    [
      { flag: "form", params: { minCharacters: 3 } },
      "has no parameter minCharacters, it has minChars, maxChars",
    ],
  ])("refuses %j", async (choice, words) => {
    await expect(flag(await open(run), choice)).rejects.toThrow(words);
  });

  it("asks for canonical rows where there are none", async () => {
    await expect(flag(await open(join(folder, "rows.jsonl")), "form")).rejects.toThrow("normalize(…) first");
  });
});
