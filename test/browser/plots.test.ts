/** Figures of hostile group names, drawn by the real plotly in a real Chromium: they are text, and nothing else. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { displaySymbol } from "../../kernel-lib/notebook/display";
import type { Figure } from "../../kernel-lib/plot/figure";
import { plot } from "../../kernel-lib/plot/plot";
import type { Table } from "../../kernel-lib/table/table";
import { PYTHON } from "../kernel/kernel-session";
import { tableOfSql } from "../plot/plot-files";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const VENV = dirname(dirname(PYTHON));
const bundle = ["lib", "Lib"]
  .map((name) => join(VENV, name))
  .filter(existsSync)
  .flatMap((lib) => [lib, ...readdirSync(lib).map((name) => join(lib, name))])
  .map((lib) => join(lib, "site-packages", "plotly", "package_data", "plotly.min.js"))
  .find(existsSync);
const missing = !existsSync(CHROMIUM)
  ? `no Chromium at ${CHROMIUM}`
  : bundle === undefined
    ? "no plotly in .venv (npm start makes it)"
    : null;
if (missing) console.warn(`SKIPPED: ${missing}`);

/** Name → what a reader sees of it. */
const HOSTILE: readonly (readonly [name: string, seen: string])[] = [
  ["<script>ran()</script>", "<script>ran()</script>"],
  ['<a href="javascript:ran()">x</a>', '<a href="javascript:ran()">x</a>'],
  ['<img src=x onerror="ran()">', '<img src=x onerror="ran()">'],
  ["a<br>b &amp; <b>c</b>", "a<br>b &amp; <b>c</b>"],
  ["$\\frac{1}{2}$ %{x} %{customdata}", "$\\frac{1}{2}$ %{x} %{customdata}"],
  ["</svg></script><!--]]>", "</svg></script><!--]]>"],
  ["\u202egnp.exe\u0000\u001b[31m", "\ufffdgnp.exe\ufffd\ufffd[31m"],
  ["__proto__", "__proto__"],
  ["z".repeat(2_000_000), `${"z".repeat(39)}…`],
];

describe.skipIf(missing !== null)(`hostile names in figures (${missing ?? "drawn"})`, () => {
  let browser: Browser;
  let page: Page;
  let table: Table;
  const requests: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    page = await browser.newPage();
    page.on("request", (request) => requests.push(request.url()));
    await page.addScriptTag({ path: bundle! });
    await page.evaluate("globalThis.hits = 0; globalThis.ran = () => { hits++; }");
    const names = HOSTILE.map(
      ([name]) => `chr(${[...name.slice(0, 60)].map((c) => c.codePointAt(0)).join(")||chr(")})`,
    );
    names[8] = "repeat('z', 2000000)";
    names[6] = names[6]!.replaceAll("chr(0)", "'\u0001'"); // DuckDB's chr(0) ends the text
    table = await tableOfSql(
      `select g as "<b>column</b>", g as other, i::double as x, i * 2 as y from (select unnest([${names.join(", ")}]) as g), range(1, 40) t(i)`,
    );
  });
  afterAll(() => browser?.close());

  /** Elements and text of a figure, drawn by plotly and as the static picture. */
  async function drawn(figure: Figure) {
    const shown = figure[displaySymbol]();
    return (await page.evaluate(
      `(async ({ plotly, svg }) => {
        const host = document.body.appendChild(document.createElement("div"));
        await Plotly.newPlot(host, plotly.data, plotly.layout, plotly.config);
        const still = new DOMParser().parseFromString(svg, "image/svg+xml");
        const facts = (root) => ({
          elements: [...new Set([...root.querySelectorAll("*")].map((e) => e.localName))].sort(),
          links: [...root.querySelectorAll("a, script, img, image, foreignObject, iframe")].filter((e) => !/^data:image\\/png/.test(e.getAttribute("href") ?? "")).length,
          handlers: [...root.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length,
          texts: [...root.querySelectorAll("text")].map((e) => e.textContent),
        });
        const found = { live: facts(host), still: facts(still), hits };
        host.remove();
        return found;
      })(${JSON.stringify({ plotly: shown["application/vnd.plotly.v1+json"], svg: shown["image/svg+xml"] })})`,
    )) as { live: Facts; still: Facts; hits: number };
  }
  interface Facts {
    readonly elements: string[];
    readonly links: number;
    readonly handlers: number;
    readonly texts: string[];
  }

  it.each([
    ["bars", () => plot.bars(table, "<b>column</b>")],
    ["histogram", () => plot.histogram(table, "x", { by: "<b>column</b>" })],
    ["percentiles", () => plot.percentiles(table, "x", { by: "<b>column</b>" })],
    ["scatter", () => plot.scatter(table, "x", "y", { by: "<b>column</b>" })],
    ["heatmap", () => plot.heatmap(table, "<b>column</b>", "other")],
  ])("%s", async (_, draw) => {
    const figure = await draw();
    const { live, still, hits } = await drawn(figure);
    expect(hits).toBe(0);
    expect([live.links, still.links, still.handlers]).toEqual([0, 0, 0]);
    expect(still.elements).toEqual(
      ["path", "rect", "svg", "text"].filter((name) => still.elements.includes(name)),
    );
    for (const [, seen] of HOSTILE) {
      expect(still.texts).toContain(seen);
      expect(live.texts).toContain(seen);
    }
    expect(String(figure)).not.toMatch(/[\u0000-\u0008\u001b\u202e]/);
    expect(requests.filter((url) => !url.startsWith("data:") && !url.startsWith("about:"))).toEqual([]);
  });
});
