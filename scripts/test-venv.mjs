// The Python environment of the tests: `.venv-test` in the root, holding exactly test/python/requirements.txt.
// `node scripts/test-venv.mjs` makes it and prints one line.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const venv = path.join(root, ".venv-test");
const requirements = path.join(root, "test", "python", "requirements.txt");
const lock = path.join(root, ".cache", "test-venv.lock");
const venvPython = path.join(
  venv,
  ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]),
);

/**
 * The test environment is there and holds the pinned packages; it is made anew when they changed. `python` is null,
 * with the reason, where no Python >= 3.9 is found. Throws when Python is there but the packages cannot be installed.
 * Safe to call from several processes at once.
 */
export function ensureTestVenv() {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  if (isReady(wanted)) return { python: venvPython, reason: null };
  const base = findPython();
  if (!base) return { python: null, reason: "no Python >= 3.9 found (looked for $PYTHON, python3, python)" };
  return withLock(() => {
    if (!isReady(wanted)) install(base, wanted);
    return { python: venvPython, reason: null };
  });
}

function isReady(wanted) {
  const stamp = path.join(venv, "requirements.sha256");
  return existsSync(venvPython) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

function findPython() {
  const check = "import sys, venv; sys.exit(0 if sys.version_info >= (3, 9) else 1)";
  return [process.env.PYTHON, "python3", "python"].find(
    (name) => name && spawnSync(name, ["-c", check], { stdio: "ignore" }).status === 0,
  );
}

function install(base, wanted) {
  rmSync(venv, { recursive: true, force: true });
  const run = (command, args) => {
    try {
      execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    } catch (error) {
      const output = `${error.stdout ?? ""}${error.stderr ?? ""}`.trim().split("\n").slice(-5).join("\n");
      throw new Error(
        `test venv: ${path.basename(command)} ${args.join(" ")} failed:\n${output || error.message}`,
      );
    }
  };
  run(base, ["-m", "venv", venv]);
  run(venvPython, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  writeFileSync(path.join(venv, "requirements.sha256"), wanted);
}

/** One process at a time; a lock older than ten minutes was left behind by a killed one. */
function withLock(action) {
  mkdirSync(path.dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
      if (since && Date.now() - since > 600_000) rmSync(lock, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
    }
  }
  try {
    return action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { python, reason } = ensureTestVenv();
  console.log(
    python ? `test venv: ${path.relative(root, python)} is ready` : `test venv: skipped, ${reason}`,
  );
}
