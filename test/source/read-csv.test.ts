import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { everything, faults, fileOf, texts } from "./row-files";

describe("CSV", () => {
  it.each([
    ["a,b\n1,2\n", ['{"a":"1","b":"2"}'], []],
    ['a,b\r\n1,\r\n,""\r\n', ['{"a":"1","b":null}', '{"a":null,"b":""}'], []],
    ['a,b\n"x\r\ny","say ""hi"", é"\n', ['{"a":"x\\r\\ny","b":"say \\"hi\\", é"}'], []],
    ['a,b\n5" disk,2\n', ['{"a":"5\\" disk","b":"2"}'], []],
    ["\ufeffa;b\n1;2,5", ['{"a":"1","b":"2,5"}'], []],
    ["a,a,\n1,2,3\n", ['{"a":"1","a_1":"2","column_2":"3"}'], []],
    ["a,b\n1,2,3\n\n4,5\n", ['{"a":"4","b":"5"}'], ["0 4 not_csv", "1 10 blank"]],
    ['a,b\n1,2\n3,"x\n4,5\n', ['{"a":"1","b":"2"}'], ["1 8 not_csv"]],
    ["a,b", [], []],
    ["a,b\n", [], []],
    ["", [], []],
  ])("%j", async (content, rows, bad) => {
    const file = fileOf("table.csv", content);
    const packed = fileOf("table.csv.gz", gzipSync(content));
    for (const chunkBytes of [1, 2, 3, 7, 1024]) {
      for (const each of [file, packed]) {
        const all = await everything(each, { chunkBytes });
        expect(texts(all)).toEqual(rows);
        expect(faults(all)).toEqual(bad);
      }
    }
  });

  it("takes tabs in a .tsv", async () => {
    const all = await everything(fileOf("table.tsv", "a,b\tc\n1\t2\n"));
    expect(texts(all)).toEqual(['{"a,b":"1","c":"2"}']);
  });
});
