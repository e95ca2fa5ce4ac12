import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inventorySchema } from "../../kernel-lib/inventory/inventory-json";
import { inventory } from "../../kernel-lib/inventory/inventory-of";
import { REPORT_FILES, reportSlug, writeReports } from "../../kernel-lib/inventory/write-reports";
import { makeFolder, makeJsonl, makeSource, mathRow } from "./made-source";

const folder = makeFolder();
const source = makeSource({
  train: [makeJsonl(folder, "rows.jsonl", [...Array.from({ length: 50 }, (_, i) => mathRow(i)), "broken"])],
});

describe("writeReports", () => {
  it("writes five files, no other, and the same bytes each time", async () => {
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    expect(writeReports(await inventory(source), one)).toEqual(REPORT_FILES.map((name) => join(one, name)));
    writeReports(await inventory(source), two);
    expect(readdirSync(one).sort()).toEqual([...REPORT_FILES].sort());
    for (const name of REPORT_FILES) {
      expect(readFileSync(join(two, name), "utf8")).toBe(readFileSync(join(one, name), "utf8"));
    }
    const data = JSON.parse(readFileSync(join(one, "inventory.json"), "utf8"));
    expect(inventorySchema.parse(data)).toEqual(data);
    expect([data.format, data.version, data.splits[0].rows]).toEqual(["corpuslab.inventory", 1, 50]);
  });

  it("writes a coverage table with a line per split and the gaps", async () => {
    const out = join(folder, "table");
    writeReports(await inventory(source), out);
    const lines = readFileSync(join(out, "metadata_coverage.md"), "utf8").split("\n");
    const header = lines.find((line) => line.startsWith("| split"))!.split(" | ");
    const row = lines.find((line) => line.startsWith("| train"))!.split(" | ");
    const cell = (title: string) => row[header.indexOf(title)];
    expect([cell("rows"), cell("unreadable"), cell("correctness metadata")]).toEqual(["50", "1", "100 %"]);
    expect([cell("meta\\_correctness"), cell("meta_correctness")]).toContain("100 %");
    expect(lines).toContain("- no tools in train: the pool tool_use will be empty");
  });

  it("says where it could not write", async () => {
    const path = join(folder, "a-file");
    writeFileSync(path, "");
    chmodSync(path, 0o600);
    const found = await inventory(source);
    expect(() => writeReports(found, path)).toThrow(/inventory: cannot write the report to .*a-file/);
  });
});

describe("reportSlug", () => {
  it("makes a folder name of any dataset name", () => {
    expect(reportSlug("nvidia/Nemotron-Math-v2")).toBe("nvidia-Nemotron-Math-v2");
    expect(reportSlug("../../etc")).toBe("etc");
    expect(reportSlug("///")).toBe("dataset");
  });
});
