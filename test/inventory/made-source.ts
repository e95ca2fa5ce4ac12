/** Small sources that the inventory's tests make themselves. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Source, SourceFile } from "../../kernel-lib/source/source";

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "corpuslab-inventory-"));
}

/** A JSONL file of the given lines; objects become JSON. */
export function makeJsonl(folder: string, name: string, lines: readonly (object | string)[]): SourceFile {
  const text = lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
  const path = join(folder, name);
  writeFileSync(path, text);
  return { path, name, format: "jsonl", compression: null, bytes: Buffer.byteLength(text), sha256: null };
}

export function makeSource(splits: Record<string, readonly SourceFile[]>, dataset = "test/made"): Source {
  return {
    dataset,
    revision: "local",
    license: "apache-2.0",
    origin: "made by a test",
    splits: Object.entries(splits).map(([split, files]) => ({ subset: "default", split, files })),
  };
}

/** A row as a math dataset with an evaluation block has it. */
export function mathRow(i: number, extra: object = {}): object {
  return {
    uuid: `u${i}`,
    problem: `What is ${i} + ${i}?`,
    messages: [
      { role: "user", content: `What is ${i} + ${i}?` },
      { role: "assistant", content: `It is ${2 * i}.`, reasoning_content: "Add them." },
    ],
    metadata: { reason_high_no_tool: { count: 4, pass: i % 5, accuracy: (i % 5) / 4 } },
    ...extra,
  };
}
