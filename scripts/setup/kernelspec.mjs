// The project's kernel, registered inside the project: Jupyter finds it through JUPYTER_PATH.
import { createRequire } from "node:module";
import path from "node:path";
import { builtModule } from "./library.mjs";
import { jupyterDir, root } from "./paths.mjs";

/** kernel.json is written with the paths of this Node and this library. */
export function ensureKernelspec() {
  const { installKernelspec } = createRequire(import.meta.url)(builtModule("kernel/install.js"));
  return installKernelspec({ dir: jupyterDir });
}

const state = (name) => path.join(root, ".state", "jupyter", name);

/** What a Jupyter of this project needs in its environment. It reads and writes nothing of the user's own Jupyter. */
export const jupyterEnv = {
  JUPYTER_PATH: jupyterDir,
  JUPYTER_CONFIG_DIR: state("config"),
  JUPYTER_DATA_DIR: state("data"),
  JUPYTER_RUNTIME_DIR: state("runtime"),
  JUPYTERLAB_SETTINGS_DIR: state("settings"),
  JUPYTERLAB_WORKSPACES_DIR: state("workspaces"),
};
