// A browser for the tests that look at pages: the system's Chromium, or Debian's where it can be installed.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { quietly, step } from "./step.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Path of a Chromium; null, with the reason, where there is none and none can be installed. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return { chromium: found, reason: null };
  const isRoot = process.getuid?.() === 0;
  const hasApt = spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status === 0;
  if (!isRoot || !hasApt) {
    return { chromium: null, reason: "no Chromium found; install it, or set CHROMIUM to its path" };
  }
  try {
    await step("Chromium (apt-get)", async () => {
      const env = { DEBIAN_FRONTEND: "noninteractive" };
      await quietly("apt-get", ["update", "-qq"], { env });
      await quietly("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
    });
  } catch (error) {
    return { chromium: null, reason: `Chromium could not be installed: ${error.message.split("\n")[0]}` };
  }
  return { chromium: findChromium(), reason: null };
}

function findChromium() {
  if (process.env.CHROMIUM && existsSync(process.env.CHROMIUM)) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return names.flatMap((name) => folders.map((dir) => path.join(dir, name))).find(existsSync) ?? null;
}
