/** notebooks/02-thresholds.ipynb from start to end, as nbconvert runs it, in a workspace of its own. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../kernel-lib/table/open";
import { initWorkspace } from "../../kernel-lib/workspace";
import { kernelMissing, PYTHON, ROOT } from "../kernel/kernel-session";

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs: readonly {
    readonly output_type: string;
    readonly text?: unknown;
    readonly data?: Readonly<Record<string, unknown>>;
  }[];
}

const text = (value: unknown) => (Array.isArray(value) ? value.join("") : String(value));
const WHERE = '"stats_approx_tokens" >= 100 AND "stats_approx_tokens" < 400';

describe.skipIf(kernelMissing !== null)(`02-thresholds.ipynb (${kernelMissing ?? "executed"})`, () => {
  let folder: string;
  let root: string;
  let cells: Cell[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "corpuslab-notebook-"));
    root = initWorkspace(join(folder, "workspace")).root;
    const install = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");
    createRequire(__filename)(install).installKernelspec({ dir: join(folder, "jupyter") });
    const name = process.platform === "win32" ? "jupyter-nbconvert.exe" : "jupyter-nbconvert";
    const notebook = join(root, "notebooks", "02-thresholds.ipynb");
    await promisify(execFile)(
      join(dirname(PYTHON), name),
      ["--to", "notebook", "--execute", "--inplace", notebook],
      {
        env: {
          ...process.env,
          JUPYTER_PATH: join(folder, "jupyter"),
          JUPYTER_DATA_DIR: join(folder, "data"),
        },
      },
    );
    cells = JSON.parse(readFileSync(notebook, "utf8")).cells.filter(
      (cell: Cell) => cell.cell_type === "code",
    );
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const outputs = (part: string) => cells.find(({ source }) => text(source).includes(part))?.outputs ?? [];
  const shown = (part: string) =>
    outputs(part).find(({ output_type }) => output_type === "execute_result")?.data ?? {};

  it("leaves an explorer that needs no kernel, with a picture and text beside it", () => {
    const explorer = shown("await explore(");
    expect(Object.keys(explorer).sort()).toEqual(["image/svg+xml", "text/html", "text/plain"]);
    expect(text(explorer["text/html"])).toContain("data-corpuslab-explorer");
    expect(text(explorer["text/plain"])).toMatch(/^explorer of stats_approx_tokens · run thresholds/);
  });

  it("counts, draws and pools the same rows", async () => {
    const rows = await open(join(root, "out", "thresholds"));
    const [counted] = await rows
      .filter(WHERE)
      .sql("select count(*) n, sum(stats_approx_tokens)::double t from this")
      .toArray();
    const [n, t] = [counted!.n, counted!.t];
    expect(text(shown("t.counts()")["text/plain"])).toBe(`{ rows: ${n}, tokens: ${t} }`);
    const pools = JSON.parse(readFileSync(join(root, "out", "thresholds-pools", "pools.json"), "utf8")).pools;
    expect(
      pools.map(({ name, rows, predicate }: Record<string, unknown>) => [name, rows, predicate]),
    ).toEqual([["mid_length", n, WHERE]]);
  });

  it("prints the line that the next cell holds", () => {
    const printed = outputs("t.commit").find(({ output_type }) => output_type === "stream");
    const next = cells.find(({ source }) => text(source).startsWith("const kept"));
    expect(text(next!.source).split("\n")[0]).toBe(text(printed!.text).trim());
  });
});
