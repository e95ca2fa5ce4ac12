import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { describeFile } from "../../kernel-lib/source/describe-file";
import { planShards } from "../../kernel-lib/source/plan-shards";
import { quoteNonFinite } from "../../kernel-lib/source/read-parquet";
import { readRows } from "../../kernel-lib/source/read-rows";
import type { SourceFile } from "../../kernel-lib/source/source";
import { everything, pathOf, texts } from "./row-files";

let db: Db;
beforeAll(async () => {
  db = await Db.open({ threads: 1 });
});
afterAll(() => db.close());

async function parquetOf(name: string, select: string, options = ""): Promise<SourceFile> {
  await db.run(`copy (${select}) to ${quoteText(pathOf(name))} (format parquet ${options})`);
  return describeFile(pathOf(name));
}

describe("Parquet", () => {
  it("gives each value as JSON, exact where JSON can be", async () => {
    const file = await parquetOf(
      "types.parquet",
      `select 'nan'::double as nan, '-inf'::double as low, ['inf'::double, 1.0] as list, 9007199254740993 as big,
        18446744073709551615::ubigint as ubig, 1.10::decimal(30,2) as price, date '2024-01-02' as day,
        timestamp '2024-01-02 03:04:05.123456' as ts, 'a"\\' || chr(10) || 'NaN é😀' as text, null::int as nothing,
        {'x': {'y': [{'z': true}]}} as deep, map {'k': 1} as m, '\\x00\\xFF'::blob as blob, 1 as t, 2 as "a ""b"""`,
    );
    const all = await everything(file);
    expect(all.bad).toEqual([]);
    expect(all.rows).toEqual([
      {
        row: 0,
        offset: null,
        text:
          '{"nan":"NaN","low":"-Infinity","list":["Infinity",1.0],"big":9007199254740993,' +
          '"ubig":18446744073709551615,"price":1.10,"day":"2024-01-02","ts":"2024-01-02 03:04:05.123456",' +
          '"text":"a\\"\\\\\\nNaN é😀","nothing":null,"deep":{"x":{"y":[{"z":true}]}},"m":{"k":1},' +
          '"blob":"\\\\x00\\\\xFF","t":1,"a \\"b\\"":2}',
      },
    ]);
    expect(JSON.parse(all.rows[0]!.text)).toMatchObject({ text: 'a"\\\nNaN é😀', nan: "NaN" });
  });

  it.each([
    ['{"a":NaN,"b":[-Infinity,Infinity]}', '{"a":"NaN","b":["-Infinity","Infinity"]}'],
    ['{"NaN":"NaN \\" NaN","b":NaN}', '{"NaN":"NaN \\" NaN","b":"NaN"}'],
    ['{"a":1}', '{"a":1}'],
  ])("quotes %s", (json, expected) => {
    expect(quoteNonFinite(json)).toBe(expected);
  });

  it("reads ranges of rows that add up to the file, for row groups smaller and larger than a shard", async () => {
    const select = "select i, 'row ' || i as s from range(9000) r(i)";
    for (const groupRows of [2048, 100_000]) {
      const file = await parquetOf("groups.parquet", select, `, row_group_size ${groupRows}`);
      const whole = texts(await everything(file, { db }));
      expect(whole[8999]).toBe('{"i":8999,"s":"row 8999"}');
      for (const rowsPerShard of [700, 2048, 5000, 20_000]) {
        const plan = await planShards(file, { rowsPerShard, db });
        expect([plan.rows, plan.seekable]).toEqual([9000, true]);
        const parts: string[] = [];
        for (const range of plan.shards) {
          expect(range.rows).toBeLessThanOrEqual(rowsPerShard);
          const part = await everything(file, { range, db });
          expect(part.rows[0]!.row).toBe(range.firstRow);
          parts.push(...texts(part));
        }
        expect(parts).toEqual(whole);
      }
    }
  });

  it("cuts by unpacked bytes, and stops at maxRows", async () => {
    const file = await parquetOf(
      "bytes.parquet",
      "select repeat(md5(i::varchar), 40) as s from range(6000) r(i)",
    );
    const plan = await planShards(file, { shardBytes: 1_000_000, db });
    expect(plan.shards.length).toBe(Math.ceil(plan.unpackedBytes! / 1_000_000));
    expect(plan.shards.reduce((sum, { rows }) => sum + rows, 0)).toBe(6000);
    const some = await planShards(file, { maxRows: 10, db });
    expect(some).toEqual({
      rows: 10,
      unpackedBytes: null,
      shards: [{ firstRow: 0, rows: 10, start: null, end: null }],
      seekable: true,
    });
  });

  it("reads a file that has a column called file_row_number", async () => {
    const file = await parquetOf(
      "named.parquet",
      "select i as file_row_number, i + 1 as t from range(10, 14) r(i)",
    );
    const range = { firstRow: 1, rows: 2, start: null, end: null };
    const all = await everything(file, { range });
    expect(all.rows.map(({ row, text }) => `${row} ${text}`)).toEqual([
      '1 {"file_row_number":11,"t":12}',
      '2 {"file_row_number":12,"t":13}',
    ]);
  });

  it("ends cleanly when the reader stops early or is aborted", async () => {
    const file = await parquetOf(
      "early.parquet",
      "select repeat(md5(i::varchar), 40) as s from range(20000) r(i)",
    );
    for (const options of [{}, { db }]) {
      let rows = 0;
      for await (const batch of readRows(file, options)) {
        rows += batch.rows.length;
        break;
      }
      expect(rows).toBeLessThan(2000);
      const abort = new AbortController();
      const reading = (async () => {
        for await (const _ of readRows(file, { ...options, signal: abort.signal })) abort.abort();
      })();
      await expect(reading).rejects.toThrow(/abort/i);
    }
    expect(await db.one("select 1 as one")).toEqual({ one: 1 });
  });
});
