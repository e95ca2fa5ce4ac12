/** File names and README of the demo dataset. */
import type { DemoManifest } from "./demo-manifest";
import type { Shape } from "./shape";

/** A file holds about this many rows at most. */
export const SHAPE_ROWS_PER_FILE = 1_000_000;

/** Paths in the repository of a split's files, in order. */
export function fileNames(shape: Shape, parts: number): string[] {
  const extension = shape.format + (shape.gzip ? ".gz" : "");
  if (shape.format === "parquet") {
    return Array.from({ length: parts }, (_, i) => `data/${shape.name}-${five(i)}-of-${five(parts)}.parquet`);
  }
  if (parts === 1) return [`data/${shape.name}.${extension}`];
  return Array.from(
    { length: parts },
    (_, i) => `data/${shape.name}.part_${String(i).padStart(2, "0")}.${extension}`,
  );
}

/** The README: license, one subset with its splits and files, and what the dataset is. */
export function demoCard(manifest: DemoManifest): string {
  const splits = Object.entries(manifest.splits);
  const files = splits.flatMap(([name, split]) => {
    if (split.files.length === 1) return [`  - split: ${name}`, `    path: ${split.files[0]!.name}`];
    return [`  - split: ${name}`, "    path:", ...split.files.map((file) => `    - ${file.name}`)];
  });
  const table = splits.map(
    ([name, split]) =>
      `| ${name} | ${split.format}${split.compression ? " (gzip)" : ""} | ${split.files.length} | ${split.rows} |`,
  );
  return `---
license: apache-2.0
language:
- en
- es
- zh
- ar
task_categories:
- text-generation
pretty_name: corpuslab demo
configs:
- config_name: default
  data_files:
${files.join("\n")}
---

# corpuslab demo

Rows made by a program, one split for each shape of source row that corpuslab knows, with flaws at known places
(\`demo.expected.json\` beside this folder lists them). No row was taken from anywhere. Seed ${manifest.seed}, ${manifest.rows} rows.

| split | format | files | rows |
|---|---|---|---|
${table.join("\n")}
`;
}

function five(value: number): string {
  return String(value).padStart(5, "0");
}
