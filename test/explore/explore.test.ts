/** An explorer over what columns may hold at their worst: names with NUL, doubles of 17 digits. */
import { afterAll, expect, it } from "vitest";
import { explore } from "../../kernel-lib/explore/explore";
import { forgetInterrupt, interrupt } from "../../kernel-lib/interrupt";
import { open } from "../../kernel-lib/table/open";
import { TableFiles } from "../table/table-files";

const files = new TableFiles();
afterAll(() => files.remove());

it("takes group names with a NUL character", async () => {
  const select =
    "select i as n, case when i < 4 then decode('\\x00a'::blob) when i < 7 then decode('\\x00b'::blob) else 'c' end as g from range(10) t(i)";
  const table = await open(await files.putParquet("nul.parquet", select));
  const t = await explore(table, { column: "n", by: "g", tokens: null });
  expect(t.sketch.groups).toEqual(["\0a", "\0b", "c"].toSorted());
  t.set({ n: { lower: 4 } });
  expect((await t.counts()).groups.map(({ rows }) => rows)).toEqual([0, 3, 3]);
  t.close();
});

it("finds the rows of a SELECT by values of any digits", async () => {
  const select =
    "select (i * 0.1234567890123456::double) / 7 as x, 'row ' || i as text from range(1000) t(i)";
  const table = (await open(await files.putParquet("digits.parquet", select))).sql("select * from this");
  const t = await explore(table, { column: "x", tokens: null });
  const missing: number[] = [];
  for (let i = 5; i < 1000; i += 50) {
    t.set({ x: { lower: (i * 0.1234567890123456) / 7 } });
    const { kept, dropped } = await t.rows("x", "lower");
    for (const { text, value } of [...kept, ...dropped]) if (text === "") missing.push(value);
  }
  expect(missing).toEqual([]);
  t.close();
});

it("reads rows again after an interrupt that was meant for something else", async () => {
  const table = await open(await files.putParquet("again.parquet", "select range as n from range(10)"));
  const t = await explore(table, { column: "n", tokens: null });
  interrupt();
  forgetInterrupt();
  expect((await t.counts()).kept.rows).toBe(10);
  t.close();
});
