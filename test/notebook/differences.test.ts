import { describe, expect, it } from "vitest";
import { type DifferencesOptions, showDifferences } from "../../kernel-lib/notebook/differences";

const bundle = (rows: Record<string, unknown>[], options?: DifferencesOptions) => {
  const shown = showDifferences(rows, options) as unknown as Record<symbol, () => Record<string, string>>;
  return shown[Symbol.for("corpuslab.display")]!();
};
const words = (n: number) => Array.from({ length: n }, (_, i) => `w${i}`).join(" ");
const bare = (html: string) =>
  html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
/** What one side shows, with what is folded. */
const side = (html: string, only: "removed" | "added") =>
  [...html.matchAll(/<div class="corpuslab-(equal|removed|added)"[^>]*>([\s\S]*?)<\/div>/g)]
    .filter(([, kind]) => kind === "equal" || kind === only)
    .map(([, , text]) => bare(text!))
    .join("");

describe("showDifferences", () => {
  it("shows both texts whole, the equal parts folded with their number of words", () => {
    const first = { id: "a", text: `${words(500)} first ${words(500)} one`, n: 1 };
    const other = { id: "b", text: `${words(500)} second ${words(500)} two`, n: 1 };
    const shown = bundle([first, other]);
    expect(side(shown["text/html"]!, "removed")).toBe(first.text);
    expect(side(shown["text/html"]!, "added")).toBe(other.text);
    expect(shown["text/html"]).toMatch(/<summary[^>]*>… 4\d\d equal words …<\/summary>/);
    expect(shown["text/html"]).toMatch(/<del [^>]*>first<\/del>[\s\S]*<ins [^>]*>second<\/ins>/);
    expect(shown["text/plain"]).toMatch(/… 4\d\d equal words …/);
    expect(shown["text/plain"]).toContain("[-first-]{+second+}");
    expect(shown["text/plain"]).toContain("id: [-a-] {+b+}\n1 other column the same");
  });

  it("compares the conversations of source rows, and rows without text", () => {
    const row = (answer: string) => ({
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: answer },
      ],
    });
    expect(bundle([row("Yes."), row("No.")])["text/plain"]).toContain("assistant: [-Yes-]{+No+}.");
    expect(bundle([{ n: 1 }, { n: 2 }])["text/plain"]).toContain(
      "n: [-1-] {+2+}\n0 other columns the same\nno text to compare",
    );
    expect(bundle([{ id: "x" }])["text/html"]).toContain("x: nothing stands beside it");
    expect(() => showDifferences([])).toThrow("showDifferences: no rows");
  });

  it("shows hostile rows as text", () => {
    const evil = "<img src=x onerror=alert(1)>\u202e\u001b[1m</del>";
    const shown = bundle(
      [
        { row_key: evil, [evil]: evil, text: `${evil} a ${words(300)}` },
        { row_key: `${evil}2`, [evil]: `${evil}2`, text: `${evil} b ${words(300)}` },
      ],
      { heading: evil, notes: [evil], titles: [evil, evil] },
    );
    expect(shown["text/html"]).not.toContain("<img");
    expect(shown["text/html"]).not.toMatch(/[\u202e\u001b]/);
    expect(shown["text/plain"]).not.toMatch(/[\u202e\u001b]/);
  });
});
