/** notebooks/00-tour.ipynb from start to end, as nbconvert runs it, with few rows. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { openRun } from "../../kernel-lib/run/run";
import { open } from "../../kernel-lib/table/open";
import { kernelMissing, PYTHON, ROOT } from "../kernel/kernel-session";
import { temporaryFolder } from "../run/run-cli";

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly {
    readonly output_type: string;
    readonly text?: string | readonly string[];
    readonly data?: Record<string, string | readonly string[]>;
  }[];
}

describe.skipIf(kernelMissing !== null)(`00-tour.ipynb (${kernelMissing ?? "executed"})`, () => {
  const folder = temporaryFolder();
  let cells: Cell[];

  beforeAll(async () => {
    mkdirSync(join(folder, "notebooks"));
    writeFileSync(join(folder, "corpuslab.json"), readFileSync(join(ROOT, "corpuslab.json")));
    const notebook = join(folder, "notebooks", "00-tour.ipynb");
    copyFileSync(join(ROOT, "notebooks", "00-tour.ipynb"), notebook);
    const install = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");
    createRequire(__filename)(install).installKernelspec({ dir: join(folder, "jupyter") });
    await promisify(execFile)(
      join(dirname(PYTHON), "jupyter-nbconvert"),
      ["--to", "notebook", "--execute", "--inplace", notebook],
      {
        env: {
          ...process.env,
          JUPYTER_PATH: join(folder, "jupyter"),
          JUPYTER_DATA_DIR: join(folder, "data"),
          CORPUSLAB_TOUR_ROWS: "12345",
        },
      },
    );
    cells = (JSON.parse(readFileSync(notebook, "utf8")) as { cells: Cell[] }).cells;
  }, 240_000);

  /** Everything that the cell with this text in its source says, as plain text. */
  function said(part: string): string {
    const cell = cells.find(({ source }) => [source].flat().join("").includes(part));
    return (cell?.outputs ?? [])
      .map(({ text, data }) => [text ?? data?.["text/plain"] ?? ""].flat().join(""))
      .join("\n");
  }

  it("accounts for the demo's rows", () => {
    const { rows_in, rows_out } = openRun(join(folder, "out", "tour")).ledger.totals;
    expect(said("run.ledger.totals")).toContain(`rows_in: ${rows_in}`);
    expect(rows_out).toBeGreaterThan(1900);
  });

  it("commits the policy that keeps what a query keeps", async () => {
    const rows = await open(join(folder, "out", "tour-rows"));
    expect(await rows.count()).toBe(12_345);
    const code = /filter\(`([^`]+)`\)/.exec(said("t.commit"))?.[1];
    const kept = await rows.filter("stats_approx_tokens < 8192").count();
    expect(await rows.filter(code!.replaceAll("\\", "")).count()).toBe(kept);
    expect(said("explore(rows")).toMatch(/^explorer of stats_approx_tokens · .* of 12,345 rows kept/m);
  });

  it("ends without an error", () => {
    const types = cells.flatMap(({ outputs = [] }) => outputs.map(({ output_type }) => output_type));
    expect(types).not.toContain("error");
  });
});
