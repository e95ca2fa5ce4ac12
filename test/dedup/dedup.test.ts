/** dedup from end to end: by its definition on all pairs, in any order, on any number of threads. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { type DedupOptions, dedup } from "../../kernel-lib/dedup/dedup";
import { readDuplicates } from "../../kernel-lib/run/duplicates";
import { splitWithoutLeaks } from "../../kernel-lib/split/split-without-leaks";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { cli, temporaryFolder } from "../run/run-cli";
import { type Doc, jaccard, randomDocs, randomFrom, referenceDuplicates, shinglesOf } from "./reference";

const quiet = { workers: 1, onProgress: () => undefined } satisfies DedupOptions;

function writeLines(docs: readonly object[], name = "rows.jsonl", folder = temporaryFolder()): string {
  const path = join(folder, name);
  writeFileSync(path, docs.map((doc) => `${JSON.stringify(doc)}\n`).join(""));
  return path;
}

async function idsOf(docs: readonly Doc[], options: DedupOptions = {}): Promise<Map<string, string>> {
  const found = await dedup([docs as never], { ...quiet, ...options });
  const idOfKey = new Map(docs.map(({ id }, i) => [`rows 1#${i}`, id]));
  return new Map(found.duplicates.map((each) => [each.id!, idOfKey.get(each.duplicate_of)!]));
}

describe("near duplicates", () => {
  it.each([1, 2, 3])("are those of the rank-order pass over all pairs (seed %i)", async (seed) => {
    const docs = randomDocs(600, seed);
    expect(await idsOf(docs)).toEqual(referenceDuplicates(docs));
  });

  it.each([0.5, 0.9, 1])("at threshold %f", async (threshold) => {
    const docs = randomDocs(400, 7);
    const found = await idsOf(docs, { threshold, bands: "42x3" });
    expect(found).toEqual(referenceDuplicates(docs, threshold));
  });

  it("of a crowd of look-alikes are the same", async () => {
    const random = randomFrom(9);
    const slot = (i: number) => `slot${i}value${Math.floor(random() * 12)}`;
    const docs = Array.from({ length: 500 }, (_, i) => ({
      id: `d${i}`,
      text: Array.from({ length: 60 }, (_, k) => (k % 9 === 0 ? slot(k) : `template${k}`)).join(" "),
    }));
    const found = await dedup([docs as never], quiet);
    expect(found.found.crowdRows).toBeGreaterThan(400);
    expect(found.duplicates.length).toBe(referenceDuplicates(docs).size);
    expect(await idsOf(docs)).toEqual(referenceDuplicates(docs));
  });

  it("are no chains: a row is only dropped for a row that is kept", async () => {
    const words = Array.from({ length: 130 }, (_, i) => `w${i}`);
    // Each text is 10 words away from the next, too far from the one after that.
    const docs = [0, 10, 20, 30].map((from, i) => ({
      id: `d${i}`,
      text: words.slice(from, from + 100).join(" "),
    }));
    const found = await dedup([docs as never], quiet);
    const dropped = new Set(found.duplicates.map(({ row_key }) => row_key));
    expect(dropped.size).toBe(2);
    for (const { duplicate_of, similarity } of found.duplicates) {
      expect(dropped.has(duplicate_of)).toBe(false);
      expect(similarity).toBeCloseTo(88 / 108, 10);
    }
  });
});

describe("exact duplicates", () => {
  it("keep the best row, whatever the order", async () => {
    const rows = [
      { id: "a", text: "the same text here now", meta_correct_count: 0 },
      { id: "b", text: "the  same text\nhere now", meta_correct_count: 2 },
      { id: "c", text: "THE same text here now", meta_correct_count: 0 },
    ];
    const found = await dedup([rows], quiet);
    expect(found.duplicates.map(({ id, duplicate_of, kind }) => [id, duplicate_of, kind])).toEqual([
      ["a", "rows 1#1", "exact"],
      ["c", "rows 1#1", "near"],
    ]);
    const only = await dedup([rows], { ...quiet, near: false });
    expect(only.duplicates.map(({ id, kind }) => [id, kind])).toEqual([["a", "exact"]]);
  });

  it("do not hold for rows without text", async () => {
    const rows = ["", " ", "\n", null, "…", "…"].map((text, i) => ({ id: `${i}`, text }));
    const found = await dedup([rows], quiet);
    expect(found.duplicates.map(({ id, kind }) => [id, kind])).toEqual([["5", "exact"]]);
    expect(found.toJSON().without_text).toEqual({ absent: 1, "not text": 0, "broken JSON": 0, empty: 3 });
  });

  it("of rows too short for a shingle are compared by all their words", async () => {
    const rows = ["Yes", "yes!", "No", "Thank you", "thank you.", "you thank"].map((text, i) => ({
      id: `${i}`,
      text,
    }));
    const found = await dedup([rows], quiet);
    expect(found.duplicates.map(({ id, kind, similarity }) => [id, kind, similarity])).toEqual([
      ["0", "near", 1],
      ["3", "near", 1],
    ]);
  });

  it("are kept in the table that was given first", async () => {
    const rows = (name: string) => [{ id: name, text: "one and the same text in two tables" }];
    const found = await dedup([rows("first"), rows("second")], quiet);
    expect(found.duplicates.map(({ id }) => id)).toEqual(["second"]);
    expect(found.toJSON().matrix).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });
});

describe("the result", () => {
  it("is the same, byte for byte, for any number of threads and any order of files", async () => {
    const docs = randomDocs(900, 5);
    const [one, other] = [temporaryFolder(), temporaryFolder()];
    for (const [folder, order] of [
      [one, [0, 1, 2]],
      [other, [2, 0, 1]],
    ] as const) {
      mkdirSync(join(folder, "in"));
      for (const part of order)
        writeLines(docs.slice(part * 300, part * 300 + 300), `in/p${part}.jsonl`, folder);
    }
    const outputs: Buffer[] = [];
    for (const [folder, workers] of [
      [one, 1],
      [one, 3],
      [other, 2],
    ] as const) {
      const out = join(temporaryFolder(), "out");
      const before = process.cwd();
      process.chdir(folder);
      try {
        await dedup("in", { out, workers, onProgress: () => undefined });
      } finally {
        process.chdir(before);
      }
      outputs.push(
        Buffer.concat(["duplicates.parquet", "dedup.json"].map((name) => readFileSync(join(out, name)))),
      );
    }
    expect(outputs[1]!.equals(outputs[0]!)).toBe(true);
    expect(outputs[2]!.equals(outputs[0]!)).toBe(true);
  });

  it("stands in duplicates.parquet with row_key and the user's id", async () => {
    const path = writeLines([
      { uuid: "u1", body: "some words that are said twice" },
      { uuid: "u2", body: "some words that are said twice" },
      { uuid: "u3", body: "other words" },
    ]);
    const out = join(temporaryFolder(), "out");
    await dedup(path, { ...quiet, out, text: "body", id: "uuid" });
    const rows = await (await open(join(out, "duplicates.parquet"))).toArray();
    expect(rows).toEqual([
      {
        row_key: `${path}#1`,
        id: "u2",
        duplicate_of: `${path}#0`,
        kind: "exact",
        similarity: 1,
        cluster: `${path}#0`,
      },
    ]);
    await expect(dedup(path, { ...quiet, out, text: "body" })).rejects.toThrow(/--overwrite/);
  });

  it("says what a stricter threshold would drop, exactly", async () => {
    const docs = randomDocs(500, 4);
    const found = await dedup([docs as never], { ...quiet, whatIf: [0.7, 0.9] });
    const json = found.toJSON() as {
      what_if: { threshold: number; duplicates: number; lowerBound: boolean }[];
    };
    const [looser, stricter] = json.what_if;
    expect(stricter).toEqual({
      threshold: 0.9,
      duplicates: referenceDuplicates(docs, 0.9).size,
      lowerBound: false,
    });
    expect(looser!.lowerBound).toBe(true);
    expect(looser!.duplicates).toBeGreaterThan(found.duplicates.length);
  });

  it("is shown as text and HTML with hostile rows escaped", async () => {
    const rows = [
      "<img src=x onerror=alert(1)> one two three",
      "<img src=x onerror=alert(1)> one two three",
    ].map((text, i) => ({ id: i, text }));
    const found = await dedup([rows], quiet);
    const bundle = found[Symbol.for("corpuslab.display") as never] as unknown as () => Record<string, string>;
    const shown = bundle.call(found);
    expect(shown["text/plain"]).toContain("1 of 2 rows kept: 1 exact + 0 near duplicates");
    // The figures are pictures of the report's own; nothing else is one.
    const own = /<img alt="[^"<]*" style="[^"]*" src="data:image\/svg\+xml;base64,[\w+/=]+">/g;
    expect(shown["text/html"]!.replace(own, "")).not.toContain("<img");
  });
});

describe("wrong input is named", () => {
  const path = writeLines([{ prompt: "a", id: 1 }]);

  it.each([
    [path, { text: "promt" }, /no column "promt"; near it: prompt/],
    [path, {}, /no column "text".*--text COLUMN/],
    [path, { text: "prompt", bands: "21" }, /expected bands and values in each, such as 21x6/],
    [path, { text: "prompt", bands: "32x8" }, /need 256 hashes, there are 128: take 16x8/],
    [path, { text: "prompt", threshold: 80 }, /threshold 80, expected a similarity/],
    [path, { text: "prompt", hashes: 100 }, /hashes 100, expected 16, 32, 64 or 128/],
  ] as const)("%#", async (input, options, message) => {
    await expect(dedup(input, { ...quiet, ...options })).rejects.toThrow(message);
  });
});

describe("an earlier run", () => {
  it("keeps its rows: new data is held against it and reported on alone", async () => {
    const docs = randomDocs(800, 6);
    const folder = temporaryFolder();
    const [old, fresh] = [
      writeLines(docs.slice(0, 500), "old.jsonl", folder),
      writeLines(docs.slice(500), "new.jsonl", folder),
    ];
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    const before = await dedup(old, { ...quiet, out: first, keepSignatures: true });
    const found = await dedup(fresh, { ...quiet, out: second, against: first });
    const gone = new Set(before.duplicates.map(({ id }) => id));
    const stays = docs.slice(0, 500).filter(({ id }) => !gone.has(id));
    expect(found.rows).toBe(300);
    expect(found.duplicates.every(({ row_key }) => row_key.startsWith(fresh))).toBe(true);
    expect(found.duplicates.every(({ duplicate_of }) => !gone.has(idAt(docs, duplicate_of, old)))).toBe(true);
    // The longest text first would let new rows win: here all rows of the earlier run come before them.
    const kept: Doc[] = [...stays];
    const dropped = new Set<string>();
    const ranked = docs.slice(500).map((doc, i) => ({ ...doc, key: `#${i}` }));
    ranked.sort((a, b) => b.text.length - a.text.length || (a.key < b.key ? -1 : 1));
    for (const doc of ranked) {
      const shingles = shinglesOf(doc.text);
      if (kept.some((other) => jaccard(shingles, shinglesOf(other.text)) >= 0.8)) dropped.add(doc.id);
      else kept.push(doc);
    }
    expect(new Set(found.duplicates.map(({ id }) => id))).toEqual(dropped);
  });

  it("that cannot be compared with is refused", async () => {
    const folder = temporaryFolder();
    const path = writeLines([{ id: "a", text: "one two three four" }], "a.jsonl", folder);
    const out = join(folder, "out");
    await dedup(path, { ...quiet, out, keepSignatures: true });
    await expect(dedup(path, { ...quiet, against: folder })).rejects.toThrow(
      /holds no signatures.*--keep-signatures/,
    );
    await expect(dedup(path, { ...quiet, against: out, ngram: 5 })).rejects.toThrow(
      /made with ngram 3, this run has 5/,
    );
    writeLines([{ id: "b", text: "one two three four five" }], "a.jsonl", folder);
    await expect(dedup(path, { ...quiet, against: out })).rejects.toThrow(/not what it was since/);
  });
});

it("ids that are numbers survive, digit by digit", async () => {
  const path = join(temporaryFolder(), "numbers.jsonl");
  const ids = ["7", "9007199254740993", "-2.5", "null"];
  writeFileSync(path, ids.map((id) => `{"id": ${id}, "text": "one text for all of them"}\n`).join(""));
  const found = await dedup(path, quiet);
  expect(found.duplicates.map(({ id }) => id)).toEqual(["9007199254740993", "-2.5", null]);
});

function idAt(docs: readonly Doc[], key: string, path: string): string {
  return key.startsWith(path) ? docs[Number(key.split("#").at(-1))]!.id : "";
}

/** Rows 1 and 2 of the shard get the text of row 0. */
async function repeatFirstText(shard: string): Promise<void> {
  const db = await Db.open();
  const rows = `read_parquet(${quoteText(shard)}, file_row_number = true)`;
  await db.run(`create table shard as select * replace (
    case when file_row_number < 3 then (select text from ${rows} where file_row_number = 0) else text end as text) from ${rows}`);
  await db.run(
    `copy (select * exclude (file_row_number) from shard order by file_row_number) to ${quoteText(shard)} (format parquet)`,
  );
  db.close();
}

describe("a run folder", () => {
  it("gets a sidecar that lies beside its rows, and its clusters show what dedup found", async () => {
    const run = join(temporaryFolder(), "run");
    await makeRun(run, { rows: 60 });
    const shard = join(run, "rows", "train", "part-00000.parquet");
    await repeatFirstText(shard);
    const found = await dedup(run, { ...quiet, sidecars: true });
    expect(found.rows).toBe(60);
    const rows = await (await open(run))
      .sql(
        "select row_key, duplicate_of, duplicate_kind, duplicate_similarity from this where duplicate_of is not null order by row_key",
      )
      .toArray();
    expect(rows).toEqual(
      found.duplicates.map(({ row_key, duplicate_of, kind, similarity }) => ({
        row_key,
        duplicate_of,
        duplicate_kind: kind,
        duplicate_similarity: similarity,
      })),
    );
    expect(rows.length).toBe(2);
    const clusters = await readDuplicates(run);
    expect(clusters.totals.duplicates).toBe(rows.length);
  });

  it("that shares its row_keys with another run keeps its rows, and the other one's are dropped", async () => {
    const folder = temporaryFolder();
    const runs = ["first", "again"].map((name) => join(folder, name));
    await makeRun(runs[0]!, { rows: 20 });
    cpSync(runs[0]!, runs[1]!, { recursive: true });
    const options = ["--out", join(folder, "out"), "--sidecars", "--no-near"];
    expect(cli(["dedup", ...runs, ...options]).code).toBe(0);
    const left = async (run: string) => {
      const table = await open(run);
      return [await table.count(), await table.filter("duplicate_of is null").count()];
    };
    expect([await left(runs[0]!), await left(runs[1]!)]).toEqual([
      [20, 20],
      [20, 0],
    ]);
    expect(readFileSync(join(runs[0]!, "view.sql"), "utf8")).toContain("duplicate_kind");
    const split = await splitWithoutLeaks(runs, { ...quiet, validation: 0.2, sidecars: true });
    expect(split.rows).toBe(40);
    for (const run of runs) expect(await (await open(run)).filter("split_assigned is null").count()).toBe(0);
    await expect(dedup([runs[0]!, join(runs[0]!, ".")], quiet)).rejects.toThrow(/is given twice/);
    const rows = [{ id: "a", text: "one two three" }];
    await expect(dedup(rows, { ...quiet, sidecars: true })).rejects.toThrow(/nowhere to write them/);
  });
});
