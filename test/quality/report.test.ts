import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FLAGS } from "../../kernel-lib/flag";
import { quality, qualityReport } from "../../kernel-lib/quality/report";
import { RULES } from "../../kernel-lib/quality/verdicts";
import { flag } from "../../kernel-lib/run/flag";
import { flagRun } from "../../kernel-lib/run/flag-run";
import { open } from "../../kernel-lib/table/open";
import { writeHostileRows } from "../fixtures/hostile-rows";
import { cli, temporaryFolder } from "../run/run-cli";
import { makeVersion } from "../steps/make-version";

const folder = temporaryFolder();
const run = join(folder, "run");

beforeAll(() => {
  writeHostileRows(join(folder, "hostile"));
  expect(cli(["normalize", join(folder, "hostile"), "--out", run, "--specials", "escape"]).code).toBe(0);
  expect(cli(["flag", run]).code).toBe(0);
});

describe("quality report", () => {
  it("knows the columns of every flag that it speaks of", () => {
    const written = new Map([...FLAGS.values()].map((step) => [step.name, Object.keys(step.writes.shape)]));
    const inputs = ["stats_char_len", "stats_approx_tokens"];
    for (const { flag, columns, measure } of RULES) {
      const params = Object.keys(FLAGS.get(flag)!.params.parse({}) as object);
      if (typeof measure?.threshold === "string") expect(params).toContain(measure.threshold);
      expect(columns.filter((name) => !written.get(flag)!.includes(name) && !inputs.includes(name))).toEqual(
        [],
      );
    }
  });

  it("counts what each verdict catches and shows the rows nearest to its threshold", async () => {
    const table = await open(run);
    const { path, rows, verdicts } = await quality.report(table, {
      out: join(folder, "reports"),
      slug: "hostile",
    });
    expect(path).toBe(join(folder, "reports", "hostile", "quality.html"));
    expect(rows).toBe(await table.count());
    const short = verdicts.find(({ caught }) => caught === "completion_too_short")!;
    expect(short.rows).toBe(await table.filter("completion_too_short").count());
    const page = readFileSync(path, "utf8");
    const nearest = await table
      .sql(
        "select row_key from this where too_few_tokens order by abs(completion_tokens - 150), md5(row_key), row_key limit 5",
      )
      .toArray();
    expect(nearest.length).toBe(5);
    const section = page.slice(
      page.indexOf("tokens: too_few_tokens"),
      page.indexOf("tokens: too_many_tokens"),
    );
    for (const { row_key } of nearest) expect(section).toContain(`#${String(row_key).split("#")[1]} ·`);
  });

  it("holds rows against the parameters of the run and of the cell, not against the defaults", async () => {
    const own = join(folder, "own-parameters");
    expect(cli(["normalize", "demo", "--out", own, "--limit", "60"]).code).toBe(0);
    await flagRun(own, { flags: [{ flag: "tokens", params: { min: 40, max: 90 } }], workers: 1 });
    const table = await flag(await open(own), { flag: "tokens", params: { min: 60 } });
    const {
      path,
      verdicts,
      diversity: varied,
    } = await quality.report(table, { out: join(folder, "own-reports") });
    const found = verdicts
      .filter(({ flag: name }) => name === "tokens")
      .map(({ caught, threshold }) => [caught, threshold]);
    expect(found).toEqual([
      ["too_few_tokens", 40],
      ["tokens_too_few_tokens", 60],
      ["too_many_tokens", 90],
      ["tokens_too_many_tokens", 2048],
      ["row_too_long", 8192],
      ["tokens_row_too_long", 8192],
    ]);
    const near = await table
      .sql(
        "select row_key from this where not too_few_tokens order by abs(completion_tokens - 40), md5(row_key), row_key limit 5",
      )
      .toArray();
    const page = readFileSync(path, "utf8");
    expect(page).toContain("Spared, nearest to completion_tokens = 40");
    const section = page.slice(
      page.indexOf("tokens: too_few_tokens"),
      page.indexOf("tokens: tokens_too_few_tokens"),
    );
    for (const { row_key } of near) expect(section).toContain(`#${String(row_key).split("#")[1]} ·`);
    expect(varied.map(({ dataset, split, rows }) => [dataset, split, rows])).toEqual(
      (
        await table.sql("select dataset, split, count(*) as n from this group by all order by all").toArray()
      ).map(Object.values),
    );
  });

  it("shows a flag of one's own: booleans and lists as verdicts, numbers as measures, and where it threw", async () => {
    const object = (properties: Record<string, Record<string, unknown>>) => ({
      type: "object" as const,
      properties,
    });
    const pipelines = join(folder, "pipelines");
    makeVersion(pipelines, "digits", {
      kind: "flag",
      reads: object({ source_row: { type: "number" } }),
      writes: object({
        digits: { type: "integer" },
        numeric: { type: "boolean" },
        why: { type: "array", items: { type: "string" } },
      }),
      params: object({ least: { type: "number" } }),
      values: { least: 3 },
      files: {
        "step.js":
          "var __step = { bind: ({ least }) => ({ source_row }) => { if (source_row === 5) throw new Error('five');" +
          "return { digits: source_row, numeric: source_row >= least, why: source_row % 2 ? ['odd'] : [] }; } };",
      },
    });
    const table = await flag(
      (await open(run)).select(["row_key", "messages", "text", "source_row"]),
      "digits@1",
      { pipelines },
    );
    const measure = { sql: "digits", threshold: "least" };
    const { path, verdicts } = await quality.report(table, {
      out: join(folder, "own-reports"),
      slug: "digits",
      verdicts: [{ flag: "digits", caught: "digits >= 3", measure }],
    });
    const count = async (condition: string) => await table.filter(condition).count();
    expect(verdicts.map(({ caught, rows, threshold }) => [caught, rows, threshold])).toEqual([
      ["numeric", await count("numeric"), null],
      ["why", await count("source_row % 2 = 1 and source_row <> 5"), null],
      ["threw (digits_error)", await count("source_row = 5"), null],
      ["digits >= 3", await count("numeric"), 3],
    ]);
    const page = readFileSync(path, "utf8");
    expect(page).toContain("A measure: nothing is caught by it.");
    expect(page).toContain("Caught, nearest to digits = 3");
    await expect(
      quality.report(table, {
        verdicts: [{ flag: "digits", caught: "numeric", measure: { ...measure, threshold: "most" } }],
      }),
    ).rejects.toThrow('the threshold of digits: got "most"');
  });

  it("lets no text of the dataset become markup, and is the same each time", async () => {
    const table = await open(run);
    const once = readFileSync((await qualityReport(table, { out: join(folder, "a") })).path, "utf8");
    const again = readFileSync((await qualityReport(table, { out: join(folder, "b") })).path, "utf8");
    expect(again).toBe(once);
    expect(once).not.toMatch(/<[^>]*data-hostile|<script|<iframe|<img|onerror=[^&]*>|[\u202e\u0007\u001b]/);
    expect(once).toContain("default-src 'none'");
  });

  it("asks for flags where there are none", async () => {
    await expect(quality.report((await open(run)).select(["row_key", "text"]))).rejects.toThrow(
      "corpuslab flag",
    );
  });
});
