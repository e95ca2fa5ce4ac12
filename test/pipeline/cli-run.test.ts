/** `corpuslab run` as a user meets it. */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { cli, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const input = join(folder, "base");

beforeAll(async () => {
  await makeRun(input, { rows: 400 });
  await writeStep(pipelines, "keep_short", "(row) => row.stats_approx_tokens < limit", {
    reads: { stats_approx_tokens: "number" },
    values: { limit: 10_000 },
  });
  await writeStep(pipelines, "lost", "(row) => row.stats_aprox_tokens < 3", {
    reads: { stats_aprox_tokens: "number" },
  });
  writePipeline(pipelines, "clean", ["keep_short@1"]);
  writePipeline(pipelines, "lost_column", ["lost@1"]);
});

describe("corpuslab run", () => {
  it("runs a pipeline file and says where the rows went", () => {
    const out = join(folder, "clean");
    const { code, stdout } = cli(["run", join(pipelines, "clean.json"), "--input", input, "--out", out]);
    expect(stdout).toContain("total: 400 rows in, 100 kept; the ledger balances");
    expect(stdout).toContain("(keep_short@1): 200 in, 100 kept, refused: keep_short 100");
    expect(code).toBe(0);
  });

  it("names a column that is not there, before any row is read", () => {
    const out = join(folder, "lost");
    const { code, stderr } = cli([
      "run",
      join(pipelines, "lost_column.json"),
      "--input",
      input,
      "--out",
      out,
    ]);
    expect(stderr).toContain("step lost@1: reads the column stats_aprox_tokens");
    expect(stderr).toContain("did you mean stats_approx_tokens?");
    expect(code).toBe(1);
  });
});
