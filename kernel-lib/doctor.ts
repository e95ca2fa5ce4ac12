/** Checks the set-up, a line each, with what to do. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Db } from "./db";
import { errorText } from "./errors";
import { pingHub } from "./hub/ping-hub";
import { hubSettings } from "./hub/settings";
import { jupyterDataDir, KERNEL_NAME } from "./kernel/install";
import { loadOnnxRuntime } from "./onnx";
import { findWorkspace } from "./workspace";

/** One line of the doctor's report. */
export interface Check {
  readonly name: string;
  /** "warn": the rest works without it. */
  readonly ok: boolean | "warn";
  /** What was found; never a token's value. */
  readonly detail: string;
  /** What to do. */
  readonly fix?: string;
}

const GB = 1e9;

/**
 * The state of Node, Python, kernel, disk, DuckDB, onnxruntime, the Hugging Face token and endpoint, in this order.
 * Never throws; asks the network once, for at most 6 s.
 * @example (await doctor()).filter((check) => check.ok !== true)
 */
export async function doctor(): Promise<Check[]> {
  return [
    attempt("Node", checkNode),
    attempt("Python", checkPython),
    attempt("kernel", checkKernel),
    attempt("disk", checkDisk),
    await attemptAsync("DuckDB", checkDuckDb),
    await attemptAsync("onnxruntime", checkOnnx),
    attempt("HF token", checkToken, "mend HF_ENDPOINT or HF_TOKEN"),
    await attemptAsync("HF endpoint", checkEndpoint),
  ];
}

type Finding = Omit<Check, "name">;

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const detail = `${process.version} (${process.execPath})`;
  return ok ? { ok, detail } : { ok, detail, fix: "install Node 20.19 or later" };
}

function checkPython(): Finding {
  const venv = venvPython();
  for (const command of [...(venv ? [venv] : []), "python3", "python"]) {
    const { stdout, status } = spawnSync(command, ["-c", PYTHON_FACTS], { encoding: "utf8" });
    if (status !== 0) continue;
    const [version = "", executable = "", lab = ""] = stdout.trim().split("\n");
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major < 3 || (major === 3 && minor < 9)) continue;
    const detail = `${version} (${executable}), ${lab ? `JupyterLab ${lab}` : "without JupyterLab"}`;
    return lab
      ? { ok: true, detail }
      : { ok: "warn", detail, fix: "npm start makes a .venv with JupyterLab" };
  }
  const fix = "install Python 3.9 or later for the notebook; the command line works without it";
  return { ok: "warn", detail: "no Python 3.9 or later found", fix };
}

const PYTHON_FACTS = `import sys
print(sys.version.split()[0])
print(sys.executable)
try:
    from importlib.metadata import version
    print(version("jupyterlab"))
except Exception:
    print("")`;

function venvPython(): string | null {
  const parts = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const path = join(projectRoot(), ".venv", ...parts);
  return existsSync(path) ? path : null;
}

function checkKernel(): Finding {
  const folders = [
    ...(process.env.JUPYTER_PATH?.split(delimiter) ?? []),
    join(projectRoot(), "jupyter"),
    jupyterDataDir(),
  ];
  const specs = folders.map((dir) => join(dir, "kernels", KERNEL_NAME, "kernel.json")).filter(existsSync);
  const fix = "corpuslab kernel install --user";
  if (specs.length === 0) return { ok: "warn", detail: "not registered with Jupyter", fix };
  for (const spec of specs) {
    const { argv } = JSON.parse(readFileSync(spec, "utf8")) as { argv: string[] };
    const missing = argv.slice(0, 2).find((path) => !existsSync(path));
    if (missing) return { ok: false, detail: `${spec} starts ${missing}, which is not there`, fix };
  }
  return { ok: true, detail: specs[0]! };
}

function checkDisk(): Finding {
  const { bavail, bsize } = statfsSync(process.cwd());
  const free = Number(bavail) * Number(bsize);
  const detail = `${(free / GB).toFixed(1)} GB free in ${process.cwd()}`;
  if (free >= 10 * GB) return { ok: true, detail };
  const fix = "a normalized dataset takes about the size of its source; free space or work in another folder";
  return { ok: free < GB ? false : "warn", detail, fix };
}

async function checkDuckDb(): Promise<Finding> {
  const db = await Db.open();
  try {
    const [row] = await db.all<{ v: string }>("select version() as v");
    return { ok: true, detail: row!.v };
  } finally {
    db.close();
  }
}

async function checkOnnx(): Promise<Finding> {
  const { env } = await loadOnnxRuntime();
  return { ok: true, detail: `${env.versions.node ?? env.versions.common}, CPU` };
}

function checkToken(): Finding {
  if (hubSettings().token !== null) return { ok: true, detail: "set (its value is never shown)" };
  const fix = "set HF_TOKEN for gated or private datasets and for publishing";
  return { ok: "warn", detail: "none: public datasets only", fix };
}

async function checkEndpoint(): Promise<Finding> {
  const { ok, detail } = await pingHub();
  return { ok: ok || "warn", detail };
}

function projectRoot(): string {
  return findWorkspace(__dirname) ?? findWorkspace() ?? process.cwd();
}

function attempt(name: string, check: () => Finding, fix?: string): Check {
  try {
    return { name, ...check() };
  } catch (error) {
    return failed(name, error, fix);
  }
}

async function attemptAsync(name: string, check: () => Promise<Finding>): Promise<Check> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    return failed(name, error);
  }
}

function failed(name: string, error: unknown, fix = "npm ci in the folder of corpuslab"): Check {
  return { name, ok: false, detail: errorText(error), fix };
}
