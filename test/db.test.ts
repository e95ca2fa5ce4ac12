import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Db } from "../kernel-lib/db";
import { InputError } from "../kernel-lib/errors";

const before = process.env.TMPDIR;
const folder = mkdtempSync(join(tmpdir(), "corpuslab-db-test-"));
beforeAll(() => {
  process.env.TMPDIR = folder; // other tests open databases at the same time
});
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true });
});

it("an instance that cannot start says so and leaves no folder behind", async () => {
  const opening = Db.open({ memoryLimit: "lots" });
  await expect(opening).rejects.toThrow(InputError);
  await expect(opening).rejects.toThrow(/DuckDB: cannot start .*lots/);
  expect(readdirSync(folder)).toEqual([]);
});

it("streams columns with the values that all gives, of lists, structs, dates and decimals too", async () => {
  const db = await Db.open();
  try {
    const sql = `select * from (values
      (1, 9007199254740993, 'a', true, 1.5::double, [1, null], {'b': ['c']}, date '2024-01-02', 1.25::decimal(4, 2),
        timestamp '2024-01-02 03:04:05', map {'k': 1}, 170141183460469231731687303715884105727::hugeint, ['x', 'y']::varchar[2]),
      (null, null, null, null, null, null, null, null, null, null, null, null, null))
      t(i, big, s, flag, d, list, struct, day, amount, moment, pairs, huge, two)`;
    const rows = await db.all(sql);
    const batches: unknown[][][] = [];
    for await (const columns of db.streamColumns(sql)) batches.push(columns);
    const names = Object.keys(rows[0]!);
    expect(batches.length).toBe(1);
    expect(rows).toEqual(
      rows.map((_, row) => Object.fromEntries(names.map((name, i) => [name, batches[0]![i]![row]]))),
    );
    expect(rows[0]).toMatchObject({ list: [1, null], struct: { b: ["c"] }, two: ["x", "y"] });
  } finally {
    db.close();
  }
});
