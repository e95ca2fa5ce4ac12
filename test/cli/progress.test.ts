/** What a command tells of long work where standard error is a file or a pipe. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { cli, ROOT, temporaryFolder } from "../run/run-cli";

const BIN = join(ROOT, "kernel-lib", "bin", "corpuslab.js");

it("leaves one line on standard error when the work is done, and nothing that moves", () => {
  const out = join(temporaryFolder(), "demo");
  const { code, stderr, stdout } = cli(["demo", "--rows", "60000", "--out", out]);
  expect([code, stderr.match(/[\u001b\r]/g)]).toEqual([0, null]);
  expect(stderr).toMatch(/^generated 60,000 rows in [\d.minhs ]+, [\d,]+ rows\/s\n$/);
  expect(stdout).toMatch(/^60,000 rows in /);
});

it("says how far the work came when it is stopped", async () => {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, [BIN, "demo", "--rows", "20000000", "--out", folder]);
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  while (!existsSync(join(folder, "corpuslab", `.demo-partial-${child.pid}`))) await sleep(50);
  await sleep(1500);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(stderr.split("\n")).toEqual([
    "",
    "stopping (Ctrl-C again to end at once)",
    expect.stringMatching(/^generating stopped at \d+%, [\d,]+ rows, after [\d.minhs ]+$/),
    "interrupted; what was finished is kept, run the same command with --resume",
    "",
  ]);
});
