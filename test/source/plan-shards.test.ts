import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { planShards } from "../../kernel-lib/source/plan-shards";
import type { RawRow } from "../../kernel-lib/source/source";
import { type Everything, everything, fileOf, random, trickyRow } from "./row-files";

/** All shards read one by one, put together. */
async function readShards(
  file: ReturnType<typeof fileOf>,
  options: Parameters<typeof planShards>[1],
): Promise<Everything> {
  const plan = await planShards(file, options);
  const all: Everything = { rows: [], bad: [] };
  let next = 0;
  for (const range of plan.shards) {
    expect(range.firstRow).toBe(next);
    next += range.rows;
    const part = await everything(file, {
      range,
      ...(options?.chunkBytes ? { chunkBytes: options.chunkBytes } : {}),
    });
    expect(part.rows.length + part.bad.length).toBe(range.rows);
    all.rows.push(...part.rows);
    all.bad.push(...part.bad);
  }
  expect(next).toBe(plan.rows);
  return all;
}

const next = random(5);
const ROWS = Array.from({ length: 50 }, (_, i) => trickyRow(next, i % 7));

describe("planShards", () => {
  it.each([
    ["lines.jsonl", `\ufeff${ROWS.map((row, i) => (i % 6 === 2 ? "\r\n" : `${row}\n`)).join("")}last`],
    ["array.json", `\ufeff[\n${ROWS.map((row) => ` ${row}`).join(" ,\n")}\n]\n`],
    ["faulty.json", `[${ROWS.map((row, i) => row + ["", " junk", ",", " {}", "}"][i % 5]!).join(",")},]x`],
    ["cut.json", `[${ROWS.join(",")},{"a":`],
    ["wrapped.json", `{"data": [${ROWS.join(",")}]}`],
    ["table.csv", `a,b\n${ROWS.map((_, i) => (i % 5 === 3 ? "1,2,3\n" : `"x\n${i}",é\r\n`)).join("")}`],
  ])("%s: shards read alone give what the whole gives", async (name, content) => {
    const file = fileOf(name, content);
    const whole = await everything(file);
    expect(whole.rows.length).toBeGreaterThan(30);
    for (const rowsPerShard of [1, 2, 3, 7, 20, 49, 50, 51, 1000]) {
      expect(await readShards(file, { rowsPerShard })).toEqual(whole);
      expect(await readShards(file, { rowsPerShard, chunkBytes: rowsPerShard })).toEqual(whole);
    }
    for (const shardBytes of [1, 10, 100, 101, 1000, 1e6]) {
      expect(await readShards(file, { shardBytes })).toEqual(whole);
    }
    for (let chunkBytes = 1; chunkBytes < 64; chunkBytes++) {
      expect(await planShards(file, { rowsPerShard: 4, chunkBytes })).toEqual(
        await planShards(file, { rowsPerShard: 4 }),
      );
    }
  });

  it("cuts at rows or bytes, whichever comes first; a longer row is a shard of its own", async () => {
    const file = fileOf(
      "cuts.jsonl",
      ["1", "2", "3", "4".repeat(50), "5", "6"].map((row) => `${row}\n`).join(""),
    );
    expect((await planShards(file, { rowsPerShard: 2, shardBytes: 20 })).shards).toEqual([
      { firstRow: 0, rows: 2, start: 0, end: 4 },
      { firstRow: 2, rows: 1, start: 4, end: 6 },
      { firstRow: 3, rows: 1, start: 6, end: 57 },
      { firstRow: 4, rows: 2, start: 57, end: 61 },
    ]);
  });

  it("plans a packed file as its unpacked text, to be read in one go", async () => {
    const content = ROWS.map((row) => `${row}\n`).join("");
    const plain = await planShards(fileOf("same.jsonl", content), { rowsPerShard: 9 });
    const packed = await planShards(fileOf("same.jsonl.gz", gzipSync(content)), { rowsPerShard: 9 });
    expect(packed).toEqual({ ...plain, seekable: false });
    expect([plain.seekable, plain.rows, plain.unpackedBytes]).toEqual([true, 50, Buffer.byteLength(content)]);
  });

  it.each(["lines.jsonl", "array.json"])("plans only the first rows of %s", async (name) => {
    const content = name.endsWith("l") ? ROWS.map((row) => `${row}\n`).join("") : `[${ROWS.join(",")}]`;
    const file = fileOf(`first-${name}`, content);
    const { rows } = await everything(file);
    const whole = await planShards(file, { rowsPerShard: 4 });
    for (const maxRows of [1, 4, 5, 49, 50, 99]) {
      const plan = await planShards(file, { rowsPerShard: 4, maxRows });
      const count = Math.min(maxRows, 50);
      expect([plan.rows, plan.unpackedBytes]).toEqual([count, maxRows < 50 ? null : whole.unpackedBytes]);
      const read: RawRow[] = [];
      for (const range of plan.shards) read.push(...(await everything(file, { range })).rows);
      expect(read).toEqual(rows.slice(0, count));
    }
  });

  it("plans no shards where there are no rows", async () => {
    for (const file of [
      fileOf("none.json", "[ ]"),
      fileOf("none.csv", "a,b\n"),
      fileOf("bom.jsonl", "\ufeff"),
    ]) {
      expect(await planShards(file)).toMatchObject({ rows: 0, shards: [] });
    }
  });

  it("stops when aborted", async () => {
    const file = fileOf("abort.jsonl", "1\n");
    await expect(planShards(file, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
