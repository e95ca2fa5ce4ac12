import { describe, expect, it } from "vitest";
import { inventorySource } from "../../kernel-lib/inventory/inventory-source";
import { makeFolder, makeJsonl, makeSource } from "./made-source";

const folder = makeFolder();

async function statisticsOf(rows: readonly object[]) {
  const file = makeJsonl(folder, "rows.jsonl", rows);
  return (await inventorySource(makeSource({ train: [file] }))).statistics[0]!;
}

describe("describeStatistics", () => {
  it("has the shape of the Hub viewer's answer", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({
      i: i % 13,
      f: i / 2 + 0.25,
      label: i % 2 ? "yes" : "no",
      text: "x".repeat(i),
      flag: i < 5,
      list: [1, 2],
      nothing: null,
      mixed: i ? 1 : "one",
      block: { a: 1 },
    }));
    const found = await statisticsOf([...rows.slice(0, 19), { ...rows[19], label: null }]);
    expect(found).toMatchObject({ config: "default", split: "train", num_examples: 20, partial: false });
    const by = Object.fromEntries(found.statistics.map((column) => [column.column_name, column]));
    expect(by.i).toEqual({
      column_name: "i",
      column_type: "int",
      column_statistics: {
        nan_count: 0,
        nan_proportion: 0,
        min: 0,
        max: 12,
        mean: 4.95,
        median: 4.5,
        std: 3.63427,
        histogram: { hist: [4, 4, 4, 3, 2, 2, 1], bin_edges: [0, 2, 4, 6, 8, 10, 12, 12] },
      },
    });
    expect(by.f!.column_type).toBe("float");
    expect(by.label).toEqual({
      column_name: "label",
      column_type: "string_label",
      column_statistics: {
        nan_count: 1,
        nan_proportion: 0.05,
        no_label_count: 0,
        no_label_proportion: 0,
        n_unique: 2,
        frequencies: { no: 10, yes: 9 },
      },
    });
    expect(by.text).toMatchObject({
      column_type: "string_text",
      column_statistics: { min: 0, max: 19, mean: 9.5 },
    });
    expect(by.flag!.column_statistics).toEqual({
      nan_count: 0,
      nan_proportion: 0,
      frequencies: { True: 5, False: 15 },
    });
    expect(by.list).toMatchObject({
      column_type: "list",
      column_statistics: { min: 2, max: 2, std: 0, histogram: { hist: [20], bin_edges: [2, 2] } },
    });
    expect(found.omitted).toEqual([
      { column_name: "nothing", reason: "no value" },
      { column_name: "mixed", reason: "several types: int, string" },
      { column_name: "block", reason: "dict" },
    ]);
  });

  it("names the columns whose median is an approximation", async () => {
    const found = await statisticsOf(Array.from({ length: 1500 }, (_, i) => ({ many: i, few: i % 3 })));
    expect(found.approximate).toEqual(["many"]);
  });
});
