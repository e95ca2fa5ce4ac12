import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FLAGS } from "../../kernel-lib/flag";
import { quality, qualityReport } from "../../kernel-lib/quality/report";
import { VERDICTS } from "../../kernel-lib/quality/verdicts";
import { open } from "../../kernel-lib/table/open";
import { writeHostileRows } from "../fixtures/hostile-rows";
import { cli, temporaryFolder } from "../run/run-cli";

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
    for (const { flag, columns } of VERDICTS) {
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
