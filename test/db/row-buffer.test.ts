/** What goes into a row buffer comes out of DuckDB the same. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import { RowBuffer } from "../../kernel-lib/db/row-buffer";
import { temporaryFolder } from "../run/run-cli";

describe("RowBuffer", () => {
  let db: Db;
  beforeAll(async () => {
    db = await Db.open({ threads: 1 });
  });
  afterAll(() => db.close());

  const roundTrip = async (name: string, type: string, values: readonly unknown[]) => {
    const buffer = new RowBuffer(name, [["value", type]]);
    db.attach(buffer);
    buffer.append([values], values.length);
    const rows = await db.all<{ value: unknown }>(`SELECT value FROM ${name}()`);
    return rows.map(({ value }) => value);
  };

  it("keeps texts of every length and script", async () => {
    const lengths = [0, 1, 4, 11, 12, 13, 47, 48, 49, 5000];
    const texts = [
      ...lengths.flatMap((length) => ["x".repeat(length), "é".repeat(length), "−".repeat(length)]),
      "𝒳 after",
      "NUL \0 inside",
      "twelve bytes",
      null,
      "",
      `${"ascii ".repeat(4)}then ü`,
    ];
    expect(await roundTrip("texts", "VARCHAR", texts)).toEqual(texts);
  });

  it("stores half a surrogate pair as U+FFFD, long and short", async () => {
    const long = "y".repeat(100);
    expect(await roundTrip("halves", "VARCHAR", ["a\ud800b", `${long}\udc00`])).toEqual([
      "a\ufffdb",
      `${long}\ufffd`,
    ]);
  });

  it("takes UTF-8 bytes in place of a text", async () => {
    const bytes = Buffer.from("größer als zwölf Bytes");
    expect(await roundTrip("bytes", "VARCHAR", [bytes, "text"])).toEqual(["größer als zwölf Bytes", "text"]);
  });

  it("keeps numbers to the last bit, and nulls", async () => {
    const whole = [0, -1, 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1, null];
    expect(await roundTrip("whole", "BIGINT", whole)).toEqual(whole);
    const fractions = [0.1, -0, 1e308, null, 5e-324];
    expect(await roundTrip("fractions", "DOUBLE", fractions)).toEqual(fractions);
    expect(await roundTrip("switches", "BOOLEAN", [true, null, false])).toEqual([true, null, false]);
  });

  it("keeps vectors of one length over several chunks, and reads them back from Parquet as Float32Arrays", async () => {
    const vectors = Array.from({ length: 5000 }, (_, i) =>
      i % 7 === 3 ? null : Float32Array.of(i, -i / 3, Math.fround(1 / (i + 1))),
    );
    const buffer = new RowBuffer("vectors", [
      ["i", "BIGINT"],
      ["value", "FLOAT[3]"],
    ]);
    db.attach(buffer);
    buffer.append([vectors.map((_, i) => i), vectors], vectors.length);
    const file = join(temporaryFolder(), "vectors.parquet");
    await db.run(`COPY (FROM vectors()) TO '${file}' (FORMAT parquet)`);
    const read: unknown[] = [];
    for await (const [values] of db.streamColumns(`select value::FLOAT[3] from '${file}'`))
      read.push(...values!);
    expect(read).toEqual(vectors);
    expect(() => buffer.append([[1], [Float32Array.of(1, 2)]], 1)).toThrow("a vector of 3 numbers, got 2");
  });

  it("keeps lists, and tells null from empty", async () => {
    const lists = [["a", null, "a text that is longer than twelve bytes"], [], null, [""], ["z"]];
    expect(await roundTrip("lists", "VARCHAR[]", lists)).toEqual(lists);
    const structs = [
      [
        { role: "user", content: "a question of some length" },
        { role: "assistant", content: null },
      ],
      null,
      [{ role: "tool", content: "" }],
    ];
    expect(await roundTrip("structs", "STRUCT(role VARCHAR, content VARCHAR)[]", structs)).toEqual(structs);
  });

  it("gives more rows than a vector holds, in order, whatever the lots they came in", async () => {
    const buffer = new RowBuffer("many", [
      ["n", "BIGINT"],
      ["text", "VARCHAR"],
      ["list", "VARCHAR[]"],
    ]);
    db.attach(buffer);
    const rows = Array.from({ length: 5000 }, (_, n) => ({
      n,
      text: n % 7 === 0 ? null : `row number ${n} of 5000`,
      list: Array.from({ length: n % 4 }, (_, i) => `item ${i} of row ${n}`),
    }));
    for (let from = 0; from < rows.length; from += 300) {
      const lot = rows.slice(from, from + 300);
      buffer.append([lot.map((r) => r.n), lot.map((r) => r.text), lot.map((r) => r.list)], lot.length);
    }
    expect(await db.all("FROM many()")).toEqual(rows);
    expect(await db.all("FROM many()")).toEqual(rows);
    expect(buffer.rows).toBe(5000);
  });

  it("holds only what came after it was cleared, and serves another database", async () => {
    const buffer = new RowBuffer("again", [["value", "VARCHAR"]]);
    buffer.append([[null, "a first text, longer than the second"]], 2);
    buffer.clear();
    buffer.append([["second"]], 1);
    const other = await Db.open({ threads: 1 });
    try {
      other.attach(buffer);
      expect(await other.all("FROM again()")).toEqual([{ value: "second" }]);
    } finally {
      other.close();
    }
    buffer.clear();
    db.attach(buffer);
    expect(await db.all("FROM again()")).toEqual([]);
  });

  it("refuses a column type it does not know", () => {
    expect(() => new RowBuffer("dates", [["day", "DATE"]])).toThrow(/expected a column of VARCHAR.*got DATE/);
  });
});
