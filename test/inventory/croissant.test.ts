import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeCroissant } from "../../kernel-lib/inventory/croissant";
import { inventory } from "../../kernel-lib/inventory/inventory-of";
import { ensureTestVenv } from "../../scripts/test-venv.mjs";
import { makeFolder, makeJsonl, makeSource, mathRow } from "./made-source";

const folder = makeFolder();
const rows = (from: number) => Array.from({ length: 5 }, (_, i) => mathRow(from + i, { score: i, ok: true }));
const files = [0, 5, 10].map((from) => makeJsonl(folder, `part-${from}.jsonl`, rows(from)));
const source = {
  ...makeSource({ train: files.slice(0, 2) }),
  splits: [
    { subset: "default", split: "train", files: files.slice(0, 2) },
    { subset: "other", split: "test", files: files.slice(2) },
    {
      subset: "odd names",
      split: "a b",
      files: [makeJsonl(folder, "odd ünï.jsonl", [{ "a column/with # all": 1, "": 2, "<b>": "x" }])],
    },
  ],
};
const { python, reason } = ensureTestVenv();
if (!python) console.warn(`SKIPPED: croissant.json against mlcroissant: ${reason}`);

describe("describeCroissant", () => {
  it("lists each file with its checksum and each split as a record set", async () => {
    const json = describeCroissant((await inventory(source)).data, {
      url: "https://hub.example/datasets/test/made",
    });
    expect(json.conformsTo).toBe("http://mlcommons.org/croissant/1.0");
    const distribution = json.distribution as { "@id": string; contentUrl?: string; sha256?: string }[];
    expect(distribution.map((file) => file["@id"])).toEqual([
      "part-0.jsonl",
      "part-5.jsonl",
      "part-10.jsonl",
      "odd_u20_ünï.jsonl",
      "files-train",
    ]);
    expect(distribution[0]!.contentUrl).toBe(
      "https://hub.example/datasets/test/made/resolve/local/part-0.jsonl",
    );
    expect(distribution[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((json.recordSet as { name: string }[]).map(({ name }) => name)).toEqual([
      "rows-train",
      "rows-other/test",
      "rows-odd names/a b",
    ]);
  });

  it.skipIf(!python)("is accepted by mlcroissant, which reads the rows through it", async () => {
    const out = join(folder, "report");
    mkdirSync(out, { recursive: true });
    for (const file of files) copyFileSync(file.path, join(out, file.name));
    const json = describeCroissant((await inventory(source)).data);
    writeFileSync(join(out, "croissant.json"), JSON.stringify(json));
    const script = [
      "import json, sys, mlcroissant",
      "dataset = mlcroissant.Dataset(jsonld=sys.argv[1])",
      "errors = list(dataset.metadata.issues.errors)",
      "rows = list(dataset.records(record_set='rows-other/test'))",
      "text = lambda x: x.decode() if isinstance(x, bytes) else x",
      "plain = lambda x: [{k.split('/')[-1]: text(v) for k, v in y.items()} for y in x] if isinstance(x, list) else text(x)",
      "first = {key: plain(value) for key, value in rows[0].items()}",
      "print(json.dumps({'errors': errors, 'rows': len(rows), 'first': first}))",
    ].join("\n");
    const printed = execFileSync(python!, ["-c", script, join(out, "croissant.json")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const found = JSON.parse(printed.trim().split("\n").at(-1)!);
    expect(found.errors).toEqual([]);
    expect(found.rows).toBe(5);
    expect(found.first).toEqual({
      "rows-other/test/uuid": "u10",
      "rows-other/test/problem": "What is 10 + 10?",
      "rows-other/test/messages": [
        { role: "user", content: "What is 10 + 10?", reasoning_content: null },
        { role: "assistant", content: "It is 20.", reasoning_content: "Add them." },
      ],
      "rows-other/test/score": 0,
      "rows-other/test/ok": true,
    });
  });
});
