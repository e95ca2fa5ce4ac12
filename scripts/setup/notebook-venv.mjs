// .venv: JupyterLab and its widget front ends, as python/requirements.txt pins them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inVenv, root, venv } from "./paths.mjs";
import { quietly, step } from "./step.mjs";

const requirements = path.join(root, "python", "requirements.txt");
const stamp = path.join(venv, ".requirements-sha256");

/** The venv is there with the pinned packages. Resolves with null, or with the reason why there is none: no Python. */
export async function ensureNotebookVenv() {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const ready = () =>
    existsSync(inVenv(venv, "python")) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (ready() && runs(inVenv(venv, "python"), "")) return null;
  const { python, reason } = findPython();
  if (!python) return reason;
  await step("JupyterLab (.venv)", async () => {
    const hint = "Is the Python package index reachable, and is there 0.5 GB of free space?";
    await quietly(python, ["-m", "venv", "--clear", venv]);
    const options = ["--quiet", "--disable-pip-version-check", "--no-input"];
    await quietly(inVenv(venv, "python"), ["-m", "pip", "install", ...options, "-r", requirements], { hint });
    writeFileSync(stamp, wanted);
  });
  return null;
}

/** A Python that can make the venv, else why not. */
function findPython() {
  const candidates = [process.env.PYTHON, "python3", "python"].filter(Boolean);
  const found = candidates.filter((name) => runs(name, "assert sys.version_info >= (3, 9)"));
  if (found.length === 0)
    return { python: null, reason: "no Python 3.9 or later found (looked for $PYTHON, python3, python)" };
  const python = found.find((name) => runs(name, "import venv, ensurepip"));
  if (!python)
    return {
      python: null,
      reason: "Python has no venv module; on Debian and Ubuntu: apt install python3-venv",
    };
  return { python, reason: null };
}

function runs(python, code) {
  return spawnSync(python, ["-c", `import sys\n${code}`], { stdio: "ignore" }).status === 0;
}
