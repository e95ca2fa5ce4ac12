// npm start: from a fresh clone to the main job's reports and the first notebook. Skips what is there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ensureKernelspec } from "./setup/kernelspec.mjs";
import { buildOf, ensureLibrary } from "./setup/library.mjs";
import { ensureNodePackages } from "./setup/node-packages.mjs";
import { ensureNotebookVenv } from "./setup/notebook-venv.mjs";
import { openLab } from "./setup/open-lab.mjs";
import { cli, root } from "./setup/paths.mjs";
import { overheard, runScript } from "./setup/step.mjs";

const OUT = "out/demo";

await runScript("start", async () => {
  const options = process.argv.slice(2);
  const wantsLab = process.stdout.isTTY && !isSet(process.env.CI) && !options.includes("--no-lab");
  const [missing] = await Promise.all([ensureNotebookVenv(), ensureNodePackages().then(ensureLibrary)]);
  if (!missing) ensureKernelspec();
  const code = await mainJob();
  if (code !== 0) return code;
  if (missing) console.log(`The notebook part was left out: ${missing}. With that mended: npm run lab`);
  else if (wantsLab) return openLab(options);
  else console.log("Open the notebook with: npm run lab");
});

/** The main job on the demo dataset; what it found is kept, and said again when nothing changed since. */
async function mainJob() {
  const [ledger, report] = [`${OUT}/ledger.json`, "reports/demo/index.html"].map((file) =>
    path.join(root, file),
  );
  const found = path.join(root, ".state", `demo-${buildOf()}.txt`);
  if ([ledger, report, found].every(existsSync)) {
    console.log(readFileSync(found, "utf8").trimEnd());
    return 0;
  }
  const { code, output } = await overheard(process.execPath, [cli, "demo", "--run", "--out", OUT]);
  if (code === 0) {
    mkdirSync(path.dirname(found), { recursive: true });
    writeFileSync(found, output);
  }
  return code;
}

function isSet(flag) {
  return Boolean(flag) && flag !== "false" && flag !== "0";
}
