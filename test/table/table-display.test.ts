import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "../run/run-cli";

const shown = async (table: Table) =>
  await (table as unknown as Record<symbol, () => Promise<Record<string, string>>>)[
    Symbol.for("corpuslab.display")
  ]!();

describe("a table as the last value of a cell", () => {
  it("shows rows, types, the number of rows and null shares", async () => {
    const path = join(temporaryFolder(), "rows.jsonl");
    const rows = Array.from({ length: 25 }, (_, i) => ({ n: i, half: i % 2 ? "x" : null, never: null }));
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const { "text/plain": plain, "text/html": html } = await shown(await open(path));
    const [title, columns, ...rest] = plain!.split("\n");
    expect(title).toMatch(/ · 3 columns · first 10 of 25 rows$/);
    expect(columns).toMatch(/^n: BIGINT, half: VARCHAR \(52% null\), never: \w+ \(all null\)$/);
    expect(rest.slice(0, 10)).toEqual(rows.slice(0, 10).map(({ n, half }) => `${n} | ${half} | null`));
    expect(rest.at(-1)).toBe("null shares: of all 25 rows, columns without one have no nulls there");
    for (const part of ["first 10 of 25 rows", ">52% null<", ">all null<", "null shares: of all 25 rows"]) {
      expect(html).toContain(part);
    }
    expect((await shown((await open(path)).filter("n < 0")))["text/plain"]).toMatch(/ · 0 rows\nn: BIGINT, /);
    expect((await shown((await open(path)).filter("n < 3")))["text/plain"]).toContain(" · 3 rows\n");
  });

  it("names the call that shows conversations, where there are some", async () => {
    const path = join(temporaryFolder(), "rows.jsonl");
    writeFileSync(path, `${JSON.stringify({ messages: [{ role: "user", content: "hi" }], text: "hi" })}\n`);
    const call = "await showConversations(table) shows rows as conversations";
    const table = await open(path);
    expect((await shown(table))["text/plain"]).toContain(call);
    expect((await shown(table))["text/html"]).toContain(call);
    expect((await shown(table.select(["text"])))["text/plain"]).not.toContain(call);
  });

  it("says when null shares are those of the first rows only", async () => {
    const path = join(temporaryFolder(), "rows.parquet");
    const db = await Db.open({ threads: 1 });
    await db.run(
      `copy (select i, case when i >= 10000 then null else 'x' end as late, case when i % 4 = 0 then 'x' end as quarter
       from range(30000) t(i)) to ${quoteText(path)} (format parquet)`,
    );
    db.close();
    const plain = (await shown(await open(path)))["text/plain"];
    expect(plain).toContain(
      "first 10 of 30,000 rows\ni: BIGINT, late: VARCHAR, quarter: VARCHAR (75% null)\n",
    );
    expect(plain).toContain(
      "null shares: of the first 10,000 rows only, columns without one have no nulls there",
    );
  });

  it("reads only the first shards of a run, and the same rows", async () => {
    const run = await makeRun(join(temporaryFolder(), "run"), { rows: 200 });
    const table = await open(run);
    const all = await table.toArray();
    for (const n of [0, 1, 33, 34, 35, 100, 150, 200, 1000]) {
      expect(await table.head(n).toArray()).toEqual(all.slice(0, n));
    }
    expect(await table.head(150).head(40).toArray()).toEqual(all.slice(0, 40));
    expect(await table.head(150).count()).toBe(150);
    const few = await table
      .head(5)
      .filter("row_key is not null")
      .relation()
      .sql({ place: false, ids: false });
    expect(few.match(/part-\d+\.parquet/g)).toEqual(Array(3).fill("part-00000.parquet"));
    const plain = (await shown(table))["text/plain"];
    expect(plain).toContain("columns · first 10 of 200 rows\n");
    expect(plain).toContain("null shares: of all 200 rows");
    const expected = all.filter((row) => row.meta_correctness === null).length / 2;
    expect(plain).toContain(`meta_correctness: DOUBLE (${expected}% null)`);
  });
});
