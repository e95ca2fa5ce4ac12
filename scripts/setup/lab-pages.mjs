// A JupyterLab of its own behind a real Chromium, for pictures: screenshots and the recording.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { ensureChromium } from "./chromium.mjs";
import { ensureKernelspec, jupyterEnv } from "./kernelspec.mjs";
import { askNothing } from "./open-lab.mjs";
import { inVenv, root, venv } from "./paths.mjs";

/**
 * Runs `work` with a JupyterLab over a copy of the named notebooks (`01-explore`) in an empty workspace, and ends both.
 * @param {{ notebooks: string[], width?: number, height?: number, scale?: number, dark?: boolean, env?: object }} options
 *   `scale`: pixels of a picture for each of the window's.
 */
export async function withLab(options, work) {
  const { notebooks, env = {} } = options;
  const found = await ensureChromium();
  if (!found.chromium) throw new Error(found.reason);
  ensureKernelspec();
  askNothing();
  const workspace = mkdtempSync(path.join(tmpdir(), "corpuslab-pictures-"));
  mkdirSync(path.join(workspace, "notebooks"));
  copyFileSync(path.join(root, "corpuslab.json"), path.join(workspace, "corpuslab.json"));
  for (const name of notebooks) {
    const file = path.join("notebooks", `${name}.ipynb`);
    copyFileSync(path.join(root, file), path.join(workspace, file));
  }
  const port = await freePort();
  const token = randomBytes(24).toString("hex");
  const lab = spawn(
    inVenv(venv, "jupyter-lab"),
    [
      "--ip=127.0.0.1",
      `--port=${port}`,
      "--no-browser",
      ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
      "--log-level=ERROR",
      `--ServerApp.root_dir=${workspace}`,
      "--LabApp.news_url=None",
      "--expose-app-in-browser",
    ],
    { env: { ...process.env, ...jupyterEnv, ...env, JUPYTER_TOKEN: token }, stdio: "ignore" },
  );
  const ended = new Promise((resolve) => lab.once("exit", resolve));
  const browser = await chromium.launch({
    executablePath: found.chromium,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  try {
    const address = `http://127.0.0.1:${port}`;
    await answers(`${address}/api/status?token=${token}`);
    return await work({
      browser,
      workspace,
      open: (name) =>
        openNotebook(browser, `${address}/lab/tree/notebooks/${name}.ipynb?token=${token}&reset`, options),
    });
  } finally {
    await browser.close();
    lab.kill("SIGTERM"); // ends its kernels too
    await ended;
    rmSync(workspace, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function openNotebook(browser, address, { width = 1280, height = 900, scale = 1, dark = false }) {
  const page = await browser.newPage({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: dark ? "dark" : "light",
  });
  await page.goto(address);
  await page.waitForSelector(".jp-NotebookPanel .jp-CodeCell", { timeout: 60_000 });
  if (dark) await labCommand(page, "apputils:change-theme", { theme: "JupyterLab Dark" });
  await page.evaluate("jupyterapp.shell.collapseLeft(); jupyterapp.shell.collapseRight()"); // room for the notebook
  await idle(page);
  return page;
}

/** One of JupyterLab's commands. */
export function labCommand(page, command, args = {}) {
  return page.evaluate(
    ([id, given]) => globalThis.jupyterapp.commands.execute(id, given).then(() => null),
    [command, args],
  );
}

/** Settles when the kernel has nothing to do. */
export function idle(page, timeout = 600_000) {
  const status = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'";
  return page.waitForFunction(status, undefined, { timeout });
}

/** Runs the cell of this number, from 0, and waits for its end. */
export async function runCell(page, number) {
  await page.evaluate(`jupyterapp.shell.currentWidget.content.activeCellIndex = ${number}`);
  await labCommand(page, "notebook:run-cell");
  await idle(page);
  await assertNoError(page);
}

/** Runs all cells and waits for the last one. */
export async function runAllCells(page) {
  await labCommand(page, "notebook:run-all-cells");
  await idle(page);
  await assertNoError(page);
}

async function assertNoError(page) {
  await page.waitForTimeout(1000); // the last output is drawn
  const error = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]');
  if ((await error.count()) > 0) throw new Error(`the notebook failed: ${await error.first().innerText()}`);
}

async function answers(address) {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) return;
    if (tries === 120) throw new Error("JupyterLab did not start within a minute");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
