import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DemoManifest, DemoSplit } from "../../kernel-lib/demo/demo-manifest";
import { ensureDemo } from "../../kernel-lib/demo/ensure-demo";
import { generateDemo } from "../../kernel-lib/demo/generate-demo";
import { InputError } from "../../kernel-lib/errors";
import {
  type CountedSplit,
  completionOf,
  countSplit,
  messagesOf,
  metadataFault,
  toolFaults,
} from "./count-files";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "corpuslab-demo-test-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const FLAWS = {
  malformed: "array truncated trailing_comma nan two_objects blank single_quotes invalid_utf8",
  malformed_tool_schema:
    "call_to_undeclared_tool required_not_in_properties tool_calls_without_tools missing_function_name arguments_unparseable_json parameters_not_object_schema tools_is_json_string",
  metadata_fault: "string_accuracy empty count_zero accuracy_mismatch accuracy_above_1 absent",
  defective_harmony: "special_inside_body truncated_body no_message_tag unknown_role no_message",
  non_string_content: "dict list",
};

describe.each([200, 2000, 20_000])("a demo of %i rows", (rows) => {
  let manifest: DemoManifest;
  const counted = new Map<string, CountedSplit>();
  const splits = (): [string, DemoSplit, CountedSplit][] =>
    Object.entries(manifest.splits).map(([name, split]) => [name, split, counted.get(name)!]);
  const planted = (split: DemoSplit, kind: string) => split.planted[kind]?.items ?? [];
  const plantedRows = (split: DemoSplit, kind: string) => planted(split, kind).map((item) => item.row);

  beforeAll(async () => {
    const dir = join(scratch, String(rows));
    manifest = await generateDemo(dir, { rows });
    for (const [name, split] of Object.entries(manifest.splits)) {
      counted.set(name, await countSplit(join(dir, "corpuslab", "demo"), split));
    }
  });

  it("has the rows and the malformed lines that it says", () => {
    let all = 0;
    for (const [name, split, found] of splits()) {
      expect([name, found.rows.length, found.lines]).toEqual([name, split.rows, split.physical_lines]);
      expect([name, found.bad]).toEqual([name, split.malformed_json_lines.lines.map(({ line }) => line)]);
      all += found.rows.length;
    }
    expect(all).toBe(rows);
    expect(manifest.totals.rows).toBe(rows);
  });

  it("has the tool faults that it says, and no others", () => {
    for (const [name, split, found] of splits()) {
      const faults = found.rows
        .filter(
          ({ value }) => "tools" in value || messagesOf(value).some((message) => message.tool_calls?.length),
        )
        .flatMap(({ at, value }) => [...toolFaults(value)].map((form) => [name, at, form]));
      const said = planted(split, "malformed_tool_schema").map(({ row, form }) => [name, row, form]);
      expect(faults).toEqual(said);
    }
  });

  it("has the metadata faults that it says, and no others", () => {
    for (const [name, split, found] of splits().filter(([name]) => name.endsWith("_math"))) {
      const faults = found.rows.flatMap(({ at, value }) => {
        const form = metadataFault(value);
        return form === null ? [] : [[name, at, form]];
      });
      expect(faults).toEqual(planted(split, "metadata_fault").map(({ row, form }) => [name, row, form]));
      const sound = found.rows.filter(({ value }) =>
        Object.values((value.metadata ?? {}) as Record<string, { accuracy: unknown }>).some(
          ({ accuracy }) => typeof accuracy === "number",
        ),
      );
      expect(sound.length).toBe(split.measured.rows_with_correctness_metadata);
    }
  });

  it("has the empty completions that it says", () => {
    for (const [name, split, found] of splits()) {
      const empty = found.rows.filter(({ value }) => {
        const completion = completionOf(value);
        return completion === null || (typeof completion === "string" && completion.trim() === "");
      });
      expect([name, empty.length]).toEqual([name, split.measured.empty_completion_rows]);
      const rows = new Set(empty.map(({ at }) => at));
      expect(plantedRows(split, "empty_completion").filter((row) => !rows.has(row))).toEqual([]);
    }
  });

  it("has the identical rows that it says, and no others", () => {
    for (const [name, split, found] of splits()) {
      const first = new Map<string, number>();
      const pairs: unknown[] = [];
      for (const { at, text, value } of found.rows) {
        if (value.text === null) continue;
        const earlier = first.get(text);
        if (earlier === undefined) first.set(text, at);
        else pairs.push([name, earlier, at]);
      }
      const said = planted(split, "exact_dup_identical_row").map(({ pair }) => pair as [number, number]);
      // a row may be repeated more than once: each pair names its first
      expect(pairs).toEqual(said.map(([a, b]) => [name, a, b]));
    }
  });

  it("repeats rows under a new id, and nearly repeats others", () => {
    for (const [, split, found] of splits()) {
      const byPlace = new Map(found.rows.map((row) => [row.at, row.value]));
      for (const { pair } of planted(split, "exact_dup_new_id")) {
        const [a, b] = (pair as [number, number]).map((at) => byPlace.get(at)!) as [Row, Row];
        const different = Object.keys(a).filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
        expect(different.length).toBe(1);
        expect(different[0]).toMatch(/^(uuid|id|idx)$/);
      }
      for (const { pair, jaccard } of planted(split, "near_dup")) {
        const [a, b] = (pair as [number, number]).map((at) => JSON.stringify(byPlace.get(at)));
        expect(a).not.toBe(b);
        expect(jaccard).toBeGreaterThan(0.3);
        expect(jaccard).toBeLessThanOrEqual(1);
      }
    }
  });

  it("has the content that is no text, the specials and the changed types where it says", () => {
    for (const [name, split, found] of splits()) {
      const other = found.rows.filter(({ value }) =>
        messagesOf(value).some(({ content }) => typeof content === "object" && content !== null),
      );
      expect([name, other.length]).toEqual([name, split.measured.rows_with_non_string_content]);
      const special = found.rows
        .filter(({ text }) => text.includes("log end with <|end|> here"))
        .map(({ at }) => at);
      expect([name, special]).toEqual([name, plantedRows(split, "special_in_body")]);
      const numbers = found.rows
        .filter(({ value }) => typeof value.expected_answer === "number")
        .map(({ at }) => at);
      const mixed = planted(split, "mixed_type").filter(({ column }) => column === "expected_answer");
      expect([name, numbers]).toEqual([name, mixed.map(({ row }) => row)]);
      for (const { row } of mixed) expect(row).toBeGreaterThan(split.physical_lines / 3);
    }
  });

  it("has the defective Harmony texts that it says, and no others", () => {
    const [, split, found] = splits().find(([name]) => name === "harmony_text")!;
    const sound =
      /^(<\|start\|>(system|developer|user|assistant|python|tool)[^<]*(<\|channel\|>[a-z]+ ?(<\|constrain\|>[a-z]+)?)?<\|message\|>((?!<\|)[\s\S])*<\|(end|call|return)\|>)+$/;
    const defective = found.rows
      .filter(({ value }) => value.text !== null)
      .filter(({ value }) => !sound.test(value.text as string) || !/<\|return\|>$/.test(value.text as string))
      .map(({ at }) => at);
    expect(defective).toEqual(plantedRows(split, "defective_harmony"));
  });

  it("says the size and the sha256 of each file", () => {
    for (const split of Object.values(manifest.splits)) {
      for (const { name, bytes, sha256 } of split.files) {
        const content = readFileSync(join(scratch, String(rows), "corpuslab", "demo", name));
        expect([name, bytes, sha256]).toEqual([
          name,
          content.length,
          createHash("sha256").update(content).digest("hex"),
        ]);
      }
    }
  });
});

type Row = Record<string, unknown>;

describe("generateDemo", () => {
  it("plants every flaw at least twice in 2,000 rows", async () => {
    const manifest = JSON.parse(
      readFileSync(join(scratch, "2000", "corpuslab", "demo.expected.json"), "utf8"),
    ) as DemoManifest;
    const forms = new Map<string, number>();
    const add = (kind: string, form: unknown) => {
      const key = `${kind}: ${String(form)}`;
      forms.set(key, (forms.get(key) ?? 0) + 1);
    };
    for (const split of Object.values(manifest.splits)) {
      for (const { form } of split.malformed_json_lines.lines) add("malformed", form);
      for (const [kind, { items }] of Object.entries(split.planted)) {
        for (const { form } of items) add(kind, form);
      }
    }
    for (const [kind, list] of Object.entries(FLAWS)) {
      for (const form of list.split(" "))
        expect([kind, form, (forms.get(`${kind}: ${form}`) ?? 0) >= 2]).toEqual([kind, form, true]);
    }
    for (const [name, count] of Object.entries(manifest.totals))
      expect([name, count >= 2]).toEqual([name, true]);
    expect(new Set(manifest.across_splits.map(({ kind }) => kind))).toEqual(new Set(["exact", "near"]));
  });

  it("writes the same bytes for the same seed and rows, and others otherwise", async () => {
    const hashes = async (name: string, options: { rows: number; seed?: number }) => {
      const { splits } = await generateDemo(join(scratch, name), options);
      const expected = readFileSync(join(scratch, name, "corpuslab", "demo.expected.json"));
      const files = Object.values(splits).flatMap((split) => split.files.map((file) => file.sha256));
      return [...files, createHash("sha256").update(expected).digest("hex")];
    };
    const once = await hashes("once", { rows: 400 });
    expect(await hashes("twice", { rows: 400 })).toEqual(once);
    const other = await hashes("other", { rows: 400, seed: 2 });
    expect(other.filter((hash) => once.includes(hash))).toEqual([]);
    expect(await hashes("more", { rows: 401 })).not.toEqual(once);
  });

  it("writes only the shapes that are asked for, and names the nearest to a mistyped one", async () => {
    const { splits } = await generateDemo(join(scratch, "two"), {
      rows: 30,
      shapes: ["tool_calling", "dolly"],
    });
    expect(Object.keys(splits)).toEqual(["tool_calling", "dolly"]);
    const failed = generateDemo(join(scratch, "none"), { rows: 30, shapes: ["tool_caling"] });
    await expect(failed).rejects.toThrow('unknown shape "tool_caling"; did you mean tool_calling');
  });

  it("refuses row counts that make no sense, and folders that are not its own", async () => {
    await expect(generateDemo(join(scratch, "none"), { rows: 3 })).rejects.toThrow("3 rows for 23 shapes");
    await expect(generateDemo(join(scratch, "none"), { rows: 1.5 })).rejects.toBeInstanceOf(InputError);
    const theirs = join(scratch, "theirs", "corpuslab", "demo");
    mkdirSync(theirs, { recursive: true });
    writeFileSync(join(theirs, "mine.txt"), "mine");
    await expect(generateDemo(join(scratch, "theirs"))).rejects.toThrow("is no demo dataset");
    expect(readdirSync(theirs)).toEqual(["mine.txt"]);
  });

  it("leaves nothing behind when it is stopped, and keeps what was there", async () => {
    const dir = join(scratch, "stopped");
    await generateDemo(dir, { rows: 60 });
    const stop = new AbortController();
    const progress: number[] = [];
    const failed = generateDemo(dir, {
      rows: 5000,
      signal: stop.signal,
      onProgress: ({ done }) => {
        progress.push(done);
        if (done > 1000) stop.abort(new Error("enough"));
      },
    });
    await expect(failed).rejects.toThrow("enough");
    expect(progress.at(-1)).toBeGreaterThan(1000);
    expect(readdirSync(join(dir, "corpuslab")).sort()).toEqual(["demo", "demo.expected.json"]);
    const { rows } = JSON.parse(
      readFileSync(join(dir, "corpuslab", "demo.expected.json"), "utf8"),
    ) as DemoManifest;
    expect(rows).toBe(60);
  });
});

describe("ensureDemo", () => {
  it("makes the demo once", async () => {
    const dir = join(scratch, "ensured");
    let calls = 0;
    const onProgress = () => {
      calls++;
    };
    expect(await ensureDemo({ dir, onProgress })).toBe(dir);
    expect(existsSync(join(dir, "corpuslab", "demo", "README.md"))).toBe(true);
    const made = calls;
    expect(made).toBeGreaterThan(0);
    await ensureDemo({ dir, onProgress });
    expect(calls).toBe(made);
  });
});
