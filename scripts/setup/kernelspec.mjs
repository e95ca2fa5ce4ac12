// The project's kernel, registered inside the project: Jupyter finds it through JUPYTER_PATH.
import { createRequire } from "node:module";
import { builtModule } from "./library.mjs";
import { jupyterDir } from "./paths.mjs";

/** kernel.json is written with the paths of this Node and this library. */
export function ensureKernelspec() {
  const { installKernelspec } = createRequire(import.meta.url)(builtModule("kernel/install.js"));
  return installKernelspec({ dir: jupyterDir });
}

/** What a Jupyter of this project needs in its environment. Nothing outside the project is read or written. */
export const jupyterEnv = { JUPYTER_PATH: jupyterDir, JUPYTER_PREFER_ENV_PATH: "1" };
