/** The inventory report of a hostile dataset in a real browser: nothing runs, nothing is fetched, the text is shown. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inventory } from "../../kernel-lib/inventory/inventory-of";
import { writeReports } from "../../kernel-lib/inventory/write-reports";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { temporaryFolder } from "../run/run-cli";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const present = existsSync(executablePath);
if (!present) console.warn(`SKIPPED: no Chromium at ${executablePath}; set CHROMIUM to its path`);

const HOSTILE = [
  "<script>window.ran = 1</script>",
  '<img src=x onerror="window.ran = 1">',
  '"><svg onload=window.ran=1>',
  "</style><style>body{display:none}</style>",
  '<a href="javascript:window.ran=1">click</a>',
  '<iframe src="http://127.0.0.1:9/x"></iframe>',
  "]]><!--",
  "\u001b[31mred\u001b[0m",
  "\u202egnp.exe",
];

describe.skipIf(!present)("the report in a browser", () => {
  const folder = temporaryFolder();
  let browser: Browser;

  beforeAll(async () => {
    const data = join(folder, "data");
    mkdirSync(data);
    const rows = HOSTILE.map((text, i) => ({
      [text]: text,
      text,
      messages: [{ role: text, content: i % 2 ? text : { a: text } }],
    }));
    writeFileSync(join(data, "train.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const found = await inventory(await resolveSource(data), { adapter: "messages" });
    writeReports(found, join(folder, "report"));
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
  });
  afterAll(() => browser?.close());

  it.each([1280, 1920])("is inert and fits %i pixels", async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    const errors: string[] = [];
    page.on("dialog", () => errors.push("dialog"));
    await page.goto(`file://${join(folder, "report", "index.html")}`);
    await page.waitForTimeout(300);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(requests.map((url) => new URL(url).protocol)).toEqual(["file:"]);
    expect(errors).toEqual([]);
    expect(await page.locator("script, iframe, img, object, embed").count()).toBe(0);
    const text = await page.locator("body").innerText();
    expect(text).toContain("<script>window.ran = 1</script>");
    expect(text).toContain('onerror="window.ran = 1"');
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(overflow).toBe(0);
    await page.close();
  });
});
