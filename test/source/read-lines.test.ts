import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readRows } from "../../kernel-lib/source/read-rows";
import { everything, faults, fileOf, pathOf, random, texts, trickyRow } from "./row-files";

describe("JSONL", () => {
  it("numbers physical lines and states byte offsets that lead back to the bytes", async () => {
    const file = fileOf("offsets.jsonl", '{"a":"é"}\n\n{"b":2}\r\n \t \n{"c":"\u2028"}');
    const all = await everything(file);
    expect(all.rows).toEqual([
      { row: 0, offset: 0, text: '{"a":"é"}' },
      { row: 2, offset: 12, text: '{"b":2}' },
      { row: 4, offset: 25, text: '{"c":"\u2028"}' },
    ]);
    expect(faults(all)).toEqual(["1 11 blank", "3 21 blank"]);
    const bytes = readFileSync(file.path);
    for (const { offset, text } of all.rows) {
      expect(bytes.subarray(offset!, offset! + Buffer.byteLength(text)).toString()).toBe(text);
    }
  });

  it.each([
    ["", [], []],
    ["\n", [], ["0 0 blank"]],
    ["1", ["1"], []],
    ["1\n", ["1"], []],
    ["1\n\n", ["1"], ["1 2 blank"]],
    ["\r\n1\r\n", ["1"], ["0 0 blank"]],
    ["1\n\r", ["1"], ["1 2 blank"]],
  ])("%j", async (content, rows, bad) => {
    const all = await everything(fileOf("short.jsonl", content));
    expect(texts(all)).toEqual(rows);
    expect(faults(all)).toEqual(bad);
  });

  it("skips a UTF-8 byte order mark and keeps offsets physical", async () => {
    const all = await everything(fileOf("bom.jsonl", "\ufeff1\n2\n"));
    expect(all.rows).toEqual([
      { row: 0, offset: 3, text: "1" },
      { row: 1, offset: 5, text: "2" },
    ]);
  });

  it("keeps the bytes of a line that is not UTF-8, and reads the others", async () => {
    const broken = Buffer.from([0x7b, 0xff, 0xc3, 0x28, 0x7d]);
    const file = fileOf(
      "utf8.jsonl",
      Buffer.concat([Buffer.from('{"é":1}\n'), broken, Buffer.from('\n{"漢":2}\n')]),
    );
    for (const chunkBytes of [1, 3, 7, 1024]) {
      const all = await everything(file, { chunkBytes });
      expect(texts(all)).toEqual(['{"é":1}', '{"漢":2}']);
      expect(faults(all)).toEqual(["1 9 invalid_utf8"]);
      expect(Buffer.from(all.bad[0]!.bytes)).toEqual(broken);
      expect(all.bad[0]!.detail).toBe("not UTF-8 at byte 1 of the row (0xffc3287d)");
    }
  });

  it("reads a line of 50 MB", async () => {
    const long = JSON.stringify({ text: "é—😀".repeat(50_000_000 / 9) });
    const all = await everything(fileOf("long.jsonl", `1\n${long}\n2\n`));
    expect(all.rows.map(({ row, offset }) => [row, offset])).toEqual([
      [0, 0],
      [1, 2],
      [2, 3 + Buffer.byteLength(long)],
    ]);
    expect(all.rows[1]!.text === long).toBe(true);
  });

  it("sets a line over the limit aside, with its first bytes and its place", async () => {
    const file = fileOf("limit.jsonl", `1\n${"x".repeat(100)}\n2\n${"y".repeat(10)}\r\n${"z".repeat(11)}`);
    for (const chunkBytes of [1, 5, 10, 11, 64, 1024]) {
      const all = await everything(file, { maxRowBytes: 10, chunkBytes });
      expect(texts(all)).toEqual(["1", "2", "y".repeat(10)]);
      expect(faults(all)).toEqual(["1 2 too_long", "4 117 too_long"]);
      expect(Buffer.from(all.bad[0]!.bytes).toString()).toBe("x".repeat(10));
      expect(all.bad[0]!.detail).toBe(
        "the row has 100 bytes, the limit is 10; its first 10 bytes are kept, " +
          "all of it stands in the unpacked file from byte 2",
      );
    }
  });

  it("finds the same rows wherever chunks end, packed or not", async () => {
    const next = random(7);
    const lines = Array.from({ length: 40 }, (_, i) => (i % 9 === 4 ? "" : trickyRow(next, i % 13)));
    const content = lines.map((line, i) => line + (i % 3 === 0 ? "\r\n" : "\n")).join("");
    const file = fileOf("chunks.jsonl", content);
    const packed = fileOf("chunks.jsonl.gz", gzipSync(content));
    const whole = await everything(file);
    expect(texts(whole)).toEqual(lines.filter((line) => line !== ""));
    for (let chunkBytes = 1; chunkBytes <= 64; chunkBytes++) {
      expect(await everything(file, { chunkBytes })).toEqual(whole);
      expect(await everything(packed, { chunkBytes })).toEqual(whole);
    }
  });

  it("converts long lines of every kind of letter exactly", async () => {
    for (const letters of ["plain", "Größe", "漢字", "a😀", "\u0000\u007f\uffff\u{10ffff}", "\ud7ff\ue000"]) {
      const text = letters.repeat(1500);
      const all = await everything(fileOf("letters.jsonl", `é\n${text}\n`));
      expect(all.rows[1]!.text === text).toBe(true);
    }
  });

  it("reads all members of a gzip file", async () => {
    const content = Buffer.concat([
      gzipSync('{"a":'),
      gzipSync('1}\n{"b"'),
      gzipSync(":2}\n"),
      Buffer.alloc(64),
    ]);
    const all = await everything(fileOf("members.jsonl.gz", content));
    expect(all.rows).toEqual([
      { row: 0, offset: 0, text: '{"a":1}' },
      { row: 1, offset: 8, text: '{"b":2}' },
    ]);
  });

  it.skipIf(process.platform !== "linux")(
    "closes the file when the reader stops early or is aborted",
    async () => {
      const next = random(1);
      const lines = Array.from({ length: 200_000 }, () => `{"a":${next()}}\n`).join("");
      const openFiles = () =>
        readdirSync("/proc/self/fd").filter((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`).startsWith(pathOf("early"));
          } catch {
            return false;
          }
        });
      for (const file of [fileOf("early.jsonl", lines), fileOf("early.jsonl.gz", gzipSync(lines))]) {
        for await (const batch of readRows(file, { chunkBytes: 4096 })) {
          expect(openFiles()).toHaveLength(1);
          expect(batch.rows[0]!.row).toBe(0);
          break;
        }
        const abort = new AbortController();
        const reading = (async () => {
          for await (const _ of readRows(file, { chunkBytes: 4096, signal: abort.signal })) abort.abort();
        })();
        await expect(reading).rejects.toThrow(/abort/i);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(openFiles()).toEqual([]);
      }
    },
  );
});
