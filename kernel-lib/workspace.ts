/** A workspace: the analyst's own project, a folder with notebooks, pipelines, datasets and reports. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { errorText, InputError } from "./errors";

/** The file that makes a folder a workspace. */
const MARKER = "corpuslab.json";
const markerSchema = z.object({ workspace: z.literal(1) });

/** What `initWorkspace` made. Paths in `files` are relative to `root`. */
export interface Workspace {
  readonly root: string;
  readonly files: readonly string[];
}

/**
 * `dir` is a workspace: notebooks/ with a starter, pipelines/, datasets/, reports/, a README and a .gitignore that keeps
 * rows out of git. Files that are there already are never changed.
 * @throws InputError when one of the files to make exists; nothing is written then.
 * @example initWorkspace("my-corpus").files // ["corpuslab.json", "README.md", ".gitignore", "notebooks/01-explore.ipynb", …]
 */
export function initWorkspace(dir: string): Workspace {
  const root = resolve(dir);
  const contents = workspaceFiles();
  const taken = Object.keys(contents).filter((file) => existsSync(join(root, file)));
  if (taken.includes(MARKER))
    throw new InputError(`init ${dir}: is a workspace already, nothing was changed`);
  if (taken.length > 0) {
    throw new InputError(
      `init ${dir}: ${taken.join(", ")} exist${taken.length === 1 ? "s" : ""} already, nothing was changed; name a new or empty folder`,
    );
  }
  try {
    for (const [file, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text, { flag: "wx" });
    }
  } catch (cause) {
    throw new InputError(`init ${dir}: cannot write there (${errorText(cause)})`, { cause });
  }
  return { root, files: Object.keys(contents) };
}

/**
 * The nearest workspace at or above `from` (default: the current folder); null when there is none.
 * @throws InputError when the workspace's corpuslab.json is damaged or from a later version.
 */
export function findWorkspace(from: string = process.cwd()): string | null {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    const path = join(dir, MARKER);
    if (existsSync(path)) {
      checkMarker(path);
      return dir;
    }
    if (dirname(dir) === dir) return null;
  }
}

/**
 * Folders with descriptions of datasets: the library's own, then the `datasets/` of the workspace at or above `from`,
 * whose descriptions win.
 */
export function descriptionFolders(from: string = process.cwd()): string[] {
  const ours = [join(__dirname, "datasets"), join(__dirname, "..", "datasets")]
    .filter(existsSync)
    .slice(0, 1);
  const workspace = findWorkspace(from);
  const theirs = workspace ? [join(workspace, "datasets")].filter(existsSync) : [];
  return [...ours, ...theirs];
}

function checkMarker(path: string): void {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InputError(`${path}: not JSON, expected {"workspace": 1}`, { cause });
  }
  if (!markerSchema.safeParse(content).success) {
    throw new InputError(
      `${path}: expected {"workspace": 1}; a later corpuslab may have made this workspace`,
    );
  }
}

function workspaceFiles(): Record<string, string> {
  return {
    [MARKER]: '{ "workspace": 1 }\n',
    "README.md": README,
    ".gitignore": "/out/\n/reports/\n.cache/\n.venv/\n.ipynb_checkpoints/\n",
    ...starterNotebooks(),
    "pipelines/.gitkeep": "",
    "datasets/.gitkeep": "",
    "reports/.gitkeep": "",
  };
}

/** The project's notebooks without their outputs: from the build, or from the repository when it runs unbuilt. */
function starterNotebooks(): Record<string, string> {
  const places = [join(__dirname, "starter"), join(__dirname, "..", "notebooks")];
  const folder = places.find((place) => existsSync(place));
  if (!folder)
    throw new InputError("init: the starter notebooks are missing from this installation; run npm run build");
  const names = readdirSync(folder).filter((name) => /^\d\d-.*\.ipynb$/.test(name));
  return Object.fromEntries(
    names
      .sort()
      .map((name) => [`notebooks/${name}`, withoutOutputs(readFileSync(join(folder, name), "utf8"))]),
  );
}

function withoutOutputs(text: string): string {
  const notebook = JSON.parse(text) as { cells: Record<string, unknown>[] };
  for (const cell of notebook.cells) {
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

const README = `# A corpuslab workspace

- \`notebooks/\` where you look; start with 01-explore.ipynb and the kernel "TypeScript (corpuslab)"
- \`pipelines/\` functions promoted from notebooks, versioned, never edited
- \`datasets/\` descriptions of datasets of your own
- \`reports/\` generated, not in git
- \`out/\` rows and pools, not in git

\`corpuslab doctor\` checks the set-up. \`corpuslab kernel install --user\` makes the kernel visible to every Jupyter and
VS Code of yours. \`corpuslab demo --run\` runs the main job.
`;
