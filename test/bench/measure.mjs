// Whole processes, measured: wall clock, CPU seconds of all threads, peak resident memory.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** Runs a command to its end. Rejects with the end of its output when it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output = (output + chunk).slice(-20_000);
    });
    child.stderr.on("data", (chunk) => {
      errors = (errors + chunk).slice(-20_000);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`${command} ${args.join(" ")} ended with ${code}:\n${(output + errors).slice(-3000)}`),
        );
    });
  });
}

/** Runs a Node script as a process of its own and says what it cost. */
export async function measureNode(script, args, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-bench-"));
  const file = join(folder, "usage.json");
  const started = performance.now();
  try {
    const env = { ...process.env, ...options.env, CORPUSLAB_USAGE_FILE: file };
    await run(process.execPath, ["--require", join(here, "usage-hook.cjs"), script, ...args], {
      ...options,
      env,
    });
    const wallSeconds = (performance.now() - started) / 1000;
    const used = JSON.parse(readFileSync(file, "utf8"));
    return {
      wallSeconds,
      cpuSeconds: used.cpu_seconds,
      userSeconds: used.user_seconds,
      peakMb: used.peak_kb / 1024,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a Python script whose last line of output is JSON with cpu_seconds and peak_kb. */
export async function measurePython(python, script, args) {
  const started = performance.now();
  const output = await run(python, [script, ...args]);
  const wallSeconds = (performance.now() - started) / 1000;
  const said = JSON.parse(output.trim().split("\n").at(-1));
  return { wallSeconds, cpuSeconds: said.cpu_seconds, peakMb: said.peak_kb / 1024, said };
}

/**
 * The interpreter of a venv that holds what a requirements file pins, or null with the reason. A line `# no-deps: name`
 * asks for a package without what it depends on.
 */
export async function pythonWith(venv, requirements) {
  const python = join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const stamp = join(venv, "requirements.txt");
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return { python, reason: null };
  try {
    rmSync(venv, { recursive: true, force: true });
    await run(process.env.PYTHON ?? "python3", ["-m", "venv", venv]);
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(python, [...install, "-r", requirements]);
    const alone = [...wanted.matchAll(/^# no-deps: (\S+)$/gm)].map(([, name]) => name);
    if (alone.length > 0) await run(python, [...install, "--no-deps", ...alone]);
    await run(python, [
      "-c",
      `import shutil; shutil.copy(${JSON.stringify(requirements)}, ${JSON.stringify(stamp)})`,
    ]);
    return { python, reason: null };
  } catch (error) {
    return { python: null, reason: error.message.split("\n")[0] };
  }
}

/** The machine in a few words, with the load of the last minute: wall times of a busy machine prove nothing. */
export function machine() {
  const [first] = cpus();
  return `${first?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform}, load ${loadavg()[0].toFixed(1)}`;
}
