/** `corpuslab diff` as a user runs it, and its report. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { makeRun } from "../fixtures/make-run";
import { cli, ROOT, temporaryFolder } from "../run/run-cli";
import { makeStep } from "./made-steps";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const run = join(folder, "run");
const HOSTILE = "<img src=x onerror=alert(1)>\u202e\u001b[31m";

beforeAll(async () => {
  await makeRun(run, { rows: 60 });
  const reads = { stats_approx_tokens: "number", text: "string" };
  await makeStep(pipelines, {
    ...{ name: "keep_short", reads, params: { limit: 3000 } },
    body: "return row.stats_approx_tokens < limit;",
  });
  await makeStep(pipelines, {
    ...{ name: "keep_short", reads, params: { limit: 3000 } },
    body: `if (row.stats_approx_tokens === 5000) throw new Error(${JSON.stringify(HOSTILE)});
      return row.stats_approx_tokens < limit - 1000 || { drop: ${JSON.stringify(HOSTILE)} };`,
  });
});

const diff = (...args: string[]) =>
  cli(["diff", "keep_short@1", "keep_short@2", "--on", run, "--pipelines", pipelines, ...args]);

describe("corpuslab diff", () => {
  it("prints the difference, writes the report, and exits with 0 whether or not rows moved", () => {
    const report = join(folder, "deep", "report.html");
    const moved = diff("--out", report);
    expect([moved.code, moved.stdout.includes("11 of 60 rows moved (18.3%)")]).toEqual([0, true]);
    expect(moved.stderr).toContain("report: ");
    expect(moved.stdout).not.toMatch(/[\u202e\u001b]/);
    const page = readFileSync(report, "utf8");
    expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(page).not.toContain("<img");
    expect(page).not.toMatch(/<script|https?:|[\u202e\u001b]/);
    expect(page).toContain(`made by <code>corpuslab diff keep_short@1 keep_short@2 --on ${run}`);
    const same = cli([
      ...["diff", "keep_short@1", "keep_short@1", "--on", run, "--pipelines", pipelines, "--out", report],
    ]);
    expect([same.code, same.stdout.includes("no row of 60 moved")]).toEqual([0, true]);
  });

  it("prints JSON, and compares one version with other parameters", () => {
    const rows = join(folder, "moved.parquet");
    const { code, stdout } = cli([
      ...["diff", "keep_short@1", "keep_short@1", "--new-params", '{"limit": 1000}', "--on", run],
      ...["--pipelines", pipelines, "--json", "--out", join(folder, "r.html"), "--moved", rows],
    ]);
    expect([code, existsSync(rows)]).toEqual([0, true]);
    const data = JSON.parse(stdout);
    expect(data.new.params).toEqual({ limit: 1000 });
    expect(data.directions[0]).toMatchObject({
      id: "kept_to_dropped",
      rows: 20,
      because: { parameters: 20 },
    });
  });

  it("finds steps in the workspace, and puts the report into its reports", () => {
    writeFileSync(join(folder, "corpuslab.json"), '{ "workspace": 1 }\n');
    const bin = join(ROOT, "kernel-lib", "bin", "corpuslab.js");
    const made = spawnSync(process.execPath, [bin, "diff", "keep_short@1", "keep_short@2", "--on", "run"], {
      ...{ cwd: folder, encoding: "utf8" },
    });
    expect([
      made.status,
      made.stderr.includes("report: reports/diff/keep_short@1-keep_short@2.html"),
    ]).toEqual([0, true]);
    expect(readFileSync(join(folder, "reports", "diff", "keep_short@1-keep_short@2.html"), "utf8")).toContain(
      "made by <code>corpuslab diff keep_short@1 keep_short@2 --on run</code>",
    );
  });

  it("says what is wrong with its arguments", () => {
    expect(diff("--new-params", "3")).toMatchObject({ code: 2 });
    const missing = cli(["diff", "keep_shrt@1", "keep_short@2", "--on", run, "--pipelines", pipelines]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("did you mean keep_short?")]);
  });
});
