// node_modules as package-lock.json says.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./paths.mjs";
import { quietly, SetupError, step } from "./step.mjs";

/** The pinned packages are installed; nothing is done where they are. */
export async function ensureNodePackages() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(
      `Node ${process.version} is too old, expected 20.19 or later; install it from your system's packages`,
    );
  }
  await step("Node packages (npm ci)", async () => {
    if (isInstalled()) return false;
    const npm = process.env.npm_execpath;
    const hint = "Is the package registry reachable, and is there 1.5 GB of free space?";
    if (npm?.endsWith("js")) await quietly(process.execPath, [npm, "ci"], { hint });
    else await quietly("npm", ["ci"], { hint, shell: process.platform === "win32" });
  });
}

/** npm writes node_modules/.package-lock.json at the end of an install: what it lists is there, in these versions. */
function isInstalled() {
  const installedPath = path.join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const wanted = packagesOf(path.join(root, "package-lock.json"));
  const installed = packagesOf(installedPath);
  const same = (a, b) =>
    a?.version === b?.version && a?.resolved === b?.resolved && a?.integrity === b?.integrity;
  for (const [name, entry] of Object.entries(wanted)) {
    if (!name.includes("node_modules/")) continue; // the workspaces themselves
    if (installed[name] ? !same(installed[name], entry) : !entry.optional) return false;
  }
  return Object.keys(installed).every((name) => wanted[name]);
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
