import { afterAll, expect, test } from "vitest";
import { InputError } from "../../kernel-lib/errors";
import { open } from "../../kernel-lib/table/open";
import { lines, messageOf, TableFiles } from "./table-files";

const files = new TableFiles();
afterAll(() => files.remove());

test("attach keeps every row once and reports what did not match", async () => {
  const table = await open(
    files.put(
      "left.jsonl",
      lines({ id: "a", v: 1 }, { id: "b", v: 2 }, { id: "a", v: 3 }, { v: 4 }, { id: "7", v: 5 }),
    ),
  );
  const judge = files.put(
    "judge.jsonl",
    lines(
      { id: "a", s: 0.5 },
      { id: "x", s: 0.1 },
      { id: "a", s: 0.9 },
      { id: 7, s: 0.7 },
      { id: null, s: 0 },
    ),
  );
  const joined = await table.attach(judge, { on: "id", prefix: "judge_" });
  expect(await joined.toArray()).toEqual([
    { id: "a", v: 1, judge_s: 0.5 },
    { id: "b", v: 2, judge_s: null },
    { id: "a", v: 3, judge_s: 0.5 },
    { id: null, v: 4, judge_s: null },
    { id: "7", v: 5, judge_s: 0.7 },
  ]);
  expect(String(joined.attachReport)).toBe(
    "attached: 3 of 5 rows matched; 1 attached keys match no row (x); 1 double keys (a), 1 rows not used; " +
      "1 keys stand on several rows of the table; null keys: 1 here, 1 attached",
  );
  expect(joined.attachReport).toMatchObject({
    matched: 3,
    unmatched: 2,
    unmatchedOther: 1,
    doubleKeys: 1,
    rowsNotUsed: 1,
  });
  expect(await messageOf(table.attach(judge, { on: "ids" }), InputError)).toBe(
    "attach: no column ids in the table; did you mean id?",
  );
  expect(await messageOf(table.attach(table, { on: "id" }), InputError)).toContain(
    "the table has v already; give a prefix",
  );
  expect(
    await table
      .attach(joined, { on: { v: "v" }, prefix: "j_" })
      .then((t) => t.select(["j_judge_s"]).head(1).toArray()),
  ).toEqual([{ j_judge_s: 0.5 }]);
});
