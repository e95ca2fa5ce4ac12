import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { InputError, QueryError } from "../../kernel-lib/errors";
import { mimeBundle } from "../../kernel-lib/notebook/display";
import { open } from "../../kernel-lib/table/open";
import { lines, messageOf, TableFiles } from "./table-files";

const files = new TableFiles();
afterAll(() => files.remove());

test("JSONL: scalars are typed, nested columns typed where they agree, JSON where types mix", async () => {
  const path = files.put(
    "types.jsonl",
    lines(
      { n: 1, f: 1, s: "a", b: true, mix: 1, m: [{ role: "user", content: "hi" }], tags: [], z: null },
      {
        n: -2,
        f: 0.5,
        s: "b",
        b: false,
        mix: "x",
        m: [{ role: "assistant", content: "yo", name: "z" }],
        tags: ["t"],
        z: null,
        late: "l",
      },
      { mix: { k: [1] } },
    ),
  );
  const table = await open(path);
  expect([...(await table.schema)]).toEqual([
    { name: "n", type: "BIGINT" },
    { name: "f", type: "DOUBLE" },
    { name: "s", type: "VARCHAR" },
    { name: "b", type: "BOOLEAN" },
    { name: "mix", type: "JSON" },
    { name: "m", type: 'STRUCT("role" VARCHAR, "content" VARCHAR, "name" VARCHAR)[]' },
    { name: "tags", type: "VARCHAR[]" },
    { name: "z", type: "JSON" },
    { name: "late", type: "VARCHAR" },
  ]);
  expect(await table.select(["mix", "n"]).toArray()).toEqual([
    { mix: 1, n: 1 },
    { mix: "x", n: -2 },
    { mix: { k: [1] }, n: null },
  ]);
});

test("unreadable lines are left out, counted and listed; lenient JSON does not slip in", async () => {
  const path = files.put(
    "bad/train.jsonl.gz",
    gzipSync(
      Buffer.concat([
        Buffer.from(lines({ a: 1 }, "[1]", '{"a":2,}', '{"a":NaN}', '{"a":3', { a: 4, s: "x" }) + "\n"),
        Buffer.from([0x22, 0xff, 0x22, 0x0a]),
        Buffer.from('{"a":5,"s":"half \\ud83d, whole \\ud83d\\ude00, text \\\\ud83d"}\n'),
      ]),
    ),
  );
  const table = await open(path);
  expect(await table.toArray()).toEqual([
    { a: 1, s: null },
    { a: 4, s: "x" },
    { a: 5, s: "half \ufffd, whole 😀, text \\ud83d" },
  ]);
  expect((await table.problems()).map(({ file, row, reason }) => [file, row, reason])).toEqual([
    ["train.jsonl.gz", 1, "not_an_object"],
    ["train.jsonl.gz", 2, "not_json"],
    ["train.jsonl.gz", 3, "not_json"],
    ["train.jsonl.gz", 4, "not_json"],
    ["train.jsonl.gz", 6, "invalid_utf8"],
  ]);
  const shown = await mimeBundle(table);
  expect(shown["text/plain"]).toContain(
    "JSON files: 3 rows read, 5 unreadable (8 in all): .problems() lists them",
  );
});

test("check: false reads JSON as DuckDB does, keeps nested columns as JSON and says so", async () => {
  const path = files.put(
    "large.jsonl",
    lines({ a: 1, "o/d~d": [1], s: "x" }, "{", "[1]", { a: null, s: "y" }),
  );
  const table = await open(path, { check: false });
  expect(await table.toArray()).toEqual([
    { a: 1, "o/d~d": [1], s: "x" },
    { a: null, "o/d~d": null, s: "y" },
  ]);
  expect(await table.count()).toBe(2);
  expect((await table.problems()).map(({ row }) => row)).toEqual([1, 2]);
  expect((await mimeBundle(table))["text/plain"]).toContain("unreadable lines are left out");
});

test("JSON arrays, wrapped arrays, CSV and empty files are tables too", async () => {
  const array = await open(files.put("list.json", '[{"a": 1,\n "b": "x\\ny"},\n {"a": 2}]'));
  expect(await array.toArray()).toEqual([
    { a: 1, b: "x\ny" },
    { a: 2, b: null },
  ]);
  const wrapped = await open(files.put("wrapped.json", '{"data": [{"a": 1,\n"b": 2}, {"a": 3}]}'));
  expect(await wrapped.toArray()).toEqual([
    { a: 1, b: 2 },
    { a: 3, b: null },
  ]);
  const csv = await open(files.put("t.csv", 'a,b\n1,x\n2,"y, z"\n'));
  expect(await csv.toArray()).toEqual([
    { a: 1, b: "x" },
    { a: 2, b: "y, z" },
  ]);
  const empty = await open(files.put("empty.jsonl", ""));
  expect(await empty.count()).toBe(0);
  expect(await empty.toArray()).toEqual([]);
});

test("verbs chain without changing the table they start from", async () => {
  const table = await open(
    files.put("verbs.jsonl", lines(...Array.from({ length: 50 }, (_, i) => ({ i, k: `k${i % 3}` })))),
  );
  const part = table.filter("i >= 40 -- a comment").select(["k", "i"]);
  expect(await part.head(2).toArray()).toEqual([
    { k: "k1", i: 40 },
    { k: "k2", i: 41 },
  ]);
  expect(await table.count()).toBe(50);
  expect(await part.groupBy("k").count().toArray()).toEqual([
    { k: "k1", n: 4 },
    { k: "k0", n: 3 },
    { k: "k2", n: 3 },
  ]);
  expect(await table.groupBy("i % 2").agg({ most: "max(i)", rows: "count(*)" }).toArray()).toEqual([
    { "(i % 2)": 0, most: 48, rows: 25 },
    { "(i % 2)": 1, most: 49, rows: 25 },
  ]);
  expect(
    await table
      .sql("with a as (select sum(i) s from this) select s, (select count(*) from rows) c from a;")
      .toArray(),
  ).toEqual([{ s: 1225, c: 50 }]);
  expect(await table.describe().select(["column_name", "count"]).toArray()).toEqual([
    { column_name: "i", count: 50 },
    { column_name: "k", count: 50 },
  ]);
});

test("_split, _file and _row tell where rows come from, when they are spoken of", async () => {
  await files.putParquet("placed/data/train-00000-of-00001.parquet", "select range as a from range(5)");
  await files.putParquet("placed/data/test-00000-of-00001.parquet", "select range + 100 as a from range(3)");
  const table = await open(join(files.root, "placed"));
  expect((await table.schema).map(({ name }) => name)).toEqual(["a"]);
  expect(await table.groupBy("_split").count().toArray()).toEqual([
    { _split: "train", n: 5 },
    { _split: "test", n: 3 },
  ]);
  expect(await table.filter("_split = 'test'").head(1).toArray()).toEqual([{ a: 100 }]);
  expect(await table.sql("select a, _file, _row from this where a = 101").toArray()).toEqual([
    { a: 101, _file: "data/test-00000-of-00001.parquet", _row: 1 },
  ]);
  expect(await table.split("test").count()).toBe(3);
  expect(() => table.split("tset")).toThrow("split tset: not in placed; did you mean test?");
  expect(table.splits.map(({ split, files }) => [split, files.length])).toEqual([
    ["train", 1],
    ["test", 1],
  ]);
});

test("a sample is the same for the same seed, another for another, in order, and survives filters", async () => {
  await files.putParquet("wide/a.parquet", "select range as a, repeat('x', 100) as t from range(30000)");
  await files.putParquet(
    "wide/b.parquet",
    "select range + 30000 as a, repeat('y', 100) as t from range(30000)",
  );
  const table = await open(join(files.root, "wide"));
  const drawn = async (seed: number) =>
    (await table.sample(5, { seed }).select(["a"]).toArray()).map(({ a }) => a);
  const first = await drawn(1);
  expect(first).toEqual([...first].sort((x, y) => Number(x) - Number(y)));
  expect(await drawn(1)).toEqual(first);
  expect(await drawn(2)).not.toEqual(first);
  expect(first).toMatchInlineSnapshot(`
    [
      14211,
      20193,
      27400,
      34095,
      50842,
    ]
  `);
  const odd = await table.filter("a % 2 = 1").sample(3000, { seed: 3 }).toArray();
  expect(odd.length).toBe(3000);
  expect(new Set(odd.map(({ a }) => a)).size).toBe(3000);
  const mean = odd.reduce((sum, { a }) => sum + Number(a), 0) / 3000;
  expect(Math.abs(mean - 30000)).toBeLessThan(1500);
  const json = await open(files.put("s.jsonl", lines(...Array.from({ length: 500 }, (_, i) => ({ i })))));
  expect(await json.sample(3, { seed: 1 }).toArray()).toEqual(await json.sample(3, { seed: 1 }).toArray());
  expect(await json.sample(900).count()).toBe(500);
  const grouped = await json.groupBy("i % 7").count().sample(3, { seed: 2 }).toArray();
  expect(await json.groupBy("i % 7").count().sample(3, { seed: 2 }).toArray()).toEqual(grouped);
});

test("SQL errors show the SQL, DuckDB's words and the nearest column", async () => {
  const table = await open(files.put("err.jsonl", lines({ problem: "x", answer: 1 })));
  expect(await messageOf(table.filter("problme = 'x'").count(), QueryError)).toBe(
    `Binder Error: Referenced column "problme" not found in FROM clause! Did you mean problem? SQL: problme = 'x'`,
  );
  expect(await messageOf(table.sql("selec 1").toArray(), QueryError)).toMatch(
    /^Parser Error: .*SQL: selec 1$/s,
  );
  expect(await messageOf(table.sql("drop table x").toArray(), QueryError)).toContain("Parser Error");
  expect(() => table.head(-1)).toThrow("head: got -1, expected a whole number of rows");
  const widened = await open(files.put("ids.jsonl", lines('{"h":18446744073709551615}', '{"h":-1}')));
  expect(await widened.toArray()).toEqual([{ h: 18446744073709551615n }, { h: -1 }]);
});

test("a cut Parquet file is named", async () => {
  const whole = await files.putParquet("cut/whole.parquet", "select range a from range(10)");
  const path = files.put("cut.parquet", readFileSync(whole).subarray(0, 100));
  expect(
    await messageOf(
      open(path).then((table) => table.count()),
      InputError,
    ),
  ).toContain("cut.parquet: not a whole Parquet file");
});

test("a row of hostile text stays text, and long cells say how much is cut", async () => {
  const table = await open(
    files.put("evil.jsonl", lines({ "<b>": "<img src=x onerror=alert(1)>", long: "é".repeat(500), n: null })),
  );
  const bundle = await mimeBundle(table);
  expect(bundle["text/html"]).not.toMatch(/<img|<b>/);
  expect(bundle["text/html"]).toContain("&lt;img src=x onerror=alert(1)&gt;");
  expect(bundle["text/html"]).toContain("… +300 characters");
  expect(bundle["text/plain"]).toBe(
    `evil @ local · 3 columns · 1 row\n<b>: VARCHAR, long: VARCHAR, n: JSON (all null)\n<img src=x onerror=alert(1)> | ${"é".repeat(40)}… +460 | null`,
  );
});

test("an abort stops the query with the signal's reason; toArray refuses more than it is told", async () => {
  const table = await open(await files.putParquet("many.parquet", "select range a from range(200000)"));
  const stop = new AbortController();
  const running = table
    .sql("select count(*) from this a, this b where a.a + b.a = 3")
    .toArray({ signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 200);
  await expect(running).rejects.toThrow("enough");
  expect(await messageOf(table.toArray(), InputError)).toContain("more than 100000 rows");
  let seen = 0;
  for await (const batch of table.stream()) {
    seen += batch.length;
    if (seen > 5000) break;
  }
  expect(seen).toBeLessThan(200000);
  expect(await table.count()).toBe(200000);
});
