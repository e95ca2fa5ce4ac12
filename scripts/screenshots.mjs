// npm run screenshots: the first notebook in a real JupyterLab and the report in a real browser, as pictures.
// Options: --out DIR (default docs/pictures), --width N (default 1280), --dark, --all (a picture of every code cell;
// default: of the one that draws the chart).
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { ensureChromium } from "./setup/chromium.mjs";
import { ensureKernelspec, jupyterEnv } from "./setup/kernelspec.mjs";
import { askNothing } from "./setup/open-lab.mjs";
import { inVenv, root, venv } from "./setup/paths.mjs";

const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: path.join(root, "docs", "pictures") },
    width: { type: "string", default: "1280" },
    dark: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
  },
});
const width = Number(options.width);
const found = await ensureChromium();
if (!found.chromium) throw new Error(found.reason);
mkdirSync(options.out, { recursive: true });
ensureKernelspec();
askNothing();

const workspace = mkdtempSync(path.join(tmpdir(), "corpuslab-pictures-"));
mkdirSync(path.join(workspace, "notebooks"));
copyFileSync(path.join(root, "corpuslab.json"), path.join(workspace, "corpuslab.json"));
copyFileSync(
  path.join(root, "notebooks", "01-explore.ipynb"),
  path.join(workspace, "notebooks", "01-explore.ipynb"),
);
const port = await freePort();
const token = randomBytes(24).toString("hex");
const lab = spawn(
  inVenv(venv, "jupyter-lab"),
  [
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--no-browser",
    "--allow-root",
    "--log-level=ERROR",
    `--ServerApp.root_dir=${workspace}`,
    "--LabApp.news_url=None",
    "--expose-app-in-browser",
  ],
  { env: { ...process.env, ...jupyterEnv, JUPYTER_TOKEN: token }, stdio: "ignore" },
);
const browser = await chromium.launch({
  executablePath: found.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  await notebookPictures();
  await reportPicture();
} finally {
  await browser.close();
  lab.kill("SIGINT");
  rmSync(workspace, { recursive: true, force: true });
}

async function notebookPictures() {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme: options.dark ? "dark" : "light",
  });
  const address = `http://127.0.0.1:${port}/lab/tree/notebooks/01-explore.ipynb?token=${token}&reset`;
  for (let tries = 0; ; tries++) {
    try {
      await page.goto(address);
      break;
    } catch (error) {
      if (tries === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  await page.waitForSelector(".jp-NotebookPanel .jp-CodeCell", { timeout: 60_000 });
  if (options.dark) await runCommand(page, "apputils:change-theme", { theme: "JupyterLab Dark" });
  await page.keyboard.press("Control+B"); // room for the notebook
  await page.waitForTimeout(2000);
  await page.click('.lm-MenuBar-itemLabel:text("Run")', { timeout: 5000 });
  await page.click('.lm-Menu-itemLabel:text("Run All Cells")');
  await page.waitForFunction(
    () => {
      const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map(
        (e) => e.textContent ?? "",
      );
      return prompts.length > 0 && prompts.every((text) => /\[\d+\]/.test(text));
    },
    { timeout: 120_000 },
  );
  await page.waitForTimeout(1500);
  const cells = page.locator(".jp-Notebook .jp-Cell");
  const count = await cells.count();
  for (let i = 0, shot = 0; i < count; i++) {
    const isCode = await cells.nth(i).evaluate((cell) => cell.classList.contains("jp-CodeCell"));
    if (!isCode) continue;
    shot++;
    const drawsChart = (await cells.nth(i).textContent())?.includes("plot.bars") ?? false;
    if (!options.all && !drawsChart) continue;
    await cells.nth(i).scrollIntoViewIfNeeded();
    await cells.nth(i).evaluate((cell) => cell.scrollIntoView({ block: "start" }));
    await page.waitForTimeout(400);
    const name = options.all ? `explore-${String(shot).padStart(2, "0")}.png` : "explore.png";
    await page.screenshot({ path: path.join(options.out, name) });
  }
}

async function reportPicture() {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme: options.dark ? "dark" : "light",
  });
  await page.goto(`file://${path.join(root, "reports", "demo", "index.html")}`);
  await page.screenshot({ path: path.join(options.out, "report.png") });
}

function runCommand(page, command, args) {
  return page.evaluate(([id, given]) => globalThis.jupyterapp?.commands.execute(id, given), [command, args]);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
