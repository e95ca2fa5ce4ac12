/** Runs the built command line as a user does, and compares run folders byte by byte. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { listFiles } from "../../kernel-lib/engine/commit";

export const ROOT = join(__dirname, "..", "..");
const BIN = join(ROOT, "kernel-lib", "bin", "corpuslab.js");

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command's exit code and output. */
export function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  });
  return { code: status, stdout, stderr };
}

/** The command as a process of its own, to be killed. */
export function startCli(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { cwd: ROOT, stdio: "ignore" });
}

/** A folder that is removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Files that tell when a run was: they differ between equal runs. */
const OF_THE_MOMENT = ["timings.json", "openlineage.jsonl"];

/** sha256 of every file of a run that follows from its sources and options. */
export function hashes(folder: string): Record<string, string> {
  return Object.fromEntries(
    listFiles(folder)
      .filter((name) => !OF_THE_MOMENT.includes(name))
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex"),
      ]),
  );
}

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), "utf8")) as T;
}
