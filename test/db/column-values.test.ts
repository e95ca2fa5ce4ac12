/** Columns that are read from DuckDB's memory have the values that the driver reads. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";

describe("streamColumns", () => {
  let db: Db;
  beforeAll(async () => {
    db = await Db.open({ threads: 1 });
  });
  afterAll(() => db.close());

  const bothWays = async (sql: string) => {
    const driver = await db.all<{ value: unknown }>(sql);
    const read: unknown[] = [];
    for await (const [values] of db.streamColumns(sql)) read.push(...values!);
    expect(read).toEqual(driver.map(({ value }) => value));
    return read;
  };

  it.each([
    ["BOOLEAN", "n % 2 = 0"],
    ["TINYINT", "n % 256 - 128"],
    ["SMALLINT", "n % 65536 - 32768"],
    ["INTEGER", "hash(n)::hugeint % 2147483648 - 1073741824"],
    ["UTINYINT", "n % 256"],
    ["USMALLINT", "n % 65536"],
    ["UINTEGER", "hash(n) % 4294967296"],
    ["UBIGINT", "hash(n)"],
    ["BIGINT", "(hash(n)::hugeint - 9223372036854775808) >> (n % 60)::int"],
    ["FLOAT", "hash(n) / 3e19"],
    [
      "DOUBLE",
      "case n % 4 when 0 then 'nan'::double when 1 then '-0'::double when 2 then '-inf'::double else n / 7 end",
    ],
    ["VARCHAR", "repeat('aé−𝒳' || chr(0), (hash(n) % 9)::int) || n"],
    ["VARCHAR[]", "['a', null, 'a text of more than twelve bytes']"],
    ["TIMESTAMP", "'2026-01-02 03:04:05'"],
    ["DECIMAL(18, 3)", "n / 8"],
  ])("%s, with nulls and without, over several chunks", async (type, expression) => {
    const value = `(${expression})::${type}`;
    await bothWays(`select ${value} as value from range(5000) t(n)`);
    const some = await bothWays(
      `select case when n % 7 <> 3 then ${value} end as value from range(5000) t(n)`,
    );
    expect(some[3]).toBe(null);
    expect(some).toHaveLength(5000);
    await bothWays(`select null::${type} as value from range(70) t(n)`);
  });

  it("gives bigints only where a number would not be exact", async () => {
    const read = await bothWays(
      "select unnest([9007199254740991, 9007199254740992, -9007199254740991, -9007199254740992, 9223372036854775807, -1, 4294967296]) as value",
    );
    expect(read).toEqual([
      9007199254740991,
      9007199254740992n,
      -9007199254740991,
      -9007199254740992n,
      9223372036854775807n,
      -1,
      4294967296,
    ]);
  });

  it("reads texts in any order, the same text many times, and long ones among short ones", async () => {
    await db.run(
      "create table texts as select n, repeat(chr(97 + (n % 26)::int), (hash(n) % 40)::int) || n as value from range(9000) t(n)",
    );
    for (const order of ["n", "n desc", "hash(n, 1)"])
      await bothWays(`select value from texts order by ${order}`);
    await bothWays("select 'the same long text for all' as value from range(3000)");
    await bothWays("select repeat('x', 3000000) || n as value from range(5) t(n)");
    await bothWays("select chr(65279) || 'after a mark, and longer than a string of its own' as value");
  });

  it("is done with the connection when the reader stops early", async () => {
    for await (const [values] of db.streamColumns("select n from range(100000) t(n)")) {
      expect(values!.slice(0, 2)).toEqual([0, 1]);
      break;
    }
    expect(await db.one("select 1 as one")).toEqual({ one: 1 });
  });
});
