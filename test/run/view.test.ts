import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { InputError } from "../../kernel-lib/errors";
import { ROW_COLUMNS } from "../../kernel-lib/row";
import { viewSql, writeView } from "../../kernel-lib/run/view";
import { makeRun } from "../fixtures/make-run";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-view-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function withView<T>(run: string, use: (db: Db) => Promise<T>): Promise<T> {
  const db = await Db.open();
  try {
    await db.run(`set variable corpuslab_run = ${quoteText(run)}`);
    const statements = readFileSync(join(run, "view.sql"), "utf8").split(/;\n/);
    for (const sql of statements.filter((text) => /^CREATE/m.test(text))) await db.run(sql);
    return await use(db);
  } finally {
    db.close();
  }
}

test("the view joins every sidecar to every row, also after the folder was moved", async () => {
  const first = join(folder, "a [run] of 'mine'");
  await makeRun(first);
  await writeView(first);
  const moved = join(folder, "moved [x]");
  renameSync(first, moved);
  await withView(moved, async (db) => {
    expect(
      await db.one(
        `select count(*) n, count(distinct row_key) keys, count(*) filter (quality_is_duplicate) dup,
         count(*) filter (too_short) short, sum(length_stats_char_len) side, sum(stats_char_len) own from rows`,
      ),
    ).toEqual({ n: 200, keys: 200, dup: 20, short: 20, side: 19900, own: 6000 });
    expect((await db.describe("select * from rows")).map(({ name }) => name)).toEqual([
      ...Object.keys(ROW_COLUMNS),
      ...["quality_is_duplicate", "quality_duplicate_of", "too_short", "length_stats_char_len"],
    ]);
    expect(await db.all("select reason, action from decisions")).toEqual([
      { reason: "empty_completion", action: "drop" },
    ]);
    expect(
      await db.all(
        "select split, rows_in - rows_out as refused, rejected['empty_completion'] e, quarantined['not_json'] q from ledger",
      ),
    ).toEqual([
      { split: "train", refused: 2, e: 1, q: 1 },
      { split: "it's [a] split=1 <b>", refused: 0, e: null, q: null },
    ]);
  });
});

test("the same sidecars give the same text, with no path of this machine in it", async () => {
  const a = join(folder, "same-a");
  const b = join(folder, "same-b");
  for (const run of [a, b]) await writeView(await makeRun(run, { rows: 20 }));
  const sql = readFileSync(join(a, "view.sql"), "utf8");
  expect(readFileSync(join(b, "view.sql"), "utf8")).toBe(sql);
  expect(sql).not.toContain(folder);
});

test("a run without rows and decisions still has typed, empty views", async () => {
  const sql = viewSql({
    rows: false,
    decisions: false,
    sidecars: [{ folder: "flags/f.v1", columns: [{ name: "x", type: "BOOLEAN", shownAs: "x" }] }],
  });
  const db = await Db.open();
  try {
    for (const text of sql.split(/;\n/).filter((part) => /^CREATE.*(rows|decisions)/m.test(part)))
      await db.run(text);
    expect(await db.all("select * from rows")).toEqual([]);
    expect(await db.describe("select x, quality_reasons from rows")).toEqual([
      { name: "x", type: "BOOLEAN" },
      { name: "quality_reasons", type: "VARCHAR[]" },
    ]);
  } finally {
    db.close();
  }
});

test("a folder that is no run is refused with what was expected", async () => {
  await expect(writeView(folder)).rejects.toThrow(InputError);
  await expect(writeView(folder)).rejects.toThrow(/no rows\/ folder/);
  await expect(writeView(join(folder, "same-c"))).rejects.toThrow(/no such folder.*near it: same-a, same-b/);
});
