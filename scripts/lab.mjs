// npm run lab: JupyterLab with the project's kernel, on the first notebook. Options after -- go to JupyterLab.
import { ensureKernelspec } from "./setup/kernelspec.mjs";
import { ensureLibrary } from "./setup/library.mjs";
import { ensureNodePackages } from "./setup/node-packages.mjs";
import { ensureNotebookVenv } from "./setup/notebook-venv.mjs";
import { openLab } from "./setup/open-lab.mjs";
import { runScript, SetupError } from "./setup/step.mjs";

await runScript("lab", async () => {
  const [missing] = await Promise.all([ensureNotebookVenv(), ensureNodePackages().then(ensureLibrary)]);
  if (missing) throw new SetupError(`${missing}; the notebook needs it`);
  ensureKernelspec();
  return openLab(process.argv.slice(2));
});
