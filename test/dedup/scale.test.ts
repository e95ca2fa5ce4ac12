/** Inputs that are quadratic when every pair of a bucket is looked at; they end soon, and right. */
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { dedup } from "../../kernel-lib/dedup/dedup";
import { temporaryFolder } from "../run/run-cli";
import { randomFrom } from "./reference";

const quiet = { workers: 1, onProgress: () => undefined };

async function linesOf(count: number, textOf: (i: number) => string): Promise<string> {
  const path = join(temporaryFolder(), "rows.jsonl");
  const file = createWriteStream(path);
  for (let i = 0; i < count; i += 1000) {
    const part = Array.from({ length: Math.min(1000, count - i) }, (_, k) =>
      JSON.stringify({ id: `${i + k}`, text: textOf(i + k) }),
    );
    file.write(`${part.join("\n")}\n`);
  }
  file.end();
  await finished(file);
  return path;
}

describe("many rows", () => {
  it("that are all the same leave one", async () => {
    const found = await dedup(await linesOf(200_000, () => "the same words in every row of it"), quiet);
    expect([found.rows, found.kept]).toEqual([200_000, 1]);
  });

  it("of the same words in other letters leave one, though none equals another", async () => {
    const word = (i: number, k: number) => ((i >> k) & 1 ? "WORD" : "word");
    const text = (i: number) => Array.from({ length: 17 }, (_, k) => `${word(i, k)}${k}`).join(" ");
    const found = await dedup(await linesOf(100_000, text), quiet);
    expect([found.rows, found.kept, found.found.crowdRows]).toEqual([100_000, 1, 100_000]);
  });

  it("that share a band and little else all stay", async () => {
    const random = randomFrom(1);
    const own = () => Array.from({ length: 4 }, () => `u${Math.floor(random() * 1e7)}`).join(" ");
    const path = await linesOf(100_000, () => `c1 c2 c3 c4 c5 c6 ${own()}`);
    const found = await dedup(path, { ...quiet, hashes: 16, bands: "16x1" });
    expect([found.rows, found.kept, found.found.crowdRows]).toEqual([100_000, 100_000, 100_000]);
  });

  it("of random bytes and lone surrogates are counted, and the others compared", async () => {
    const random = randomFrom(9);
    const path = join(temporaryFolder(), "rows.jsonl");
    const lines: Buffer[] = [];
    for (let i = 0; i < 3000; i++) {
      const bytes = Buffer.from(
        Array.from({ length: 1 + random() * 200 }, () => 32 + Math.floor(random() * 224)),
      );
      const lone = `{"id":"${i}","text":"one \\ud8${(i % 10) + 10} two \\udc00 three ${i % 7} four five six"}`;
      lines.push(
        i % 3 === 2 ? bytes : Buffer.from(i % 3 === 1 ? lone : `{"id":"${i}","text":"plain words ${i}"}`),
      );
    }
    writeFileSync(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])));
    const found = await dedup(path, quiet);
    const { without_text: why } = found.toJSON() as { without_text: Record<string, number> };
    expect([found.rows, why["broken JSON"]]).toEqual([3000, 1000]);
    // Seven texts with surrogates, which all stand for the same replacement character; plain ones differ in a number.
    expect(found.duplicates.filter(({ kind }) => kind === "exact")).toHaveLength(1000 - 7);
  });

  it("longer than the reader's buffer are read whole", async () => {
    const long = `start ${"x".repeat(5_000_000)} end`;
    const found = await dedup(await linesOf(6, (i) => (i % 2 === 0 ? long : `short row ${i}`)), quiet);
    expect(found.duplicates.map(({ id }) => id)).toEqual(["2", "4"]);
  });
});
