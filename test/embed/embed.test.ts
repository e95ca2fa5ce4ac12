/** Vectors of a run and of tables: same rows, same order, same bytes, nothing dropped. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { embed } from "../../kernel-lib/embed/embed";
import { embedRun } from "../../kernel-lib/embed/embed-run";
import { readManifest } from "../../kernel-lib/embed/embeddings-folder";
import "../../kernel-lib/embed/similar";
import { withEmbeddings } from "../../kernel-lib/embed/with-embeddings";
import { open } from "../../kernel-lib/table/open";
import { cli, hashes, temporaryFolder } from "../run/run-cli";
import { makeRun, rows, subjectOf } from "./rows";

const folder = temporaryFolder();
let run = "";
const place = () => join(run, "embeddings", "words.prompt.v1");
const bytes = () =>
  Object.fromEntries(Object.entries(hashes(run)).filter(([name]) => name.startsWith("embeddings/")));

beforeAll(() => {
  run = makeRun(folder);
  const { code, stdout } = cli(["embed", run, "--model", "words", "--workers", "2"]);
  expect(code).toBe(0);
  expect(stdout).toContain("119 of 120 rows have a vector of 512 numbers (words)");
  expect(stdout).toContain("1 rows without a vector: no_prompt");
  expect(stdout).toContain("1 texts were longer than 2048 tokens and cut");
});

describe("the vectors of a run", () => {
  it("have its shards, rows and order; open shows them on request", async () => {
    const table = await open(run);
    expect((await table.schema).map(({ name }) => name)).not.toContain("embedding");
    const shown = await withEmbeddings(table);
    const list = await shown
      .sql(
        "select source_row, len(embedding) as d, round(list_inner_product(embedding, embedding), 5) as square, embedding_tokens > 0 as some, embedding_truncated as cut, embedding_reason as why from this",
      )
      .toArray();
    expect(list).toHaveLength(120);
    for (const [i, row] of list.entries()) {
      expect(row).toEqual(
        i === 10
          ? { source_row: i, d: null, square: null, some: false, cut: false, why: "no_prompt" }
          : { source_row: i, d: 512, square: 1, some: true, cut: i === 11, why: null },
      );
    }
    expect(readManifest(place())).toMatchObject({
      ...{ model: "words", view: "prompt", dimensions: 512, rows: 120, embedded: 119, truncated: 1 },
      without: { no_prompt: 1 },
    });
    expect(shown.attachReport).toMatchObject({ matched: 120, unmatchedOther: 0, doubleKeys: 0 });
  });

  it("are the same bytes with one worker, and after a shard was lost", async () => {
    const before = bytes();
    expect(Object.keys(before)).toHaveLength(4);
    rmSync(join(place(), "train", "part-00001.parquet"));
    await embedRun(run, "words", { workers: 1 });
    expect(bytes()).toEqual(before);
    rmSync(place(), { recursive: true });
    await embedRun(run, "words", { workers: 1 });
    expect(bytes()).toEqual(before);
  });

  it("are not taken for finished while others of the same name are made", async () => {
    const before = bytes();
    const stopped = embedRun(run, "words", { maxTokens: 5, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow("aborted");
    await expect((await open(run)).similar("triangle")).rejects.toThrow("has no vectors yet");
    await embedRun(run, "words");
    expect(bytes()).toEqual(before);
  });

  it("of another view stand beside them, and search asks which", async () => {
    await embedRun(run, "words", { view: "completion" });
    const table = await open(run);
    await expect(table.similar("triangle")).rejects.toThrow(
      'several vectors (words.completion, words.prompt); say which: { vectors: "words.completion" }',
    );
    const found = await table.similar("Answer 20", { k: 1, vectors: "words.completion" });
    expect((await found.toArray()).map(({ source_row }) => source_row)).toEqual([20]);
    rmSync(join(run, "embeddings", "words.completion.v1"), { recursive: true });
  });

  it("are refused when the rows were made anew in other shards", async () => {
    rmSync(join(place(), "train", "part-00002.parquet"));
    await expect((await open(run)).similar("x")).rejects.toThrow("has other shards than rows/");
    await embedRun(run, "words");
  });

  it.each([
    [["embed", join(folder, "nowhere"), "--model", "words"], "nowhere: holds no finished run"],
    [["embed", "RUN", "--model", "no/such/folder"], "no/such/folder"],
    [["embed", "RUN", "--model", "words", "--view", "poem"], "poem"],
    [["embed", "RUN", "--model", "words", "--column", "txet"], "no column txet; did you mean text"],
  ])("says what is wrong with %j", (args, message) => {
    const { code, stderr } = cli(args.map((arg) => (arg === "RUN" ? run : arg)));
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("table.similar", () => {
  it("finds rows of the same subject, nearest first", async () => {
    const found = await (await open(run)).similar("an equation, an integer and a fraction", { k: 12 });
    const list = await found.toArray();
    expect(list.map(({ source_row }) => subjectOf(Number(source_row)))).toEqual(Array(12).fill("math"));
    const similarity = list.map((row) => Number(row.similarity));
    expect(similarity).toEqual([...similarity].sort((a, b) => b - a));
    expect(similarity[0]).toBeGreaterThan(0.3);
  });

  it("finds the neighbors of a row without the row, also among few", async () => {
    const table = (await open(run)).filter("source_row % 4 = 2 and source_row < 60");
    const [row] = await table.head(1).toArray();
    const near = await (await table.similar(row!, { k: 20 })).toArray();
    expect(near).toHaveLength(13); // 15 rows, one of them without a prompt, and the row itself
    expect(near.map(({ row_key }) => row_key)).not.toContain(row!.row_key);
    expect(new Set(near.map(({ source_row }) => subjectOf(Number(source_row))))).toEqual(
      new Set(["science"]),
    );
  });

  it("says what is missing", async () => {
    const table = await open(run);
    await expect(table.similar("  ")).rejects.toThrow("has no vector");
    await expect(table.similar("x", { k: 0 })).rejects.toThrow("k 0, expected a whole number");
    await expect(table.similar({ id: 1 })).rejects.toThrow("a row without row_key");
    await expect(table.similar("x", { vectors: "minilm" })).rejects.toThrow(
      'no vectors "minilm", there are words.prompt',
    );
    await expect((await open(join(folder, "subjects.jsonl"))).similar("x")).rejects.toThrow(
      "has no vectors yet",
    );
  });
});

describe("embed of a table that is no run", () => {
  it("gives rows a key and keeps their order and columns", async () => {
    const file = join(folder, "plain.jsonl");
    const list = rows(9).map(({ uuid, subject }, i) => ({
      uuid,
      question: i === 4 ? " " : `${subject} ${i}`,
    }));
    writeFileSync(file, list.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const table = await embed(await open(file), "words", { column: "question" });
    expect(await table.select(["row_key", "uuid", "question"]).toArray()).toEqual(
      list.map((row, i) => ({ row_key: `row-${i}`, ...row })),
    );
    const reasons = await (await withEmbeddings(table)).select(["embedding_reason"]).toArray();
    expect(reasons.map(({ embedding_reason }) => embedding_reason)).toEqual(
      list.map((_, i) => (i === 4 ? "no_text" : null)),
    );
    const [nearest] = await (await table.similar("science")).toArray();
    expect(["u2", "u6"]).toContain(nearest!.uuid);
    await expect(embed(await open(file), "words")).rejects.toThrow(
      'name the column, such as { column: "uuid" }',
    );
  });
});
