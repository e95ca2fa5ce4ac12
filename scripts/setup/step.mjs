// One line per step of the set-up, and errors without a stack.
import { spawn } from "node:child_process";
import { root } from "./paths.mjs";

/** The user can mend it: shown as one line, exit code 1. */
export class SetupError extends Error {}

const running = [];
const children = new Set();

/**
 * Runs `work` and prints one line with its time; nothing when `work` returns false: it was done before. Steps may run
 * side by side; on a terminal those that run stand in a line that changes.
 */
export async function step(title, work) {
  const started = Date.now();
  running.push(title);
  showRunning();
  let done;
  try {
    done = await work();
  } finally {
    running.splice(running.indexOf(title), 1);
    hideRunning();
  }
  if (done !== false) console.log(`✓ ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  showRunning();
  return done;
}

function showRunning() {
  if (process.stdout.isTTY && running.length > 0) process.stdout.write(`\r\x1b[2K… ${running.join(" · ")}`);
}

function hideRunning() {
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[2K");
}

/** Runs a program to its end, quietly; throws SetupError with its last lines when it fails. */
export function quietly(command, args, { hint = "", env = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      ...options,
    });
    children.add(child);
    let output = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-4000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const fail = (reason) => {
      const last = output.trim().split("\n").slice(-8).join("\n  ");
      const shown = [command, ...args].join(" ").replaceAll(`${root}/`, "");
      reject(
        new SetupError(
          [`${shown} ${reason}`, last && `  ${last}`, hint && `  ${hint}`].filter(Boolean).join("\n"),
        ),
      );
    };
    child.on("error", (error) => fail(`could not start (${error.message})`));
    child.on("close", () => children.delete(child));
    child.on("close", (code, signal) =>
      code === 0 ? resolve(output) : fail(`failed (${signal ?? `exit ${code}`})`),
    );
  });
}

/** Runs a program that talks to the user; resolves with its exit code. Ctrl-C is the program's to handle. */
export async function loudly(command, args, options = {}) {
  return (await overheard(command, args, { ...options, stdio: "inherit" })).code;
}

/** The same, and what it printed on standard output is kept; progress on standard error goes straight to the user. */
export function overheard(command, args, { env = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const ignore = () => undefined;
    process.on("SIGINT", ignore);
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["inherit", "pipe", "inherit"],
      env: { ...process.env, ...env },
      ...options,
    });
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on("error", (error) => reject(new SetupError(`${command} could not start (${error.message})`)));
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve({ code: code ?? (signal === "SIGINT" ? 130 : 1), output });
    });
  });
}

/** The script's exit code is what `main` resolves to (0 when nothing); a SetupError is one clear message. */
export async function runScript(name, main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    for (const child of children) child.kill(); // steps that ran beside the one that failed
    hideRunning();
    console.error(error instanceof SetupError ? `${name}: ${error.message}` : error);
    process.exitCode = 1;
  }
}
