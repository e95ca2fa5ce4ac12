// JupyterLab on the first notebook, for this machine only.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { jupyterEnv } from "./kernelspec.mjs";
import { inVenv, root, venv } from "./paths.mjs";
import { loudly } from "./step.mjs";

const notebook = "notebooks/01-explore.ipynb";

/**
 * JupyterLab runs until it is stopped, for this machine only; it prints its address with a random token and opens the
 * browser. `options` are JupyterLab's own, as given to `npm run lab --`: `--port`, `--no-browser`, …
 */
export async function openLab(options = []) {
  const args = [
    "--ip=127.0.0.1",
    "--log-level=WARN",
    `--ServerApp.root_dir=${root}`,
    `--LabApp.default_url=/lab/tree/${notebook}`,
    "--LabApp.extension_manager=readonly",
    "--LabApp.news_url=None",
    "--MultiKernelManager.default_kernel_name=corpuslab",
  ];
  askNothing();
  if (process.getuid?.() === 0) args.push("--allow-root");
  console.log(`Opening ${notebook} in JupyterLab (Ctrl-C twice ends it) …`);
  return loudly(inVenv(venv, "jupyter-lab"), [...args, ...options], { env: jupyterEnv });
}

/** JupyterLab neither asks for news nor looks for updates, unless its settings here say otherwise. */
export function askNothing() {
  const folder = path.join(jupyterEnv.JUPYTERLAB_SETTINGS_DIR, "@jupyterlab", "apputils-extension");
  const settings = path.join(folder, "notification.jupyterlab-settings");
  if (existsSync(settings)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(settings, JSON.stringify({ fetchNews: "false", checkForUpdates: false }));
}
