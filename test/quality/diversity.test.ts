import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { diversity } from "../../kernel-lib/quality/diversity";
import { MovingRatio } from "../../kernel-lib/quality/moving-ratio";
import { open } from "../../kernel-lib/table/open";
import { cli, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();

/** Rows of words from one vocabulary, drawn without end. */
function rowsOf(words: number, rows: number): string {
  let state = 7;
  const word = () => {
    state = (state * 48271) % 2147483647;
    return `w${Math.floor((state / 2147483647) ** 3 * 400)}`;
  };
  const line = () =>
    JSON.stringify({
      messages: [
        { role: "user", content: "These words do not count." },
        { role: "assistant", content: Array.from({ length: words }, word).join(" ") },
      ],
    });
  return `${Array.from({ length: rows }, line).join("\n")}\n`;
}

beforeAll(() => {
  for (const [name, text] of Object.entries({ small: rowsOf(40, 50), large: rowsOf(40, 800) })) {
    writeFileSync(join(folder, `${name}.jsonl`), text);
    expect(cli(["normalize", join(folder, `${name}.jsonl`), "--out", join(folder, name)]).code).toBe(0);
  }
});

describe("the moving ratio", () => {
  it("is the mean of all windows' ratios", () => {
    const words = Array.from({ length: 300 }, (_, i) => (i * i) % 37);
    const moving = new MovingRatio(25);
    for (const word of words) moving.add(word);
    const ratios = Array.from({ length: 276 }, (_, i) => new Set(words.slice(i, i + 25)).size / 25);
    expect(moving.mean).toBeCloseTo(ratios.reduce((sum, one) => sum + one, 0) / 276, 12);
    expect(new MovingRatio(301).mean).toBeNull();
  });
});

describe("diversity of a table", () => {
  it("counts the assistant's words, and its moving ratio does not fall with size as the plain one does", async () => {
    const [small] = (await diversity(await open(join(folder, "small")))).lines;
    const [large] = (await diversity(await open(join(folder, "large")))).lines;
    expect(small).toMatchObject({ rows: 50, of: 50, words: 2000 });
    expect(large).toMatchObject({ rows: 800, of: 800, words: 32000 });
    expect(large!.type_token_ratio!).toBeLessThan(small!.type_token_ratio! / 5);
    expect(Math.abs(large!.moving_ratio! - small!.moving_ratio!)).toBeLessThan(0.02);
    // The k-th word is drawn with this probability.
    const shares = Array.from({ length: 400 }, (_, k) => Math.cbrt((k + 1) / 400) - Math.cbrt(k / 400));
    const bits = shares.reduce((sum, share) => sum - share * Math.log2(share), 0);
    expect(Math.abs(large!.word_entropy_bits! - bits)).toBeLessThan(0.05);
  });

  it("reads so many rows of each split, always the same ones", async () => {
    const table = await open(join(folder, "large"));
    const found = await diversity(table, { rows: 30, window: 100 });
    expect(found.lines).toMatchObject([{ rows: 30, of: 800, words: 1200 }]);
    expect(
      await diversity(table.sql("select * from this order by row_key desc"), { rows: 30, window: 100 }),
    ).toEqual(found);
    expect(String(found)).toContain("1200 words");
    await expect(diversity(table.select(["row_key"]))).rejects.toThrow("has no column messages, text");
    await expect(diversity(table, { rows: 0 })).rejects.toThrow("expected a whole number above 0");
  });
});
