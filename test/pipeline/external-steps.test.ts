import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { hashes, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");

const PROGRAM = `import json, sys
params = json.loads(sys.stdin.readline())["params"]
for line in sys.stdin:
    row = json.loads(line)["row"]
    n = row["source_row"]
    if n == params["hangs_at"]:
        import time; time.sleep(60)
    print(json.dumps({"values": {"half": n / 2, "odd": n % 2 == 1}}), flush=True)
`;

describe("steps in another language", () => {
  it("give flags beside functions, the same with any workers, and are stopped when they hang", async () => {
    const input = join(folder, "base");
    await makeRun(input, { rows: 900 });
    await writeStep(pipelines, "halves", "", {
      ...{ kind: "flag", form: "external", command: ["python3", "halves.py"], values: { hangs_at: -1 } },
      ...{ reads: { source_row: "number" }, writes: { half: "number", odd: "boolean" } },
      files: { "files/halves.py": PROGRAM },
    });
    await writeStep(pipelines, "odd_only", "(row) => row.odd && row.half < 100", {
      reads: { odd: "boolean", half: "number" },
    });
    const path = writePipeline(pipelines, "odds", ["halves@1", "odd_only@1"]);
    const run = await runPipeline(path, { input, out: join(folder, "one"), workers: 1, partRows: 200 });
    const rows = await (await run.rows()).select(["source_row", "half"]).toArray();
    expect(rows).toEqual(Array.from({ length: 100 }, (_, i) => ({ source_row: 2 * i + 1, half: i + 0.5 })));
    const two = await runPipeline(path, { input, out: join(folder, "two"), workers: 2, partRows: 200 });
    expect(hashes(two.out)).toEqual(hashes(run.out));
    const hanging = writePipeline(pipelines, "hanging", [{ step: "halves@1", params: { hangs_at: 7 } }]);
    await expect(
      runPipeline(hanging, { input, out: join(folder, "hanging"), workers: 1, taskTimeout: 1 }),
    ).rejects.toThrow(/step halves@1: .*python3 halves.py gave no answer to row \d+ .* for 1 s/);
  });
});
