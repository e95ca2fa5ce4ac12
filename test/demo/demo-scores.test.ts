import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { generateDemoScores } from "../../kernel-lib/demo/demo-scores";
import { InputError } from "../../kernel-lib/errors";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const run = join(folder, "run [1]");
const path = join(folder, "scores", "demo.parquet");
beforeAll(async () => {
  await makeRun(run, { rows: 2000 });
});

describe("generateDemoScores", () => {
  it("writes one score for each id, the same bytes each time", async () => {
    const made = await generateDemoScores(run, path);
    const bytes = () => createHash("sha256").update(readFileSync(path)).digest("hex");
    const before = bytes();
    expect(await generateDemoScores({ out: run }, path)).toEqual(made);
    expect(bytes()).toBe(before);
    expect(made.rows).toBe(2000);
    const scores = await open(path);
    expect((await scores.schema).map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id VARCHAR",
      "model VARCHAR",
      "template VARCHAR",
      "loss_mode VARCHAR",
      "include_stop BOOLEAN",
      "max_length BIGINT",
      "truncated BOOLEAN",
      "nll_sum DOUBLE",
      "nll_mean DOUBLE",
      "ppl DOUBLE",
      "completion_token_count BIGINT",
      "reason VARCHAR",
    ]);
    const [facts] = await scores
      .sql(`select list(distinct model) as models, count(*) filter (nll_mean is null) as unscored,
        count(*) filter ((nll_mean is null) <> (reason is not null)) as unexplained,
        count(*) filter (abs(nll_sum - nll_mean * completion_token_count) > 1e-6 or abs(ppl - exp(nll_mean)) > 1e-6) as wrong,
        min(nll_mean) > 0 as positive, count(*) filter (isnan(nll_mean)) as nans from this`)
      .toArray();
    expect(facts).toEqual({
      ...{
        models: ["demo-invented"],
        unscored: made.unscored,
        unexplained: 0,
        wrong: 0,
        positive: true,
        nans: 0,
      },
    });
    expect(made.unscored).toBeGreaterThan(333); // the empty completions, and some that have no score for another reason
  });

  it("joins every row, and domains differ", async () => {
    const scored = await (await open(run)).attach(path, { on: ["id", "template", "loss_mode"] });
    expect(scored.attachReport).toMatchObject({
      matched: 2000,
      unmatched: 0,
      unmatchedOther: 0,
      doubleKeys: 0,
    });
    const medians = await scored
      .sql("select meta_domain, median(nll_mean) as m from this group by all order by m desc")
      .toArray();
    expect(medians.map(({ meta_domain }) => meta_domain)).toEqual(["math", "agentic"]);
  });

  it("wants a run", async () => {
    await expect(generateDemoScores(folder, path)).rejects.toThrow(InputError);
  });
});
