/** Rows that are equal in a field, whatever they say elsewhere. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { dedup } from "../../kernel-lib/dedup/dedup";
import { normalize } from "../../kernel-lib/run/normalize";
import { open } from "../../kernel-lib/table/open";
import { cli, temporaryFolder } from "../run/run-cli";

const quiet = { workers: 1, onProgress: () => undefined };
const rows = [
  { id: "a", problem: "Add 1 and 2.", answer: "3", text: "long answer of many words" },
  { id: "b", problem: "Add  1 and 2.", answer: "three", text: "short" },
  { id: "c", problem: "Add 2 and 2.", answer: "3", text: "middle one" },
  { id: "d", problem: null, answer: null, text: "x" },
  { id: "e", problem: null, answer: "", text: "y" },
];
const kinds = async (fields: string | readonly string[], options = {}) =>
  (await dedup([rows], { fields, ...quiet, ...options })).duplicates.map(({ id, kind, duplicate_of }) => [
    id,
    kind,
    duplicate_of,
  ]);

describe("of rows in memory", () => {
  it("equal values go for the better row; rows without a value stay", async () => {
    expect(await kinds("problem")).toEqual([["b", "exact:problem", "rows 1#0"]]);
    expect(await kinds("problem", { exact: "raw" })).toEqual([]);
  });

  it("several fields count each, the first that holds is the kind", async () => {
    expect(await kinds(["problem", "answer"])).toEqual([
      ["b", "exact:problem", "rows 1#0"],
      ["c", "exact:answer", "rows 1#0"],
    ]);
    expect(await kinds(["text"])).toEqual([]);
  });

  it("numbers and lists are values too, in memory and in lines of JSON", async () => {
    const typed = [0, 1, 2].map((i) => ({
      ...{ id: `${i}`, text: `text ${i}`, question: i === 1 ? null : 7, tags: ["x", `${i % 2}`] },
    }));
    const path = join(temporaryFolder(), "typed.jsonl");
    writeFileSync(path, typed.map((row) => `${JSON.stringify(row)}\n`).join(""));
    for (const table of [typed, path]) {
      for (const field of ["question", "tags"]) {
        const { duplicates } = await dedup([table], { fields: field, ...quiet });
        expect(duplicates.map(({ id, kind }) => [id, kind])).toEqual([["2", `exact:${field}`]]);
      }
    }
  });

  it("a row that is dropped takes none with it", async () => {
    // By completion length: a > b > c. b goes for a by p; c equals only b, by q: it stays.
    const chain = [
      { id: "a", p: "1", q: "1", text: "aaa" },
      { id: "b", p: "1", q: "2", text: "bb" },
      { id: "c", p: "2", q: "2", text: "c" },
    ];
    const found = await dedup([chain], { fields: ["p", "q"], ...quiet });
    expect(found.duplicates.map(({ id, kind }) => [id, kind])).toEqual([["b", "exact:p"]]);
  });

  it("what is not there is named, with what is near", async () => {
    await expect(kinds("problm")).rejects.toThrow(/no field "problm"; near it: problem/);
    await expect(kinds([])).rejects.toThrow("fields is empty");
    await expect(kinds("problem", { against: ["x"] })).rejects.toThrow(
      /leave against and keepSignatures out/,
    );
  });
});

describe("of a run", () => {
  const folder = temporaryFolder();
  const run = join(folder, "run");

  beforeAll(async () => {
    const lines = Array.from({ length: 40 }, (_, i) => ({
      messages: [
        { role: "user", content: `Prove ${i % 20}.` },
        { role: "assistant", content: `Proof ${i % 30} ${"by steps ".repeat(i % 5)}` },
      ],
      formal_statement: i % 4 === 0 ? null : `theorem t${i % 10} : True`,
    }));
    const source = join(folder, "rows.jsonl");
    writeFileSync(source, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await normalize(await open(source), { out: run, onProgress: () => undefined });
  });

  const dropped = async (field: string) => (await dedup(run, { fields: field, ...quiet })).duplicates.length;

  it("prompt, completion, problem and keys of the source are fields", async () => {
    expect(await dropped("prompt")).toBe(20);
    expect(await dropped("problem")).toBe(20);
    // Of 30 answers ten come twice, with as many steps each time.
    expect(await dropped("completion")).toBe(10);
    // Thirty rows have a statement, of which there are ten.
    expect(await dropped("formal_statement")).toBe(20);
    await expect(dropped("formal_statment")).rejects.toThrow(
      /near it: formal_statement.*in source_extra_json formal_statement/,
    );
  });

  it("the command writes the sidecar, whose kind names the field", async () => {
    const out = join(folder, "out");
    const made = cli(["dedup", run, "--field", "formal_statement,prompt", "--out", out, "--sidecars"]);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toMatch(/equal formal_statement: 20 rows, prompt: \d+ rows/);
    const table = await open(run);
    expect(await table.filter("duplicate_kind = 'exact:formal_statement'").count()).toBe(20);
    expect(await table.filter("duplicate_kind = 'exact:prompt'").count()).toBeGreaterThan(0);
  });
});
