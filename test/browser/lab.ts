/** A real JupyterLab with the built kernel, in a folder of its own, looked at with a real Chromium. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { kernelMissing, PYTHON, ROOT } from "../kernel/kernel-session";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const jupyterLab = join(dirname(PYTHON), process.platform === "win32" ? "jupyter-lab.exe" : "jupyter-lab");

/** Why JupyterLab cannot be looked at here; null when it can. Tests skip with this reason. */
export const labMissing: string | null =
  kernelMissing ??
  (!existsSync(jupyterLab)
    ? "no JupyterLab in .venv (npm start makes it)"
    : !existsSync(executablePath)
      ? `no Chromium at ${executablePath}; set CHROMIUM to its path`
      : null);
if (labMissing) console.warn(`SKIPPED: ${labMissing}`);

export interface PageOptions {
  /** Pixels of the window; default 1280 × 900. */
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** A JupyterLab for this machine only. Its notebooks are the files of `folder`. */
export class Lab {
  private constructor(
    /** Where notebooks lie. Removed by `stop`. */
    readonly folder: string,
    readonly address: string,
    readonly token: string,
    private readonly server: ChildProcess,
    readonly browser: Browser,
    private readonly home: string,
  ) {}

  /** Starts JupyterLab and Chromium, and waits until both answer. */
  static async start(): Promise<Lab> {
    const home = mkdtempSync(join(tmpdir(), "corpuslab-lab-"));
    const folder = join(home, "notebooks");
    mkdirSync(folder);
    const install = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");
    createRequire(__filename)(install).installKernelspec({ dir: join(home, "jupyter") });
    const settings = join(home, "settings");
    setting(settings, "apputils-extension", "notification", { fetchNews: "false", checkForUpdates: false });
    setting(settings, "notebook-extension", "tracker", { windowingMode: "none" }); // all cells are in the page
    const port = await freePort();
    const token = randomBytes(24).toString("hex");
    const server = spawn(
      jupyterLab,
      [
        "--ip=127.0.0.1",
        `--port=${port}`,
        "--no-browser",
        "--log-level=ERROR",
        `--ServerApp.root_dir=${folder}`,
        "--LabApp.news_url=None",
        "--expose-app-in-browser",
        ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
      ],
      {
        stdio: "ignore",
        env: {
          ...process.env,
          JUPYTER_TOKEN: token,
          JUPYTER_PATH: join(home, "jupyter"),
          JUPYTER_CONFIG_DIR: join(home, "config"),
          JUPYTER_DATA_DIR: join(home, "data"),
          JUPYTER_RUNTIME_DIR: join(home, "runtime"),
          JUPYTERLAB_SETTINGS_DIR: settings,
          JUPYTERLAB_WORKSPACES_DIR: join(home, "workspaces"),
        },
      },
    );
    const browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    const lab = new Lab(folder, `http://127.0.0.1:${port}`, token, server, browser, home);
    try {
      await waitFor("JupyterLab answers", async () => (await lab.api("/api/status")).ok);
      return lab;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** Writes a notebook with these code cells (one that begins with `%md` is Markdown) for the project's kernel. */
  write(name: string, cells: readonly string[]): void {
    const notebook = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {
        kernelspec: { name: "corpuslab", display_name: "TypeScript (corpuslab)", language: "typescript" },
        language_info: { name: "typescript" },
      },
      cells: cells.map((source, i) =>
        source.startsWith("%md")
          ? { cell_type: "markdown", id: `cell-${i}`, metadata: {}, source: source.slice(3).trimStart() }
          : { cell_type: "code", id: `cell-${i}`, metadata: {}, source, outputs: [], execution_count: null },
      ),
    };
    writeFileSync(join(this.folder, name), JSON.stringify(notebook));
  }

  /** The notebook of this name in a window of its own, its kernel idle. */
  async open(
    name: string,
    { width = 1280, height = 900, dark = false }: PageOptions = {},
  ): Promise<LabNotebook> {
    const page = await this.browser.newPage({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
    });
    await page.goto(`${this.address}/lab/tree/${name}?token=${this.token}&reset`);
    const notebook = new LabNotebook(page);
    await notebook.ready();
    if (dark) await notebook.command("apputils:change-theme", { theme: "JupyterLab Dark" });
    return notebook;
  }

  /** Jupyter's REST interface. */
  api(path: string, method = "GET"): Promise<Response> {
    return fetch(this.address + path, { method, headers: { Authorization: `token ${this.token}` } });
  }

  /** Browser, kernels and JupyterLab end; the folder is removed. */
  async stop(): Promise<void> {
    await this.browser.close();
    const ended = new Promise((resolve) => this.server.once("exit", resolve));
    if (this.server.exitCode === null) {
      const kernels = (await this.api("/api/kernels").then(
        (answer) => answer.json(),
        () => [],
      )) as { id: string }[];
      for (const { id } of kernels) await this.api(`/api/kernels/${id}`, "DELETE");
      this.server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A notebook as JupyterLab shows it. */
export class LabNotebook {
  constructor(readonly page: Page) {}

  /** Settles when the notebook is shown and its kernel is idle. */
  async ready(): Promise<void> {
    await this.page.waitForSelector(".jp-NotebookPanel .jp-CodeCell", { timeout: 60_000 });
    await this.idle();
    await this.page.evaluate("jupyterapp.shell.collapseLeft(); jupyterapp.shell.collapseRight()");
  }

  /** Settles when the kernel runs no cell. */
  async idle(): Promise<void> {
    const status = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'";
    await this.page.waitForFunction(status, undefined, { timeout: 60_000 });
  }

  /** One of JupyterLab's commands, such as "notebook:run-all-cells". */
  command(id: string, args: object = {}): Promise<unknown> {
    return this.page.evaluate(
      ([name, given]) =>
        (
          globalThis as unknown as {
            jupyterapp: { commands: { execute(id: string, args: object): Promise<unknown> } };
          }
        ).jupyterapp.commands
          .execute(name as string, given as object)
          .then(() => null), // what most commands give cannot leave the page
      [id, args] as const,
    );
  }

  /** Runs all cells and settles when the last one has run. @throws Error with the first error shown, if there is one. */
  async runAll(): Promise<void> {
    await this.command("notebook:run-all-cells");
    await this.idle();
    const [error] = await this.errors();
    if (error !== undefined) throw new Error(error);
  }

  /** What cells threw, in their order, each as `name: message`. */
  errors(): Promise<string[]> {
    return this.page.evaluate(`jupyterapp.shell.currentWidget.content.widgets
      .flatMap(({ model }) => model.outputs?.toJSON() ?? [])
      .filter(({ output_type }) => output_type === "error")
      .map(({ ename, evalue }) => ename + ": " + evalue)`);
  }

  /** Runs one cell (from 0, Markdown counted) and gives the text it shows. */
  async run(cell: number): Promise<string> {
    await this.page.evaluate(`jupyterapp.shell.currentWidget.content.activeCellIndex = ${cell}`);
    await this.command("notebook:run-cell");
    return this.output(cell);
  }

  /** Saves, and opens the page again while the kernel goes on. */
  async reload(): Promise<void> {
    await this.command("docmanager:save");
    await this.page.reload();
    await this.ready();
  }

  /** The text that the cell of this number (from 0, Markdown counted) shows under it, without the prompt. */
  async output(cell: number): Promise<string> {
    const outputs = this.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea-output");
    return (await outputs.allInnerTexts()).join("\n");
  }
}

/** Settles when `test` gives true; a test that throws is tried again. */
export async function waitFor(
  what: string,
  test: () => Promise<boolean>,
  { seconds = 60 }: { readonly seconds?: number } = {},
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (await test().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function setting(folder: string, extension: string, name: string, value: object): void {
  const dir = join(folder, "@jupyterlab", extension);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `${name}.jupyterlab-settings`), JSON.stringify(value));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
