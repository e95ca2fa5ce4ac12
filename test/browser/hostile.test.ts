/** A notebook of rows that try to become more than text, executed by the real kernel and opened in a real browser. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainText } from "../../kernel-lib/notebook/plain-text";
import { TEXTS, writeHostileColumns, writeHostileRows, writeHugeRows } from "../fixtures/hostile-rows";
import { PYTHON, ROOT } from "../kernel/kernel-session";
import { temporaryFolder } from "../run/run-cli";
import { Lab, labMissing } from "./lab";

/** Every way in which the library shows rows, file names, columns, groups and labels. */
const CELLS = [
  `import { display, explore, inventory, label, normalize, open, plot, pools, showConversation, writeReports } from "corpuslab";
const ds = await open("rows/data");
const rows = await ds.toArray();
ds`,
  "await ds.schema",
  "for (const row of rows) await display(showConversation(row));",
  `const wide = await open("columns/data");
await display(await wide.schema);
await display(showConversation((await wide.toArray())[0]));
wide`,
  `await display(await plot.bars(ds, "domain", { limit: 100, title: String(rows[5]!.domain) }));
await display(await plot.bars(ds, "license", { limit: 100 }));
await plot.bars(wide, Object.keys((await wide.toArray())[0]!)[5]!)`,
  `const found = await inventory([ds, wide]);
for (const one of found) await display(one);
writeReports(found[0], "report-rows"); writeReports(found[1], "report-columns");`,
  `const run = await normalize(ds, { out: "run", overwrite: true });
run`,
  `const table = await run.rows();
const canonical = await table.toArray();
for (const row of canonical) await display(showConversation(row));
table`,
  "await pools(run, { pools: { hostile: 'text is not null' } })",
  `for (const [i, row] of canonical.entries()) {
  await display(label(row as { row_key: string }, "bad", { reason: String(rows[i]!.domain), author: String(rows[i]!.domain), into: "labels" }));
}
table.sql("select * from this")`,
  "for (const row of canonical) console.log(String(showConversation(row)));",
  `const sized = ds.sql("select *, length(domain)::double as \\"<b data-hostile>size</b>\\" from this");
const t = await explore(sized, { column: "<b data-hostile>size</b>", by: "domain" });
t.set({ "<b data-hostile>size</b>": { upper: 40 } })`,
];

/** One thing after the other is as large as texts get. */
const HUGE_CELLS = [
  `import { display, inventory, normalize, open, plot, showConversation } from "corpuslab";
const ds = await open("huge/data");
ds`,
  "await ds.schema",
  ...Array.from({ length: 6 }, (_, i) => `showConversation((await ds.toArray())[${i}])`),
  'await plot.bars(ds, "domain")',
  "await inventory(ds)",
  `const run = await normalize(ds, { out: "run-huge", overwrite: true, onProgress: null });
const table = await run.rows();
table`,
  ...Array.from({ length: 6 }, (_, i) => `showConversation((await table.toArray())[${i}])`),
];
const HUGE = 10_000_000;
/** Largest output of a cell, all its forms together, whatever a row holds. */
const MOST_BYTES = 400_000;

const SECRET = "hf_thisTokenMustNotBeSaved0123456789";

interface SavedCell {
  readonly source: string | readonly string[];
  readonly outputs: readonly { readonly output_type: string; readonly data?: object }[];
}

const browserArgs = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
const present = labMissing === null;

describe.skipIf(!present)(`hostile rows (${labMissing ?? "real kernel, real browser"})`, () => {
  const folder = temporaryFolder();
  let browser: Browser;

  beforeAll(async () => {
    writeHostileRows(join(folder, "rows"));
    writeHostileColumns(join(folder, "columns"));
    writeHugeRows(join(folder, "huge"), HUGE);
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: browserArgs,
    });
  });
  afterAll(() => browser?.close());

  it("is a test of at least 40 different texts", () => {
    expect(new Set(TEXTS).size).toBeGreaterThanOrEqual(40);
  });

  describe("converted by nbconvert", () => {
    beforeAll(() => execute(folder, "hostile.ipynb", CELLS), 240_000);

    it("are inert text in the HTML page", async () => {
      const { page, seen } = await watched(browser, `file://${join(folder, "hostile.html")}`);
      await hover(page);
      expect(seen.requests.filter((url) => !/^(file|data|blob):/.test(url))).toEqual([]);
      await expectInert(page, seen);
      expect(await missingTexts(page)).toEqual([]);
      await page.close();
    });

    it.each(["report-rows", "report-columns"])("are inert text in %s/index.html", async (report) => {
      const { page, seen } = await watched(browser, `file://${join(folder, report, "index.html")}`);
      expect(seen.requests).toEqual([page.url()]);
      await expectInert(page, seen);
      expect(await page.locator("script, iframe, img, object, embed, form, base, link").count()).toBe(0);
      await page.close();
    });

    it("leave no token of the environment in the saved notebook", () => {
      const saved = readFileSync(join(folder, "hostile.ipynb"), "utf8");
      expect([saved.includes(SECRET), saved.includes("normalized") || saved.includes("kept")]).toEqual([
        false,
        true,
      ]);
    });
  });

  it("of 10 MB make no output of a cell larger than 400 kB", async () => {
    await execute(folder, "huge.ipynb", HUGE_CELLS);
    const { cells } = JSON.parse(readFileSync(join(folder, "huge.ipynb"), "utf8")) as { cells: SavedCell[] };
    const sizes = cells.map(({ source, outputs }) => ({
      cell: [source].flat().join("").slice(0, 60),
      shown: outputs.length > 0,
      large: outputs.map(({ data }) => JSON.stringify(data ?? {}).length).filter((n) => n > MOST_BYTES),
    }));
    expect(sizes.filter(({ shown, large }) => !shown || large.length > 0)).toEqual([]);
  }, 240_000);

  describe("in JupyterLab", () => {
    let lab: Lab;

    beforeAll(async () => {
      process.env.HF_TOKEN = SECRET;
      lab = await Lab.start();
      for (const name of ["rows", "columns"] as const) {
        (name === "rows" ? writeHostileRows : writeHostileColumns)(join(lab.folder, name));
      }
      lab.write("hostile.ipynb", CELLS);
    });
    afterAll(async () => {
      delete process.env.HF_TOKEN;
      await lab?.stop();
    });

    it("are inert text while the notebook runs, and no token is saved with it", async () => {
      const notebook = await lab.open("hostile.ipynb");
      const { page } = notebook;
      const seen = watch(page);
      await notebook.runAll();
      await hover(page);
      expect(
        seen.requests.filter((url) => !url.startsWith(lab.address) && !/^(data|blob):/.test(url)),
      ).toEqual([]);
      await expectInert(page, seen);
      expect(await missingTexts(page)).toEqual([]);
      expect(await page.locator(".jp-OutputArea mjx-container").count()).toBe(0);
      await notebook.command("docmanager:save");
      await page.close();
      const saved = readFileSync(join(lab.folder, "hostile.ipynb"), "utf8");
      expect(saved).toContain("the ledger balances");
      expect([saved.includes(lab.token), saved.includes(SECRET)]).toEqual([false, false]);
    }, 240_000);
  });
});

/** The notebook is executed and converted as `jupyter nbconvert` does it, without the scripts that it loads from elsewhere. */
async function execute(folder: string, name: string, cells: readonly string[]): Promise<void> {
  writeNotebook(join(folder, name), cells);
  const jupyter = join(folder, "jupyter");
  const install = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");
  createRequire(__filename)(install).installKernelspec({ dir: jupyter });
  const nbconvert = join(dirname(PYTHON), "jupyter-nbconvert");
  const env = {
    ...process.env,
    JUPYTER_PATH: jupyter,
    JUPYTER_DATA_DIR: join(folder, "data-dir"),
    HF_TOKEN: SECRET,
  };
  const run = (args: readonly string[]) =>
    promisify(execFile)(nbconvert, [...args, join(folder, name)], { env, cwd: folder, maxBuffer: 1 << 28 });
  await run(["--to", "notebook", "--execute", "--inplace"]);
  await run([
    "--to",
    "html",
    "--HTMLExporter.mathjax_url=",
    "--HTMLExporter.require_js_url=",
    "--HTMLExporter.widget_renderer_url=data:text/javascript,0",
  ]);
}

function writeNotebook(path: string, cells: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) throw new Error(`${path} is there already`);
  writeFileSync(
    path,
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {
        kernelspec: { name: "corpuslab", display_name: "TypeScript (corpuslab)", language: "typescript" },
        language_info: { name: "typescript" },
      },
      cells: cells.map((source, i) => ({
        ...{ cell_type: "code", id: `cell-${i}`, metadata: {}, source, outputs: [], execution_count: null },
      })),
    }),
  );
}

interface Seen {
  readonly requests: string[];
  readonly dialogs: string[];
}

function watch(page: Page): Seen {
  const seen: Seen = { requests: [], dialogs: [] };
  page.on("request", (request) => void seen.requests.push(request.url()));
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return seen;
}

async function watched(browser: Browser, url: string): Promise<{ page: Page; seen: Seen }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const seen = watch(page);
  await page.goto(url);
  return { page, seen };
}

/** Everything folded is opened, and events that payloads wait for are sent. */
async function hover(page: Page): Promise<void> {
  await page.evaluate(`for (const folded of document.querySelectorAll("details")) folded.open = true;
    for (const element of document.querySelectorAll(".jp-OutputArea *")) {
      for (const name of ["mouseover", "focus", "toggle", "error", "load"]) element.dispatchEvent(new Event(name));
    }`);
  await page.waitForTimeout(500);
}

/** Printed text is left out of the links: JupyterLab itself links addresses in it, data: among them, which no browser opens. */
async function expectInert(page: Page, { dialogs }: Seen): Promise<void> {
  const states = await Promise.all(
    page.frames().map((frame) =>
      frame.evaluate(`({
        ran: window.__pwned === undefined && ({}).polluted === undefined ? null : location.href,
        elements: [...document.querySelectorAll("[data-hostile], .data-hostile")].map((e) => e.outerHTML.slice(0, 200)),
        links: [...document.querySelectorAll("a")].filter((a) => !a.closest("[data-mime-type='application/vnd.jupyter.stdout']")).map((a) => a.getAttribute("href") ?? a.getAttributeNS("http://www.w3.org/1999/xlink", "href") ?? "")
          .filter((href) => /^\\s*(javascript|data|vbscript):/i.test(href)),
        handlers: [...document.querySelectorAll(".jp-OutputArea *, body.report *")].filter((e) => [...e.attributes].some(({ name }) => /^on/i.test(name))).length,
      })`),
    ),
  );
  expect(states).toEqual(states.map(() => ({ ran: null, elements: [], links: [], handlers: 0 })));
  expect(dialogs).toEqual([]);
}

/** Which texts the page does not show as they are: control characters as U+FFFD, white space aside. */
async function missingTexts(page: Page): Promise<string[]> {
  const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();
  const shown = squeeze(String(await page.evaluate("document.body.textContent")));
  return TEXTS.map((text) => squeeze(plainText(Buffer.from(text).toString(), { lines: true }))).filter(
    (text) => !shown.includes(text),
  );
}
