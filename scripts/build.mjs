// npm run build: kernel-lib/dist from the sources; silent when it is up to date.
import { ensureLibrary } from "./setup/library.mjs";
import { ensureNodePackages } from "./setup/node-packages.mjs";
import { runScript } from "./setup/step.mjs";

await runScript("build", async () => {
  await ensureNodePackages();
  await ensureLibrary();
});
