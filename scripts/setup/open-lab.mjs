// JupyterLab on the first notebook, for this machine only.
import { randomBytes } from "node:crypto";
import path from "node:path";
import { jupyterEnv } from "./kernelspec.mjs";
import { inVenv, root, venv } from "./paths.mjs";
import { loudly } from "./step.mjs";

const notebook = "notebooks/01-explore.ipynb";

/**
 * JupyterLab runs until it is stopped; it prints its address with the token. Options given to `npm run lab --` are its
 * own, `--port` and `--no-browser` for example. The token is random and handed over in the environment, not in the list of processes.
 */
export async function openLab(options = []) {
  const token = process.env.JUPYTER_TOKEN || randomBytes(24).toString("hex");
  const args = ["--ip=127.0.0.1", "--ServerApp.allow_remote_access=False", "--LabApp.news_url=None"];
  if (process.getuid?.() === 0) args.push("--allow-root");
  const config = path.join(root, ".state", "jupyter");
  console.log(`opening ${notebook} in JupyterLab (Ctrl-C twice ends it)`);
  return loudly(inVenv(venv, "jupyter-lab"), [...args, notebook, ...options], {
    env: { ...jupyterEnv, JUPYTER_TOKEN: token, JUPYTERLAB_SETTINGS_DIR: config },
  });
}
