/** The explorer without a kernel, in a real browser: dragged by mouse and keyboard, counts equal those over the rows. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policyOf } from "../../kernel-lib/explore/policy";
import type { Bounds, Selection, Sketch } from "../../kernel-lib/explore/protocol";
import { staticBundle } from "../../kernel-lib/explore/static-output";
import { bruteForce, open } from "../explore/brute-force";
import { COLUMNS, randomRows, sketchOf } from "../explore/sketch-of";
import { kernelMissing, PYTHON } from "../kernel/kernel-session";
import { temporaryFolder } from "../run/run-cli";
import { ExplorerFrame } from "./explorer-frame";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const present = existsSync(executablePath);
if (!present) console.warn(`SKIPPED: no Chromium at ${executablePath}; set CHROMIUM to its path`);

const [TOKENS, PERCENTILE] = ["stats_approx_tokens", "percentile_within_split"];

describe.skipIf(!present)("the explorer's page without a kernel", () => {
  const folder = temporaryFolder();
  const rows = randomRows(20_000);
  const sketch = sketchOf(rows, COLUMNS);
  let browser: Browser;

  beforeAll(async () => {
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser?.close());

  async function openFile(
    file: string,
    width = 1280,
    height = 1000,
  ): Promise<{ page: Page; requests: string[] }> {
    const page = await browser.newPage({ viewport: { width, height } });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).protocol));
    page.on("dialog", () => requests.push("dialog"));
    await page.goto(`file://${file}`);
    return { page, requests };
  }

  function write(name: string, of: Sketch): string {
    const file = join(folder, name);
    const html = staticBundle(of)["text/html"] as string;
    writeFileSync(file, `<!DOCTYPE html><meta charset="utf-8"><body>${html}</body>`);
    return file;
  }

  /** What the page shows equals a count over the rows, for the bounds that the page says it has. */
  async function holds(explorer: ExplorerFrame, decided: Partial<Bounds> = {}): Promise<Selection> {
    const selection: Record<string, Bounds> = {};
    for (const { name } of sketch.columns) {
      const [lower, upper] = [await explorer.bound("lower", name), await explorer.bound("upper", name)];
      selection[name] = { ...open, ...(name === PERCENTILE ? decided : {}), lower, upper };
    }
    const { kept, groups } = bruteForce(rows, sketch, selection);
    expect(await explorer.shown()).toEqual(kept);
    expect(await explorer.groups()).toEqual(groups.map((group) => group.rows));
    expect(await explorer.policy("SQL")).toBe(policyOf(sketch.columns, selection).sql);
    expect(await explorer.policy("TypeScript")).toBe(policyOf(sketch.columns, selection).code);
    return selection;
  }

  async function dragEverything(explorer: ExplorerFrame): Promise<void> {
    expect(await holds(explorer)).toEqual({ [TOKENS]: open, [PERCENTILE]: open });
    await explorer.drag("lower", TOKENS, 0.5);
    await explorer.drag("upper", TOKENS, 0.8);
    await explorer.drag("lower", PERCENTILE, 0.25);
    const dragged = await holds(explorer);
    expect(dragged[TOKENS]).toMatchObject({ lower: 256, upper: 6889 });
    expect(dragged[PERCENTILE]).toMatchObject({ lower: 25, upper: null });

    const handle = explorer.handle("lower", PERCENTILE);
    await handle.focus();
    for (const key of ["ArrowRight", "ArrowUp", "PageUp", "ArrowLeft"]) await handle.press(key);
    expect((await holds(explorer))[PERCENTILE]!.lower).toBe(36);
    await handle.press("End");
    expect((await holds(explorer))[PERCENTILE]!.lower).toBe(99);
    await handle.press("Home");
    expect((await holds(explorer))[PERCENTILE]!.lower).toBeNull();
    await explorer.handle("upper", PERCENTILE).press("PageDown");
    expect((await holds(explorer))[PERCENTILE]!.upper).toBe(90);
  }

  it("is dragged by mouse and keyboard, alone and from a converted notebook", {
    timeout: 120_000,
  }, async (context) => {
    const { page, requests } = await openFile(write("two.html", sketch));
    const explorer = new ExplorerFrame(page);
    expect(await explorer.badge().textContent()).toBe("static");
    await dragEverything(explorer);

    for (const decision of ["keep", "drop"] as const) {
      const nulls = explorer.frame.getByRole("radiogroup", { name: `rows whose ${PERCENTILE} is null` });
      await nulls.getByRole("radio", { name: decision }).check();
      await holds(explorer, { nulls: decision });
    }
    await explorer.input("lower", TOKENS).fill("1000");
    await explorer.input("lower", TOKENS).press("Enter");
    expect((await holds(explorer, { nulls: "drop" }))[TOKENS]!.lower).toBe(1024);
    expect(await explorer.frame.locator(".summary .note").textContent()).toBe(
      "without a kernel bounds stand on bin edges: 1,024 is the nearest",
    );
    expect(requests.filter((protocol) => protocol !== "file:")).toEqual([]);
    await page.close();

    if (kernelMissing) context.skip(`without JupyterLab no nbconvert: ${kernelMissing}`);
    const notebook = join(folder, "saved.ipynb");
    const output = { output_type: "display_data", data: staticBundle(sketch), metadata: {} };
    const cell = {
      cell_type: "code",
      id: "a",
      metadata: {},
      source: "t",
      outputs: [output],
      execution_count: 1,
    };
    writeFileSync(notebook, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }));
    execFileSync(
      join(dirname(PYTHON), "jupyter"),
      ["nbconvert", "--to", "html", "--log-level=ERROR", notebook],
      { stdio: "pipe" },
    );
    const converted = await openFile(join(folder, "saved.html"));
    await dragEverything(new ExplorerFrame(converted.page));
    expect(await converted.page.locator("img").isVisible()).toBe(false);
    await converted.page.close();
  });

  it("names every control, and says what a handle means", async () => {
    const { page } = await openFile(write("named.html", sketch));
    const { frame, ...explorer } = new ExplorerFrame(page);
    expect(explorer).toBeDefined();
    const handle = frame.getByRole("slider", { name: "upper bound of stats_approx_tokens", exact: true });
    await handle.press("PageDown");
    expect(await handle.getAttribute("aria-valuenow")).toBe("11585");
    expect(await handle.getAttribute("aria-valuemin")).toBe("1");
    expect(await handle.getAttribute("aria-valuemax")).toBe("65536");
    expect(await handle.getAttribute("aria-valuetext")).toMatch(
      /^below 11,585 tokens; [\d,]+ of 20,000 rows kept, \d+\.\d%$/,
    );
    for (const [role, names] of Object.entries({
      slider: 4,
      spinbutton: 4,
      radio: 6,
      button: 2,
      table: 3,
    })) {
      const all = frame.getByRole(role as "slider");
      expect([role, await all.count()]).toEqual([role, names]);
      if (role !== "table")
        expect(await frame.getByRole(role as "slider", { name: /\w/ }).count()).toBe(names);
    }
    await page.close();
  });

  it.each([1280, 1920, 640])("fits %i pixels", async (width) => {
    const { page } = await openFile(write("fits.html", sketch), width);
    await new ExplorerFrame(page).badge().waitFor();
    const inner = page.frames()[1]!;
    const [frame, content, overflow] = (await inner.evaluate(
      "[innerHeight, document.querySelector('main').getBoundingClientRect().height, document.documentElement.scrollWidth - innerWidth]",
    )) as [number, number, number];
    expect(overflow).toBe(0);
    expect(frame - content).toBeGreaterThanOrEqual(0);
    expect(frame - content).toBeLessThan(90);
    await page.close();
  });

  it("is inert whatever the names are", async () => {
    const hostile = [
      "<script>top.ran = 1</script>",
      '<img src=x onerror="top.ran = 1">',
      "</script><script>top.ran = 1</script>",
      '"></iframe><svg onload=top.ran=1>',
      "<!--<script>",
      "&lt;b&gt;&quot;",
      '<iframe src="http://127.0.0.1:9/x"></iframe>',
      "\u202egnp.exe",
      "\u001b[31mred",
      "__proto__",
    ];
    const some = randomRows(2000, { groups: hostile }).map((row) => ({ ...row, values: [row.values[1]!] }));
    for (const name of [hostile[2]!, hostile[3]!, "__proto__", "constructor"]) {
      const nasty = sketchOf(some, [{ ...COLUMNS[1]!, name, unit: hostile[1]! }], {
        origin: hostile[0]!,
        id: '1"><b>',
      });
      const { page, requests } = await openFile(write("hostile.html", nasty));
      const explorer = new ExplorerFrame(page);
      await explorer.badge().waitFor();
      const before = await explorer.shown();
      await explorer.frame.getByRole("slider").first().press("PageUp");
      const kept = bruteForce(some, nasty, Object.fromEntries([[name, { ...open, lower: 10 }]])).kept;
      expect(await explorer.shown()).toEqual(kept);
      expect(kept.rows).toBeLessThan(before.rows);
      expect(await page.evaluate("window.ran")).toBeUndefined();
      expect(await explorer.frame.locator("img, iframe, main script").count()).toBe(0);
      expect((await explorer.frame.locator(".groups th bdi").allTextContents()).sort()).toEqual(
        hostile.map((text) => text.replace(/[\u202e\u001b]/g, "\ufffd")).sort(),
      );
      expect(requests).toEqual(["file:", "about:"].slice(0, requests.length));
      await page.close();
    }
  });

  it("keeps the frame from the network and from the page around it", async () => {
    let asked = 0;
    const server = createServer(() => asked++).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { page } = await openFile(write("sandbox.html", sketch));
    await new ExplorerFrame(page).badge().waitFor();
    const tried = await page.frames()[1]!.evaluate(`Promise.all([
      fetch("${address}/x").then(() => "fetched", () => "refused"),
      new Promise((done) => { const i = new Image(); i.onload = () => done("loaded"); i.onerror = () => done("refused"); i.src = "${address}/y"; }),
      Promise.resolve().then(() => { try { return String(parent.document) } catch { return "refused" } }),
      Promise.resolve().then(() => { const s = document.createElement("script"); s.textContent = "window.ran = 1"; document.body.append(s); return String(window.ran) }),
    ])`);
    expect(tried).toEqual(["refused", "refused", "refused", "undefined"]);
    expect(asked).toBe(0);
    await page.close();
    server.close();
  });

  it("gives a picture and a text beside the page", () => {
    const selection = {
      [TOKENS]: { ...open, lower: 256 },
      [PERCENTILE]: { ...open, nulls: "keep" as const },
    };
    const bundle = staticBundle({ ...sketch, selection });
    const { kept } = bruteForce(rows, sketch, selection);
    const share = `${kept.rows.toLocaleString("en-US")} of 20,000 rows kept`;
    expect(bundle["text/plain"]).toContain(`explorer of ${TOKENS}, ${PERCENTILE} · test rows · ${share}`);
    expect(bundle["image/svg+xml"]).toContain(share);
    expect(bundle["text/plain"]).not.toContain("nearest");

    // between two edges: what was counted is said, not what was set
    const between = { ...selection, [PERCENTILE]: { ...open, lower: 10.4, upper: 200 } };
    const moved = staticBundle({ ...sketch, selection: between });
    const near = { ...selection, [PERCENTILE]: { ...open, lower: 10 } };
    expect(moved["text/plain"]).toContain(
      `${bruteForce(rows, sketch, near).kept.rows.toLocaleString("en-US")} of 20,000 rows kept`,
    );
    expect(moved["text/plain"]).toContain(
      `${PERCENTILE} counted from 10, the bin edges nearest to: from 10.4 to below 200`,
    );
    expect(moved["image/svg+xml"]).toContain("from 10 (bin edges nearest to: from 10.4 to below 200)");
    expect(readFileSync(write("size.html", sketch)).length).toBeLessThan(400_000);
  });
});
