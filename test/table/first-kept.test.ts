import { join } from "node:path";
import { expect, it } from "vitest";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
it("reads the first kept rows", async () => {
  const base = join(folder, "base");
  await makeRun(base, { rows: 900 });
  await writeStep(join(folder, "p"), "odd", "(row) => row.source_row % 3 === 0", {
    reads: { source_row: "integer" },
  });
  const run = await runPipeline(writePipeline(join(folder, "p"), "x", ["odd@1"]), {
    input: base,
    out: join(folder, "x"),
    partRows: 250,
  });
  for (const dropped of [false, true]) {
    const table = await open(run.out, { dropped });
    const all = await table.toArray();
    for (const n of [1, 20, 160, 290]) expect(await table.head(n).toArray()).toEqual(all.slice(0, n));
    expect(await table.filter("source_row % 2 = 0").head(20).toArray()).toEqual(
      all.filter((r) => Number(r.source_row) % 2 === 0).slice(0, 20),
    );
  }
});
