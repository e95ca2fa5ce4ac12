import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { parquetFiles, readParquet, readRunFolder } from "../../kernel-lib/run-folder";
import { alignedSidecars } from "../../kernel-lib/table/aligned-sidecars";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "../run/run-cli";

const ROWS = 9000;

async function withDb<T>(use: (db: Db) => Promise<T>): Promise<T> {
  const db = await Db.open();
  try {
    return await use(db);
  } finally {
    db.close();
  }
}

/** Writes `sql` over each shard (or over all of them, as one file) as a sidecar; `keep`: which shards get one. */
async function sidecar(
  out: string,
  folder: string,
  sql: (rows: string) => string,
  { keep = () => true, one = false }: { keep?: (shard: string) => boolean; one?: boolean } = {},
): Promise<void> {
  const shards = parquetFiles(join(out, "rows")).filter(keep);
  const groups = one ? [["all.parquet", shards] as const] : shards.map((shard) => [shard, [shard]] as const);
  await withDb(async (db) => {
    for (const [name, from] of groups) {
      const to = join(out, folder, name);
      mkdirSync(dirname(to), { recursive: true });
      const rows = readParquet(from.map((shard) => join(out, "rows", shard)));
      await db.run(`copy (${sql(rows)}) to ${quoteText(to)} (format parquet)`);
    }
  });
}

const score =
  (order = "") =>
  (rows: string) =>
    `select row_key, stats_approx_tokens + 0.5 as judge, case when source_row % 3 > 0 then source_row end as maybe from ${rows} ${order}`;
const isAligned = (out: string) =>
  withDb(async (db) => [...(await alignedSidecars(db, await readRunFolder(db, out)))]);
const house = ["flags/exact_duplicate.v1", "flags/length.v1"];

/** What every table over the run has to say, whatever its sidecars look like: `scored(i)` has a line. */
async function check(out: string, scored: (i: number) => boolean = () => true): Promise<void> {
  const rows = await open(out);
  const judge = (i: number) => (scored(i) ? i * 100 + 0.5 : null);
  const values = await rows.select(["source_row", "judge", "maybe", "quality_is_duplicate"]).toArray();
  const read = values.map((row) => row.source_row as number);
  expect(values.map((row) => [row.judge, row.maybe, row.quality_is_duplicate])).toEqual(
    read.map((i) => [judge(i), scored(i) && i % 3 > 0 ? i : null, i % 10 === 7]),
  );
  const inOrder = Array.from({ length: ROWS }, (_, i) => i);
  // Shards by name: "it's [a] …" (the second half) before "train".
  const numbers = [...inOrder.slice(ROWS / 2), ...inOrder.slice(0, ROWS / 2)];
  // A left join hands on the rows of a block that have a line before those that have none.
  const isWhole = inOrder.every(scored);
  const seen = (list: readonly unknown[]) => (isWhole ? list : [...list].sort());
  expect(seen(read)).toEqual(seen(numbers));
  const columns = (await rows.schema).map(({ name }) => name);
  expect(columns.slice(-6)).toEqual([
    ...[
      "quality_is_duplicate",
      "quality_duplicate_of",
      "too_short",
      "length_stats_char_len",
      "judge",
      "maybe",
    ],
  ]);
  const head = await rows.head(2500).toArray();
  expect(seen(head.map(({ source_row }) => source_row))).toEqual(seen(numbers.slice(0, 2500)));
  expect(head.map((row) => row.judge)).toEqual(head.map((row) => judge(row.source_row as number)));
  const filtered = await rows.filter("judge > 300000 and quality_is_duplicate").toArray();
  expect(filtered.map(({ source_row }) => source_row)).toEqual(
    numbers.filter((i) => (judge(i) ?? 0) > 300_000 && i % 10 === 7),
  );
  // More rows than are picked one by one, a second condition, and a head between conditions.
  const even = rows.filter("source_row % 2 = 0");
  expect((await even.toArray()).length).toBe(ROWS / 2);
  expect(seen((await even.filter("judge < 100000").toArray()).map(({ source_row }) => source_row))).toEqual(
    seen(numbers.filter((i) => i % 2 === 0 && (judge(i) ?? 1e9) < 100_000)),
  );
  const among = await even.head(40).filter("source_row % 3 = 0").toArray();
  if (isWhole)
    expect(among.map(({ source_row }) => source_row)).toEqual(
      numbers
        .filter((i) => i % 2 === 0)
        .slice(0, 40)
        .filter((i) => i % 3 === 0),
    );
  expect(await rows.filter("source_row < 0").toArray()).toEqual([]);
  expect((await rows.filter("random() < 0.1").toArray()).length).toBeGreaterThan(ROWS / 20);
  const sample = await rows.filter("meta_domain = 'math'").sample(30, { seed: 3 }).toArray();
  expect(sample.map((row) => row.judge)).toEqual(sample.map((row) => judge(row.source_row as number)));
  expect(new Set(sample.map(({ id }) => id)).size).toBe(30);
  expect(Object.keys(sample[0]!)).toEqual(columns);
  expect(await rows.sample(20, { seed: 1 }).sample(5).count()).toBe(5);
  expect(await rows.groupBy("meta_domain").agg({ n: "count(judge)" }).toArray()).toEqual([
    { meta_domain: "agentic", n: numbers.filter((i) => i % 2 === 1 && scored(i)).length },
    { meta_domain: "math", n: numbers.filter((i) => i % 2 === 0 && scored(i)).length },
  ]);
  const attached = await rows.attach(rows.sql("select row_key, judge as again from this"), { on: "row_key" });
  expect(await attached.filter("again is distinct from judge").count()).toBe(0);
  const first = await attached.select(["source_row"]).head(3).toArray();
  if (isWhole) expect(first.map(({ source_row }) => source_row)).toEqual(numbers.slice(0, 3));
  expect(await rows.filter("row_key like '%#4711'").select(["judge"]).toArray()).toEqual([
    { judge: judge(4711) },
  ]);
}

describe("sidecars of a run", () => {
  test("with the rows' order are laid beside them", async () => {
    const out = await makeRun(join(temporaryFolder(), "run"), { rows: ROWS });
    await sidecar(out, "scores/judge.v1", score());
    expect(await isAligned(out)).toEqual([...house, "scores/judge.v1"]);
    await check(out);
  });

  test("with the same rows in another order are joined by key, however little they differ", async () => {
    const out = await makeRun(join(temporaryFolder(), "run"), { rows: ROWS });
    await sidecar(
      out,
      "scores/judge.v1",
      score("order by case source_row when 1000 then 1001 when 1001 then 1000 else source_row end"),
    );
    expect(await isAligned(out)).toEqual(house);
    await check(out);
  });

  test("with fewer rows, fewer shards or one file of their own are joined by key", async () => {
    const out = await makeRun(join(temporaryFolder(), "run"), { rows: ROWS });
    await sidecar(out, "scores/judge.v1", score("where source_row % 5 <> 0"));
    expect(await isAligned(out)).toEqual(house);
    await check(out, (i) => i % 5 !== 0);
    rmSync(join(out, "scores"), { recursive: true });
    await sidecar(out, "scores/judge.v1", score(), { keep: (shard) => shard.startsWith("train/") });
    expect(await isAligned(out)).toEqual(house);
    await check(out, (i) => i < ROWS / 2);
    rmSync(join(out, "scores"), { recursive: true });
    await sidecar(out, "scores/judge.v1", score("order by hash(row_key)"), { one: true });
    expect(await isAligned(out)).toEqual(house);
    await check(out);
  });

  test("whose rows stand in other shards are found by conditions too", async () => {
    const out = await makeRun(join(temporaryFolder(), "run"), { rows: ROWS });
    await sidecar(out, "scores/judge.v1", score());
    const [a, b] = [0, 1].map((i) => join(out, "scores/judge.v1/train", `part-0000${i}.parquet`));
    renameSync(a!, `${a}.moved`);
    renameSync(b!, a!);
    renameSync(`${a}.moved`, b!);
    const found = await (await open(out)).filter("judge in (500.5, 400000.5, 700000.5)").toArray();
    expect(found.map(({ source_row, judge }) => [source_row, judge])).toEqual([
      ...[
        [7000, 700_000.5],
        [5, 500.5],
        [4000, 400_000.5],
      ],
    ]);
  });

  test("that are written anew while a table is open are looked at again", async () => {
    const out = await makeRun(join(temporaryFolder(), "run"), { rows: ROWS });
    await sidecar(out, "scores/judge.v1", score());
    const rows = await open(out);
    const wrong = rows.filter("judge <> stats_approx_tokens + 0.5");
    expect(await wrong.count()).toBe(0);
    await sidecar(out, "scores/judge.v1", score("order by source_row desc"));
    expect(await isAligned(out)).toEqual(house);
    expect(await wrong.count()).toBe(0);
  });

  test("that the run wrote itself are still compared at some rows of each shard", async () => {
    const out = await makeRun(join(temporaryFolder(), "run"), { rows: ROWS });
    await sidecar(
      out,
      "flags/exact_duplicate.v1",
      (
        rows,
      ) => `select row_key, source_row % 10 = 7 as quality_is_duplicate, row_key as quality_duplicate_of from ${rows}
        order by hash(row_key)`,
    );
    expect(await isAligned(out)).toEqual(["flags/length.v1"]);
    const rows = await open(out);
    expect(await rows.filter("quality_is_duplicate <> (source_row % 10 = 7)").count()).toBe(0);
    expect(await rows.filter("quality_is_duplicate").count()).toBe(ROWS / 10);
  });
});
