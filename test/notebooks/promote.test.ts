/** notebooks/04-promote.ipynb from start to end, as nbconvert runs it, in a workspace of its own. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { damage, listVersions } from "../../kernel-lib/steps/versions";
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

describe.skipIf(kernelMissing !== null)(`04-promote.ipynb (${kernelMissing ?? "executed"})`, () => {
  let folder: string;
  let root: string;
  let cells: Cell[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "corpuslab-notebook-"));
    root = initWorkspace(join(folder, "workspace")).root;
    const install = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");
    createRequire(__filename)(install).installKernelspec({ dir: join(folder, "jupyter") });
    const name = process.platform === "win32" ? "jupyter-nbconvert.exe" : "jupyter-nbconvert";
    const notebook = join(root, "notebooks", "04-promote.ipynb");
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
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const shown = (part: string) =>
    cells
      .find(({ source }) => text(source).includes(part))
      ?.outputs.find(({ output_type }) => output_type === "execute_result")?.data ?? {};
  const plain = (part: string) => text(shown(part)["text/plain"]);

  it("writes two versions of one code, with another parameter", () => {
    expect(plain("const first =")).toMatch(/^keep_short@1: a filter; /);
    expect(plain("const first =")).toContain("the cell, the version and the pipeline executor agree on each");
    expect(plain("const first =")).toContain("param  maxTokens = 400 ");
    expect(plain("const second =")).toMatch(/^keep_short@2: a filter; [\s\S]*param {2}maxTokens = 250 /);
    const versions = listVersions(join(root, "pipelines"), "keep_short");
    expect(versions.map(({ version }) => version)).toEqual([1, 2]);
    expect(versions.flatMap(damage)).toEqual([]);
    const codes = versions.map(
      (place) => JSON.parse(readFileSync(join(place.folder, "manifest.json"), "utf8")).code,
    );
    expect(new Set(codes).size).toBe(1);
    expect(existsSync(join(root, "pipelines", "curate.json"))).toBe(true);
  });

  it("keeps over all rows what the cell keeps", async () => {
    const rows = await open(join(root, "out", "promote"));
    const expected = (limit: number) =>
      rows.filter(`loss_mode <> 'all_text' and stats_approx_tokens < ${limit}`).count();
    expect(plain("kept === inCell")).toBe("true");
    expect(await (await open(join(root, "out", "promote-curated"))).count()).toBe(await expected(400));
    expect(await (await open(join(root, "out", "promote-shorter"))).count()).toBe(await expected(250));
  });

  it("says which rows the second version drops, and why one of them is out", async () => {
    const rows = await open(join(root, "out", "promote"));
    const lost = await rows
      .filter("loss_mode <> 'all_text' and stats_approx_tokens >= 250 and stats_approx_tokens < 400")
      .count();
    expect(lost).toBeGreaterThan(0);
    expect(plain("await diff(")).toMatch(new RegExp(`kept → dropped\\D+${lost.toLocaleString("en-US")}\\b`));
    expect(plain("await why(")).toContain("keep_short@2");
  });
});
