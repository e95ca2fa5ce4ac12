import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { installKernelspec, jupyterDataDir, kernelspec } from "../../kernel-lib/kernel/install";
import { kernelMissing, PYTHON, ROOT } from "./kernel-session";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-install-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("installKernelspec", () => {
  it("writes kernel.json with absolute paths into the user's Jupyter folder", () => {
    vi.stubEnv("JUPYTER_DATA_DIR", folder);
    const path = installKernelspec({ user: true });
    expect(path).toBe(join(folder, "kernels", "corpuslab", "kernel.json"));
    const spec = JSON.parse(readFileSync(path, "utf8"));
    expect(spec).toEqual(kernelspec());
    expect(spec.argv[0]).toBe(process.execPath);
    expect(isAbsolute(spec.argv[1])).toBe(true);
    expect(spec.argv[2]).toBe("{connection_file}");
  });

  it("replaces an older registration", () => {
    const path = installKernelspec({ dir: folder });
    writeFileSync(path, "{}");
    expect(installKernelspec({ dir: folder })).toBe(path);
    expect(JSON.parse(readFileSync(path, "utf8")).display_name).toBe("TypeScript (corpuslab)");
  });

  it("says what is missing and what is in the way", () => {
    expect(() => installKernelspec({})).toThrow("kernel install: say for whom");
    writeFileSync(join(folder, "file"), "");
    expect(() => installKernelspec({ dir: join(folder, "file") })).toThrow(
      /^kernel install: cannot write .*kernel\.json \(/,
    );
  });
});

describe("jupyterDataDir", () => {
  it("is where Jupyter looks on each system", () => {
    expect(jupyterDataDir({ JUPYTER_DATA_DIR: "/j" }, "linux")).toBe("/j");
    expect(jupyterDataDir({ XDG_DATA_HOME: "/x" }, "linux")).toBe(join("/x", "jupyter"));
    expect(jupyterDataDir({}, "linux")).toBe(join(homedir(), ".local", "share", "jupyter"));
    expect(jupyterDataDir({}, "darwin")).toBe(join(homedir(), "Library", "Jupyter"));
    expect(jupyterDataDir({ APPDATA: "/a" }, "win32")).toBe(join("/a", "jupyter"));
  });
});

const NBCLIENT = `
import sys, nbformat
from nbclient import NotebookClient
cells = ['import { parseHarmony } from "corpuslab"; typeof parseHarmony', 'process.cwd()']
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
NotebookClient(notebook, kernel_name="corpuslab", timeout=60).execute()
print([cell.outputs[0]["data"]["text/plain"] for cell in notebook.cells] == ["function", sys.argv[1]])
`;

describe.skipIf(kernelMissing !== null || process.platform === "win32")(
  `corpuslab kernel install --user (${kernelMissing ?? "with a home of its own"})`,
  () => {
    it("makes a kernel that other Jupyters list and run in any folder", () => {
      const env = { HOME: folder, PATH: process.env.PATH };
      const run = (program: string, ...args: string[]) =>
        execFileSync(program, args, { env, cwd: folder, encoding: "utf8" });
      run(process.execPath, join(ROOT, "kernel-lib", "bin", "corpuslab.js"), "kernel", "install", "--user");
      const listed = JSON.parse(run(join(dirname(PYTHON), "jupyter"), "kernelspec", "list", "--json"));
      expect(listed.kernelspecs.corpuslab.resource_dir).toBe(
        join(
          folder,
          process.platform === "darwin" ? "Library/Jupyter" : ".local/share/jupyter",
          "kernels/corpuslab",
        ),
      );
      expect(run(PYTHON, "-c", NBCLIENT, folder)).toBe("True\n");
    });
  },
);
