import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { buildInventory } from "../../kernel-lib/inventory/build-inventory";
import { inventorySchema } from "../../kernel-lib/inventory/inventory-json";
import { inventory } from "../../kernel-lib/inventory/inventory-of";
import { inventorySource } from "../../kernel-lib/inventory/inventory-source";
import { mergeProfiles, profileShard } from "../../kernel-lib/inventory/profile-shard";
import { displaySymbol } from "../../kernel-lib/notebook/display";
import { planShards } from "../../kernel-lib/source/plan-shards";
import { makeFolder, makeJsonl, makeSource, mathRow } from "./made-source";

const folder = makeFolder();

describe("inventorySource", () => {
  it("describes columns exactly: types, nulls, absences, lengths, examples", async () => {
    const file = makeJsonl(folder, "exact.jsonl", [
      { name: "a", n: 1, list: [1, 2], flag: true },
      { name: "bb", n: 2.5, list: [], flag: null },
      { name: "😀", n: null },
      '{"name": "a", "n": 4.0, "list": null}',
    ]);
    const found = await inventorySource(makeSource({ train: [file] }));
    expect(inventorySchema.parse(found.data)).toEqual(found.data);
    const split = found.splits[0]!;
    expect([split.rows, split.estimated, split.sample_rows]).toEqual([4, false, 4]);
    expect(split.files[0]!.sha256).toBe(createHash("sha256").update(readFileSync(file.path)).digest("hex"));
    const [name, n, list, flag] = split.columns;
    expect(name).toMatchObject({
      name: "name",
      type: "string",
      present: 4,
      absent: 0,
      null_share: 0,
      distinct: { count: 3, estimated: false },
      string_length: { min: 1, max: 2, mean: 1.25, median: 1 },
      examples: [
        { text: "a", length: 1 },
        { text: "bb", length: 2 },
        { text: "😀", length: 2 },
      ],
    });
    expect(n).toMatchObject({ type: "int | float | null", mixed: false, null_count: 1, null_share: 0.25 });
    expect(n!.numbers).toMatchObject({ min: 1, max: 4, mean: 2.5 });
    expect(list).toMatchObject({
      type: "list<int> | null",
      present: 3,
      absent: 1,
      null_count: 1,
      null_share: 0.5,
    });
    expect(list!.list_length).toMatchObject({ min: 0, max: 2, mean: 1 });
    expect(flag).toMatchObject({ type: "bool | null", present: 2, absent: 2, null_share: 0.75 });
  });

  it("cuts examples without splitting a character, and says how long they were", async () => {
    const file = makeJsonl(folder, "long.jsonl", [{ t: `${"x".repeat(119)}😀${"y".repeat(50)}` }]);
    const found = await inventorySource(makeSource({ train: [file] }));
    expect(found.splits[0]!.columns[0]!.examples).toEqual([{ text: "x".repeat(119), length: 171 }]);
  });

  it("names an example row for each type of a mixed column", async () => {
    const file = makeJsonl(folder, "mixed.jsonl", [{ c: "x" }, { c: [1] }, { c: { k: 1 } }, { c: "y" }]);
    const column = (await inventorySource(makeSource({ train: [file] }))).splits[0]!.columns[0]!;
    expect(column.mixed).toBe(true);
    expect(column.type_change).toBeNull();
    expect(column.types).toEqual([
      { type: "string", written: "string", count: 2, share: 0.5, example: { file: "mixed.jsonl", row: 0 } },
      { type: "list", written: "list<int>", count: 1, share: 0.25, example: { file: "mixed.jsonl", row: 1 } },
      {
        type: "dict",
        written: "struct<k: int>",
        count: 1,
        share: 0.25,
        example: { file: "mixed.jsonl", row: 2 },
      },
    ]);
  });

  it("catches a column whose type changes in mid-file, and between files", async () => {
    const one = makeJsonl(folder, "z-first.jsonl", [
      { c: "x", d: 1 },
      { c: 5, d: 2 },
      { c: 6, d: 3 },
    ]);
    const two = makeJsonl(folder, "a-second.jsonl", [{ c: 7, d: [1] }]);
    const found = await inventorySource(makeSource({ train: [one, two] }));
    const [c, d] = found.splits[0]!.columns;
    expect(c!.type_change).toEqual({ from: "string", to: "int", at: { file: "z-first.jsonl", row: 1 } });
    expect(d!.type_change).toEqual({ from: "int", to: "list", at: { file: "a-second.jsonl", row: 0 } });
    expect(found.gaps).toContain("column c of train changes from string to int at z-first.jsonl row 1");
  });

  it("marks a sample as estimated, unless the sample holds all rows", async () => {
    const big = makeJsonl(
      folder,
      "big.jsonl",
      Array.from({ length: 1000 }, (_, i) => ({ id: 1000 + i })),
    );
    const small = makeJsonl(folder, "small.jsonl", [{ id: 1 }, { id: 2 }]);
    const found = await inventorySource(makeSource({ big: [big], small: [small] }), { sample: 100 });
    expect(found.splits.map(({ rows, estimated, sample_rows }) => [rows, estimated, sample_rows])).toEqual([
      [1000, true, 100],
      [2, false, 2],
    ]);
    await expect(inventorySource(makeSource({ small: [small] }), { sample: 0 })).rejects.toThrow(
      /sample is 0/,
    );
  });

  it("says in words what is missing and what that rules out", async () => {
    const math = makeJsonl(
      folder,
      "math.jsonl",
      Array.from({ length: 10 }, (_, i) => mathRow(i)),
    );
    const calls = makeJsonl(folder, "calls.jsonl", [{ messages: [{ role: "user", content: "hi" }] }, "oops"]);
    const found = await inventory(makeSource({ high: [math], tool_calling: [calls] }));
    expect(found.gaps).toContain(
      "no correctness metadata in tool_calling: the correctness pools (has_correctness_meta, high_correctness, " +
        "mid_correctness, low_correctness, verified_correct) will be empty",
    );
    expect(found.gaps).toContain("no tools in high, tool_calling: the pool tool_use will be empty");
    expect(found.gaps).toContain(
      "1 line cannot be read in tool_calling (not_json 1): normalize puts them into quarantine",
    );
    expect(found.splits[0]!.coverage.correctness_metadata).toEqual({ rows: 10, share: 1 });
    expect(found.splits[0]!.coverage.fields.meta_correctness).toEqual({ rows: 10, share: 1 });
    expect(found.splits[0]!.coverage.fields.source_uuid).toEqual({ rows: 10, share: 1 });
    expect(found.splits[1]!.coverage.fields.source_uuid).toEqual({ rows: 0, share: 0 });
  });

  it("takes what holds a source, and refuses what has none", async () => {
    const source = makeSource({ train: [makeJsonl(folder, "held.jsonl", [mathRow(1)])] });
    expect((await inventory([{ source }, source])).map(({ splits }) => splits[0]!.rows)).toEqual([1, 1]);
    await expect(inventory({ source: null })).rejects.toThrow(/expected a dataset/);
  });

  it("keeps the question where several shapes fit", async () => {
    const file = makeJsonl(folder, "odd.jsonl", [{ left: 1, right: 2 }]);
    const found = await inventory(makeSource({ train: [file], test: [file] }));
    expect(found.splits[0]!.coverage.adapter).toBeNull();
    const questions = found.gaps.filter((gap) => gap.includes("no known shape has these columns"));
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatch(/^train, test: no known shape has these columns: left, right\./);
  });

  it("describes an empty file as a split without rows", async () => {
    const found = await inventory(makeSource({ train: [makeJsonl(folder, "empty.jsonl", [])] }));
    expect(found.splits[0]).toMatchObject({ rows: 0, columns: [], coverage: { tokens: null } });
    expect(found.gaps).toEqual(["no readable row in train: every output of it will be empty"]);
  });

  it("names a file that is cut short", async () => {
    const path = join(folder, "cut.jsonl.gz");
    const packed = gzipSync(Array.from({ length: 5000 }, (_, i) => JSON.stringify(mathRow(i))).join("\n"));
    writeFileSync(path, packed.subarray(0, packed.length / 2));
    const file = {
      path,
      name: "cut.jsonl.gz",
      format: "jsonl",
      compression: "gzip",
      bytes: 1,
      sha256: null,
    } as const;
    await expect(inventorySource(makeSource({ train: [file] }))).rejects.toThrow(/cut\.jsonl\.gz/);
    const gone = { ...file, path: join(folder, "gone.jsonl"), name: "gone.jsonl", compression: null };
    await expect(inventorySource(makeSource({ train: [gone] }))).rejects.toThrow(/gone\.jsonl/);
  });

  it("estimates tokens from the UTF-8 bytes of the bodies", async () => {
    const file = makeJsonl(folder, "tokens.jsonl", [
      {
        messages: [
          { role: "user", content: "abcd" },
          { role: "assistant", content: "éé" },
        ],
      },
      {
        messages: [
          { role: "user", content: "abcd" },
          { role: "assistant", content: "é" },
        ],
      },
    ]);
    const { coverage } = (await inventory(makeSource({ train: [file] }))).splits[0]!;
    expect(coverage.tokens).toMatchObject({ min: 2, max: 2, median: 2, p95: 2 });
  });

  it("is the same from one pass and from shards done apart", async () => {
    const rows = Array.from({ length: 700 }, (_, i) => mathRow(i, { score: Math.sin(i) / 3 }));
    const file = makeJsonl(folder, "shards.jsonl", rows);
    const source = makeSource({ train: [file] });
    const whole = await inventorySource(source);
    const parts = [];
    for (const shard of (await planShards(file, { rowsPerShard: 90 })).shards) {
      parts.push(await profileShard(file, shard));
    }
    const sha256 = [whole.splits[0]!.files[0]!.sha256];
    const apart = buildInventory(source, [
      { split: source.splits[0]!, profile: mergeProfiles(parts), sha256, adapter: null, note: null },
    ]);
    expect(JSON.stringify(apart.data)).toBe(JSON.stringify(whole.data));
    expect(JSON.stringify(apart.statistics)).toBe(JSON.stringify(whole.statistics));
  });

  it("shows itself in a notebook as a table, with text of the dataset as text", async () => {
    const file = makeJsonl(folder, "show.jsonl", [mathRow(1)]);
    const found = await inventory(makeSource({ "<b>split</b>": [file] }));
    const shown = found[displaySymbol]();
    expect(shown["text/html"]).toContain("&lt;b&gt;split&lt;/b&gt;");
    expect(shown["text/html"]).not.toContain("<b>split");
    expect(shown["text/plain"]).toContain("- no tools in <b>split</b>: the pool tool_use will be empty");
  });
});
