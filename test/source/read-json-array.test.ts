import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { everything, faults, fileOf, random, texts, trickyRow } from "./row-files";

describe("JSON array", () => {
  it.each([
    ['[{"a":1},{"b":[2,"]"]}]', ['{"a":1}', '{"b":[2,"]"]}'], []],
    ['\ufeff [\n {"a":1} ,\r\n\t{"b":2}\n]\n', ['{"a":1}', '{"b":2}'], []],
    ['[1, "x,]", null,[2],-3.5e1]', ["1", '"x,]"', "null", "[2]", "-3.5e1"], []],
    ["[]", [], []],
    [" [ ] ", [], []],
    ['["\\\\", "\\"", "\\\\\\""]', ['"\\\\"', '"\\""', '"\\\\\\""'], []],
    ['[{"a":1},]', ['{"a":1}'], ["1 9 not_json"]],
    ['[{"a":1},,{"b":2}]', ['{"a":1}', '{"b":2}'], ["1 9 not_json"]],
    ["[,1]", ["1"], ["0 1 not_json"]],
    ['[{"a":1} {"b":2}]', ['{"a":1}', '{"b":2}'], ["1 9 not_json"]],
    ['[{"a":1} oops, {"b":2}]', ['{"a":1}', '{"b":2}'], ["1 9 not_json"]],
    ['[{"a":1}}, {"b":2}]', ['{"a":1}', '{"b":2}'], ["1 8 not_json"]],
    ['[{"a":1}, {"b":2', ['{"a":1}'], ["1 10 not_json"]],
    ['[{"a":1}, {"b":"x', ['{"a":1}'], ["1 10 not_json"]],
    ['[{"a":1},', ['{"a":1}'], ["1 9 not_json"]],
    ['[{"a":1}', ['{"a":1}'], ["1 8 not_json"]],
    ["[1,2", ["1"], ["1 3 not_json"]],
    ['[{"a":1}] trailing', ['{"a":1}'], ["1 10 not_json"]],
    ['{"data": [{"a":1}, {"b":2}]}', ['{"a":1}', '{"b":2}'], []],
    ['{\n "anything": [\n{"a":1}]\n}', ['{"a":1}'], []],
    ['{"rows":[]}', [], []],
    ['{"data":[{"a":1}]}\n{"data":[]}', ['{"data":[{"a":1}]}', '{"data":[]}'], []],
    ['{"messages":[{"a":1}]}', ['{"messages":[{"a":1}]}'], []],
    ['{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}'], []],
    ['{"data":[{"a":1}],"n":1}', ['{"data":[{"a":1}],"n":1}'], []],
  ])("%j", async (content, rows, bad) => {
    const file = fileOf("array.json", content);
    for (const chunkBytes of [1, 2, 3, 5, 1024]) {
      const all = await everything(file, { chunkBytes });
      expect(texts(all)).toEqual(rows);
      expect(faults(all)).toEqual(bad);
    }
  });

  it("says what is wrong between elements, and keeps the bytes", async () => {
    const all = await everything(fileOf("junk.json", '[{"a":1} oops, {"b":2}, {"c":'));
    expect(all.bad.map(({ detail, bytes }) => [detail, Buffer.from(bytes).toString()])).toEqual([
      ['junk between array elements: expected "," or "]" at byte 9', "oops"],
      ["the file ends inside this array element, at byte 29: it is cut short", '{"c":'],
    ]);
    expect((await everything(fileOf("open.json", "[1 "))).bad[0]!.detail).toBe(
      'the file ends at byte 3 without the closing "]": it is cut short',
    );
    expect((await everything(fileOf("open.json", '{"data":[{}]'))).bad[0]!.detail).toBe(
      'the file ends at byte 12 without the closing "}": it is cut short',
    );
  });

  it("finds the same elements wherever chunks end, packed or not", async () => {
    const next = random(11);
    const elements = Array.from({ length: 60 }, (_, i) => trickyRow(next, i % 11));
    const content = `[${elements.map((element, i) => " ".repeat(i % 3) + element).join(" ,\n")}]`;
    const file = fileOf("fuzz.json", content);
    const packed = fileOf("fuzz.json.gz", gzipSync(content));
    const whole = await everything(file);
    expect(texts(whole)).toEqual(elements);
    expect(JSON.parse(content)).toEqual(elements.map((element) => JSON.parse(element)));
    for (const { offset, text } of whole.rows) {
      const bytes = Buffer.from(content).subarray(offset!, offset! + Buffer.byteLength(text));
      expect(bytes.toString()).toBe(text);
    }
    for (let chunkBytes = 1; chunkBytes <= 64; chunkBytes++) {
      expect(await everything(file, { chunkBytes })).toEqual(whole);
      expect(await everything(packed, { chunkBytes })).toEqual(whole);
    }
  });

  it("sets aside an element over the limit", async () => {
    const all = await everything(fileOf("limit.json", `[1,"${"x".repeat(100)}",2]`), { maxRowBytes: 20 });
    expect(texts(all)).toEqual(["1", "2"]);
    expect(faults(all)).toEqual(["1 3 too_long"]);
  });

  it.each([
    ['{\n"a": 1,\n"b": 2\n}', "one object over several lines"],
    ['{\n"a": 1\n}\n{\n"a": 2\n}', "several objects over several lines each"],
    ['{\n"version": 1, "data": [{}]\n}', "one object over several lines"],
  ])("refuses %j", (content, what) => {
    expect(() => fileOf("pretty.json", content)).toThrow(
      `pretty.json: got ${what}, expected a JSON array of rows, one object a line, or {"data": [rows]}`,
    );
  });
});
