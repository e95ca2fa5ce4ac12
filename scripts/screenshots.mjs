// npm run screenshots: notebooks in a real JupyterLab and the report in a real browser, as pictures.
// Options: --notebook NAME (as 02-thresholds; may be given more than once; default: those of the README), --out DIR
// (default docs/pictures), --width N (default 1280), --dark, --all (a picture of every code cell; default: of the first
// cell tagged "picture", or that draws a chart).
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { runAllCells, withLab } from "./setup/lab-pages.mjs";
import { root } from "./setup/paths.mjs";

/** Larger pictures do not belong in git. */
const MOST_BYTES = 400_000;

const { values: options } = parseArgs({
  options: {
    notebook: { type: "string", multiple: true },
    out: { type: "string", default: path.join(root, "docs", "pictures") },
    width: { type: "string", default: "1280" },
    dark: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
  },
});
const { dark, all, out } = options;
const width = Number(options.width);
const README = ["01-explore", "02-thresholds", "03-domains-and-nll"];
const notebookFile = (name) => path.join(root, "notebooks", `${name}.ipynb`);
const notebooks = options.notebook ?? README.filter((name) => existsSync(notebookFile(name)));
mkdirSync(out, { recursive: true });

await withLab({ notebooks, width, dark }, async ({ browser, open }) => {
  for (const name of notebooks) await notebookPictures(await open(name), name);
  if (!options.notebook) await reportPicture(browser);
});

async function notebookPictures(page, name) {
  await runAllCells(page);
  await page.waitForTimeout(1500); // charts are drawn
  const { cells } = JSON.parse(readFileSync(notebookFile(name), "utf8"));
  const code = cells.flatMap((cell, i) => (cell.cell_type === "code" ? [{ ...cell, i }] : []));
  const tagged = code.find(({ metadata }) => metadata.tags?.includes("picture"));
  const chosen =
    tagged ?? code.find(({ source }) => /\b(plot\.\w+|explore)\(/.test([source].flat().join("")));
  const short = name.replace(/^\d+-/, "");
  for (const [n, cell] of code.entries()) {
    if (!all && cell !== chosen) continue;
    const shown = page.locator(".jp-Notebook .jp-Cell").nth(cell.i);
    await shown.evaluate((element) => element.scrollIntoView({ block: "start" }));
    await page.waitForTimeout(400);
    await picture(page, all ? `${short}-${String(n + 1).padStart(2, "0")}.png` : `${short}.png`);
  }
  await page.close();
}

async function reportPicture(browser) {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
  });
  await page.goto(`file://${path.join(root, "reports", "demo", "index.html")}`);
  await picture(page, "report.png");
  await page.close();
}

async function picture(page, name) {
  const file = path.join(out, name);
  await page.screenshot({ path: file });
  const { size } = statSync(file);
  const note = size > MOST_BYTES ? ", too large for git" : "";
  console.log(`${path.relative(process.cwd(), file)} (${Math.round(size / 1000)} kB${note})`);
}
