/** OpenLineage events of a pipeline's run: which columns follow from which, and where the rows went. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { ensureTestVenv } from "../../scripts/test-venv.mjs";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { ROOT, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const [input, out] = [join(folder, "base"), join(folder, "out")];
const { python } = ensureTestVenv();

beforeAll(async () => {
  await makeRun(input, { rows: 200 });
  await writeStep(pipelines, "shout", "(row) => ({ shouts: row.text.includes('7') })", {
    ...{ kind: "flag", reads: { text: "string" }, writes: { shouts: "boolean" } },
  });
  await writeStep(pipelines, "quiet", "(row) => !row.shouts && row.stats_approx_tokens < most", {
    ...{ reads: { shouts: "boolean", stats_approx_tokens: "integer" }, values: { most: 10_000 } },
  });
  await writeStep(
    pipelines,
    "throws",
    "(row) => { if (row.stats_approx_tokens === 0) throw 0; return true; }",
    {
      reads: { stats_approx_tokens: "integer" },
    },
  );
  writePipeline(pipelines, "clean", ["shout@1", "quiet@1", "throws@1"]);
});

it("says what the run read, wrote and dropped, column by column", async () => {
  const { ledger } = await runPipeline(join(pipelines, "clean.json"), { input, out, workers: 1 });
  const text = readFileSync(join(out, "openlineage.jsonl"), "utf8");
  const [start, end] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect([start.eventType, end.eventType, end.job.name]).toEqual(["START", "COMPLETE", "pipeline clean"]);
  expect(end.inputs).toMatchObject([
    { namespace: "file", name: input, inputFacets: { inputStatistics: { rowCount: 200 } } },
  ]);
  expect(end.outputs.map(({ name }: { name: string }) => name)).toEqual([out, join(out, "quarantine")]);
  const { facets, outputFacets } = end.outputs[0];
  expect(outputFacets.outputStatistics.rowCount).toBe(ledger.totals.rows_out);
  expect(facets.schema.fields.at(-1)).toEqual({
    name: "shouts",
    type: "BOOLEAN",
    ordinal_position: expect.any(Number),
  });
  const { fields, dataset } = facets.columnLineage;
  const field = (one: { field: string; transformations: { description: string }[] }) => [
    one.field,
    one.transformations[0]!.description,
  ];
  expect(fields.shouts.inputFields.map(field)).toEqual([["text", "shout@1"]]);
  expect(dataset.map(field)).toEqual([
    ["text", "quiet@1"],
    ["stats_approx_tokens", "quiet@1"],
    ["stats_approx_tokens", "throws@1"],
  ]);
  expect(end.outputs[1].outputFacets.outputStatistics).toMatchObject({ rowCount: 1, fileCount: 1 });
  expect(end.run.facets.corpuslab_ledger.stages.map((one: { stage: string }) => one.stage)).toEqual([
    ...["shout@1", "quiet@1", "throws@1"],
  ]);
  expect(end.job.facets.sourceCode.sourceCode).toContain("// quiet@1\n");
  expect(end.run.facets.executionParameters.parameters).toContainEqual({
    ...{ key: "quiet@1", value: '{"most":10000}' },
  });
  if (python === null) return;
  const script = join(ROOT, "test", "python", "openlineage_validate.py");
  const checked = spawnSync(python, [script], { input: text, encoding: "utf8" });
  expect([checked.status, checked.stderr]).toEqual([0, ""]);
});
