import { describe, expect, it } from "vitest";
import { inventory } from "../../kernel-lib/inventory/inventory-of";
import { renderReport } from "../../kernel-lib/inventory/report-html";
import { makeFolder, makeJsonl, makeSource, mathRow } from "./made-source";

const folder = makeFolder();
const ATTACK = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

async function reportOf(rows: readonly (object | string)[], split = "train", dataset = "test/made") {
  return renderReport(
    (await inventory(makeSource({ [split]: [makeJsonl(folder, "r.jsonl", rows)] }, dataset))).data,
  );
}

describe("renderReport", () => {
  it("needs nothing from outside and forbids it", async () => {
    const html = await reportOf([mathRow(1)]);
    expect(html).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    );
    expect(html).not.toMatch(/<script|<link|<iframe|@import|url\(|https?:\/\//);
    expect(html).toContain("prefers-color-scheme:dark");
  });

  it("shows hostile text of columns, values, types, splits and datasets as text", async () => {
    const row = { [ATTACK]: ATTACK, nested: { [ATTACK]: [ATTACK] }, mixed: ATTACK };
    const html = await reportOf([row, { mixed: 1 }, `{"a": ${ATTACK}`], ATTACK, ATTACK);
    expect(html).not.toMatch(/<script|<img/);
    expect(html).toContain("&quot;&gt;&lt;script&gt;alert(1)");
  });

  it("shows rows, types, mixed examples, unreadable lines and a token histogram of each split", async () => {
    const html = await reportOf([
      ...Array.from({ length: 1200 }, (_, i) => mathRow(i)),
      mathRow(0, { problem: 5 }),
      "",
    ]);
    expect(html).toContain("<b>1,201</b> rows");
    expect(html).toContain('<span class="chip t-dict"');
    expect(html).toContain("r.jsonl row 1200");
    expect(html).toContain("Unreadable lines: 1");
    expect(html).toMatch(
      /<svg viewBox="0 0 640 \d+" role="img" aria-label="Estimated tokens a row: median \d+/,
    );
  });
});
