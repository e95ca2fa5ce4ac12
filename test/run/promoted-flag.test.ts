/** A user's own flag, promoted: the same sidecars as a built-in one, and its errors told row by row. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { flag } from "../../kernel-lib/run/flag";
import { flagRun } from "../../kernel-lib/run/flag-run";
import { open } from "../../kernel-lib/table/open";
import { makeVersion } from "../steps/make-version";
import { cli, hashes, readJson, temporaryFolder } from "./run-cli";

const folder = temporaryFolder();
const run = join(folder, "run");
const pipelines = join(folder, "pipelines");
const at = ["--pipelines", pipelines];

const object = (properties: Record<string, Record<string, unknown>>) => ({
  type: "object" as const,
  properties,
});
const MANIFEST = {
  kind: "flag" as const,
  reads: object({ text: { type: "string" }, messages: { type: "array" }, too_short: { type: "boolean" } }),
  writes: object({
    digits: { type: "integer" },
    digit_share: { type: ["number", "null"] },
    numeric: { type: "boolean" },
  }),
  params: object({ least: { type: "number" } }),
  values: { least: 0.1 },
};
/** Counts digits of the answer; throws on rows that say 13, and quotes them. */
const STEP = `var __step = { bind: ({ least }) => (row) => {
  const said = row.messages[row.messages.length - 1].content;
  if (said.includes("number 13 ")) throw new Error("unlucky: " + row.text);
  const digits = said.replace(/\\D/g, "").length;
  return { digits, digit_share: said === "" ? null : digits / said.length, numeric: !row.too_short && digits / said.length >= least };
} };`;

beforeAll(() => {
  const source = join(folder, "rows.jsonl");
  const rows = Array.from({ length: 90 }, (_, i) => ({
    uuid: `u${i}`,
    messages: [
      { role: "user", content: `Say something about the number ${i} in one sentence.` },
      { role: "assistant", content: `The number ${i} follows ${i - 1} and is followed by ${i + 1}.` },
    ],
  }));
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  expect(cli(["normalize", source, "--out", run, "--rows-per-shard", "40", "--workers", "1"]).code).toBe(0);
  makeVersion(pipelines, "digits", { ...MANIFEST, files: { "step.js": STEP } });
  makeVersion(pipelines, "digits", { ...MANIFEST, files: { "step.js": STEP } });
});

describe("a promoted flag", () => {
  it("writes a sidecar like a built-in one, and says on which rows it threw", async () => {
    const { code, stdout } = cli(["flag", run, "--flags", "digits@2,structure", ...at]);
    expect(code).toBe(1);
    expect(stdout).toContain("flags/digits.v2: digits, digit_share, numeric, digits_error");
    expect(stdout).toContain("digits@2 threw on 1 of 90 rows");
    expect(stdout).toContain("unlucky: …");
    const table = await open(run);
    const said =
      "select row_key, digits, digit_share, numeric, digits_error, turns from this order by source_row";
    const rows = await table.sql(said).toArray();
    expect(rows.length).toBe(90);
    expect(rows[21]).toMatchObject({ digits: 6, numeric: true, digits_error: null, turns: 1 });
    expect(rows[13]).toMatchObject({ digits: null, digit_share: null, numeric: null });
    expect(rows.flatMap(({ digits_error }, i) => (digits_error === null ? [] : [i]))).toEqual([13]);
    const facts = readJson<Record<string, unknown>>(run, "flags/digits.v2/flag.json");
    expect(facts).toMatchObject({ flag: "digits", version: 2, params: { least: 0.1 }, errors: { rows: 1 } });
    expect(readFileSync(join(run, "view.sql"), "utf8")).toContain("flags/digits.v2/**");
  });

  it("is the same bytes with other workers, and whether alone or with others", async () => {
    const bytes = (out: string) =>
      Object.fromEntries(Object.entries(hashes(out)).filter(([name]) => /digits\.v2.*parquet/.test(name)));
    const again = join(folder, "again");
    await flagRun(run, { flags: ["digits@2"], pipelines, out: again, workers: 1 });
    expect(bytes(again)).toEqual(bytes(run));
    expect(Object.keys(bytes(run)).length).toBe(3);
  });

  it("gives the same values in a cell, by name, by what promote answers, and with other parameters", async () => {
    const table = await open(run);
    const place = { ref: "digits@1", folder: join(pipelines, "digits", "v1") };
    const said = "select row_key, digits_digits as digits, digits_error from this order by row_key";
    const some = table.filter("source_row % 3 = 1");
    const flagged = await (await flag(some, ["repetition", place], {}))
      .sql(said.replace("digits_error", "digits_digits_error as digits_error"))
      .toArray();
    expect(flagged).toEqual(await some.sql(said.replace("digits_digits", "digits")).toArray());
    const strict = await flag(some, { flag: "digits@2", params: { least: 0.9 } }, { pipelines });
    expect(await strict.filter("digits_numeric").count()).toBe(0);
    expect(await strict.filter("numeric").count()).toBeGreaterThan(5);
  });

  it.each([
    ["digits", "but there is a promoted step of that name: digits@2"],
    ["digits@3", "no such version, expected 1 to 2"],
    ["digit@1", "did you mean digits?"],
    ["length@1", "has the name of a built-in flag"],
    ["keeps@1", "is a filter, expected a flag"],
    ["columnless@1", /reads the column completion_chars.*corpuslab flag <run> --flags form first/],
    ["slow@1", "no answer within 0.2 s"],
    ["wrong@1", 'returned digits = "many"'],
  ])("%s: %s", async (name, words) => {
    const code = (text: string) => ({ "step.js": `var __step = { bind: () => (row) => (${text}) };` });
    const [step] = name.split("@") as [string];
    if (step === "length") makeVersion(pipelines, step, { ...MANIFEST });
    if (step === "keeps") makeVersion(pipelines, step);
    if (step === "columnless")
      makeVersion(pipelines, step, { ...MANIFEST, reads: object({ completion_chars: { type: "number" } }) });
    if (step === "slow")
      makeVersion(pipelines, step, { ...MANIFEST, files: code("(() => { for (;;); })()") });
    if (step === "wrong")
      makeVersion(pipelines, step, {
        ...MANIFEST,
        files: code("{ digits: 'many', digit_share: 1, numeric: true }"),
      });
    const options = { flags: [name], pipelines, out: join(folder, "refused"), taskTimeout: 0.2, workers: 1 };
    await expect(flagRun(run, options)).rejects.toThrow(words);
  });

  it("is refused when a byte of it changed, and when it throws on too many rows", async () => {
    await expect(
      flagRun(run, { flags: ["digits@1"], pipelines, out: join(folder, "few"), maxErrors: 0 }),
    ).rejects.toThrow("more than the 0 that --max-errors allows; the first: row ");
    appendFileSync(join(pipelines, "digits", "v1", "step.js"), " ");
    await expect(flag(await open(run), "digits@1", { pipelines })).rejects.toThrow(
      "changed after it was written",
    );
  });
});
