import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../kernel-lib/errors";
import { descriptionFolders, findWorkspace, initWorkspace } from "../kernel-lib/workspace";

/** The project's numbered notebooks. */
const starters = readdirSync(join(__dirname, "..", "notebooks"))
  .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
  .sort();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-workspace-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("initWorkspace", () => {
  it("makes notebooks, pipelines, datasets, reports, a README and a .gitignore", () => {
    const { root, files } = initWorkspace(join(folder, "mine"));
    expect(root).toBe(join(folder, "mine"));
    const made = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(made.map((entry) => join(entry.parentPath, entry.name)).sort()).toEqual(
      files.map((file) => join(root, file)).sort(),
    );
    expect([...files].sort()).toEqual([
      ".gitignore",
      "README.md",
      "corpuslab.json",
      "datasets/.gitkeep",
      ...starters.map((name) => `notebooks/${name}`),
      "pipelines/.gitkeep",
      "reports/.gitkeep",
    ]);
  });

  it("gives every starter notebook for the kernel, without outputs", () => {
    const { root } = initWorkspace(folder);
    expect(starters.length).toBeGreaterThan(1);
    for (const name of starters) {
      const notebook = JSON.parse(readFileSync(join(root, "notebooks", name), "utf8"));
      expect(notebook.metadata.kernelspec.name).toBe("corpuslab");
      const code = notebook.cells.filter((cell: { cell_type: string }) => cell.cell_type === "code");
      expect(code.length).toBeGreaterThan(3);
      for (const cell of code) expect([cell.outputs, cell.execution_count]).toEqual([[], null]);
    }
  });

  it("leaves foreign files alone and names what is in the way, writing nothing", () => {
    writeFileSync(join(folder, "notes.txt"), "mine");
    writeFileSync(join(folder, "README.md"), "my readme");
    expect(() => initWorkspace(folder)).toThrow(
      new InputError(
        `init ${folder}: README.md exists already, nothing was changed; name a new or empty folder`,
      ),
    );
    expect(readdirSync(folder).sort()).toEqual(["README.md", "notes.txt"]);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("my readme");
    rmSync(join(folder, "README.md"));
    initWorkspace(folder);
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
    expect(() => initWorkspace(folder)).toThrow(
      `init ${folder}: is a workspace already, nothing was changed`,
    );
  });

  it("says where it cannot write", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => initWorkspace(join(folder, "file", "sub"))).toThrow(/^init .*sub: cannot write there \(/);
  });
});

describe("findWorkspace", () => {
  it("finds the nearest one at or above a folder, or none", () => {
    const { root } = initWorkspace(join(folder, "mine"));
    expect(findWorkspace(join(root, "notebooks"))).toBe(root);
    expect(findWorkspace(root)).toBe(root);
    expect(findWorkspace(folder)).toBeNull();
    const inner = initWorkspace(join(root, "datasets", "inner")).root;
    expect(findWorkspace(inner)).toBe(inner);
  });

  it("refuses a damaged or later marker", () => {
    const marker = join(folder, "corpuslab.json");
    writeFileSync(marker, "{");
    expect(() => findWorkspace(folder)).toThrow(`${marker}: not JSON, expected {"workspace": 1}`);
    writeFileSync(marker, '{ "workspace": 2 }');
    expect(() => findWorkspace(folder)).toThrow(`${marker}: expected {"workspace": 1}; a later corpuslab`);
  });
});

describe("descriptionFolders", () => {
  it("names the library's own, then the workspace's", () => {
    const { root } = initWorkspace(join(folder, "mine"));
    mkdirSync(join(root, "deep"));
    const ours = join(__dirname, "..", "datasets");
    expect(descriptionFolders(join(root, "deep"))).toEqual([ours, join(root, "datasets")]);
    expect(descriptionFolders(folder)).toEqual([ours]);
  });
});
