/** notebooks/01-explore.ipynb from start to end, as nbconvert runs it, in a workspace of its own. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initWorkspace } from "../../kernel-lib/workspace";
import { kernelMissing, PYTHON, ROOT } from "../kernel/kernel-session";

interface Cell {
  readonly id: string;
  readonly cell_type: string;
  readonly source: string;
  readonly outputs: readonly { readonly output_type: string; readonly data?: Record<string, string> }[];
}

const text = (value: string | readonly string[]) =>
  Array.isArray(value) ? value.join("") : (value as string);

describe.skipIf(kernelMissing !== null)(`01-explore.ipynb (${kernelMissing ?? "executed"})`, () => {
  let folder: string;
  let cells: Cell[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "corpuslab-notebook-"));
    const { root } = initWorkspace(join(folder, "workspace"));
    const install = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");
    createRequire(__filename)(install).installKernelspec({ dir: join(folder, "jupyter") });
    const nbconvert = join(
      dirname(PYTHON),
      process.platform === "win32" ? "jupyter-nbconvert.exe" : "jupyter-nbconvert",
    );
    const notebook = join(root, "notebooks", "01-explore.ipynb");
    await promisify(execFile)(nbconvert, ["--to", "notebook", "--execute", "--inplace", notebook], {
      env: { ...process.env, JUPYTER_PATH: join(folder, "jupyter"), JUPYTER_DATA_DIR: join(folder, "data") },
    });
    cells = JSON.parse(readFileSync(notebook, "utf8")).cells.filter(
      (cell: Cell) => cell.cell_type === "code",
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The last expression of the cell whose source contains `part`. */
  function shown(part: string): Record<string, string> {
    const cell = cells.find(({ source }) => text(source).includes(part));
    const result = cell?.outputs.find(({ output_type }) => output_type === "execute_result");
    return Object.fromEntries(Object.entries(result?.data ?? {}).map(([type, value]) => [type, text(value)]));
  }

  it("shows something in every cell, always with plain text", () => {
    const silent = cells.filter(({ outputs }) => !outputs.some(({ data }) => data?.["text/plain"]));
    expect(silent.map(({ source }) => text(source))).toEqual([]);
    expect(
      cells.flatMap(({ outputs }) => outputs.filter(({ output_type }) => output_type === "error")),
    ).toEqual([]);
  });

  it("shows rows as conversations with colored roles", () => {
    const html = shown("showConversation(rows[0])")["text/html"];
    expect(html).toMatch(/background:#[0-9a-f]{6};color:#ffffff">user</);
    expect(shown("quality_has_tool")["text/html"]).toMatch(/border-left:6px [\s\S]*>learned</);
  });

  it("shows the domains as a plotly figure with a static picture beside it", () => {
    const figure = shown("plot.bars");
    expect(Object.keys(figure).sort()).toEqual([
      "application/vnd.plotly.v1+json",
      "image/svg+xml",
      "text/plain",
    ]);
    expect(figure["text/plain"]).toMatch(/^Rows by meta_domain\n +\d+ {2}\w+/);
  });

  it("accounts for every row of the sample", () => {
    expect(shown("await normalize")["text/plain"]).toContain("the ledger balances");
  });

  it("shows what was refused, and which pools hold rows", () => {
    expect(shown("refused.sql")["text/plain"]).toContain("special_in_body");
    expect(shown("await pools")["text/plain"]).toContain("verified_correct");
  });
});
