import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Db } from "../../kernel-lib/db";
import { InputError } from "../../kernel-lib/errors";
import { ROW_COLUMNS } from "../../kernel-lib/row";
import { readParquet } from "../../kernel-lib/run-folder";
import { buildPools, pools } from "../../kernel-lib/select/pools";
import { poolsManifest } from "../../kernel-lib/select/pools-manifest";
import { makeRun } from "../fixtures/make-run";

let folder: string;
let run: string;
let db: Db;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-pools-"));
  run = await makeRun(join(folder, "run [1]"));
  db = await Db.open();
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Row numbers i of the fixture for which `holds`, in input order: the second split's folder sorts first. */
function rowsWhere(holds: (i: number) => boolean): number[] {
  return Array.from({ length: 200 }, (_, i) => (i + 100) % 200).filter(holds);
}

async function read(out: string, files: readonly string[]): Promise<number[]> {
  const list = readParquet(files.map((file) => join(out, file)));
  return (await db.all<{ source_row: number }>(`select source_row from ${list}`)).map(
    (row) => row.source_row,
  );
}

const correctness = (i: number): number | null => (i % 5 === 4 ? null : (i % 9) / 8);
const at = (i: number, holds: (value: number) => boolean): boolean =>
  correctness(i) !== null && holds(correctness(i)!);

test("each standard pool holds exactly its rows, in input order, with every column", async () => {
  const out = join(folder, "standard");
  const manifest = await buildPools([run], {
    out,
    pools: { short: "too_short and length_stats_char_len > 2" },
  });
  const expected: Record<string, number[]> = {
    tool_use: rowsWhere((i) => i % 2 === 1 && i < 50),
    has_correctness_meta: rowsWhere((i) => i % 5 !== 4),
    missing_correctness_meta: rowsWhere((i) => i % 5 === 4),
    high_correctness: rowsWhere((i) => at(i, (c) => c >= 0.875)),
    mid_correctness: rowsWhere((i) => at(i, (c) => c > 0.25 && c < 0.875)),
    low_correctness: rowsWhere((i) => at(i, (c) => c <= 0.25)),
    verified_correct: rowsWhere((i) => i % 5 !== 4 && i % 9 >= 1),
    math_high_verified_correct: rowsWhere((i) => i % 4 === 0 && at(i, (c) => c >= 0.875)),
    long_context: rowsWhere((i) => i * 100 > 8192),
    reasoning_on: rowsWhere((i) => i % 3 === 0),
    reasoning_off: rowsWhere((i) => i % 3 === 1),
    capability_chat_if: rowsWhere((i) => i % 4 === 1),
    [`capability_chat_if__${createHash("sha1").update("chat if/α").digest("hex").slice(0, 8)}`]: [],
    short: rowsWhere((i) => i > 2 && i < 20),
  };
  const other = manifest.pools.find((pool) => pool.predicate.includes("chat if/α"))!;
  expected[other.name] = rowsWhere((i) => i % 4 === 0);
  expect(manifest.pools.map((pool) => pool.name)).toHaveLength(14);
  for (const pool of manifest.pools) {
    const found = await read(
      out,
      pool.shards.map((shard) => shard.file),
    );
    expect([pool.name, found]).toEqual([pool.name, expected[pool.name]]);
    expect([pool.rows, pool.tokens, pool.empty]).toEqual([
      found.length,
      found.reduce((sum, i) => sum + i * 100, 0),
      null,
    ]);
    for (const shard of pool.shards) {
      const bytes = readFileSync(join(out, shard.file));
      expect([shard.bytes, shard.sha256]).toEqual([
        bytes.length,
        createHash("sha256").update(bytes).digest("hex"),
      ]);
    }
  }
  const columns = await db.describe(
    `select * from ${readParquet([join(out, "tool_use/part-00000.parquet")])}`,
  );
  expect(columns.map(({ name }) => name)).toEqual([
    ...Object.keys(ROW_COLUMNS),
    ...["quality_is_duplicate", "quality_duplicate_of", "too_short", "length_stats_char_len"],
  ]);
  const duplicate = await db.all(
    `select quality_duplicate_of as d, messages[1].content as m, quality_is_duplicate as q
     from ${readParquet([join(out, "tool_use/part-00000.parquet")])} where source_row in (7, 9) order by source_row`,
  );
  expect(duplicate).toEqual([
    { d: "acme/quo'te\"d@0123456789abcdef0123456789abcdef01234567/data.jsonl#6", m: "q7", q: true },
    { d: null, m: "q9", q: false },
  ]);
  expect(poolsManifest.parse(JSON.parse(readFileSync(join(out, "pools.json"), "utf8")))).toEqual(
    JSON.parse(JSON.stringify(manifest)),
  );
  expect(readdirSync(out).filter((name) => name.startsWith("."))).toEqual([]);
});

test("shards cut across run shards, and the bytes do not depend on the workers", async () => {
  const bytes = async (name: string, workers: number): Promise<string[][]> => {
    const out = join(folder, name);
    const manifest = await buildPools([run], { out, workers, rowsPerShard: 37 });
    const pool = manifest.pools.find((each) => each.name === "has_correctness_meta")!;
    expect(pool.shards.map((shard) => shard.rows)).toEqual([37, 37, 37, 37, 12]);
    expect(
      await read(
        out,
        pool.shards.map((shard) => shard.file),
      ),
    ).toEqual(rowsWhere((i) => i % 5 !== 4));
    return manifest.pools.map((each) => each.shards.map((shard) => shard.sha256));
  };
  const one = await bytes("workers-1", 1);
  expect(await bytes("workers-3", 3)).toEqual(one);
  expect(readFileSync(join(folder, "workers-1", "pools.json"))).toEqual(
    readFileSync(join(folder, "workers-3", "pools.json")),
  );
});

test("a build that was stopped goes on and ends with the same bytes", async () => {
  const out = join(folder, "stopped");
  const stop = new AbortController();
  let written = 0;
  await expect(
    buildPools([run], {
      ...{ out, workers: 1, rowsPerShard: 37, signal: stop.signal },
      onProgress: ({ stage, done }) => {
        if (stage === "write-pools" && done > 0) written++;
        if (written === 3) stop.abort(new Error("stopped"));
      },
    }),
  ).rejects.toThrow("stopped");
  expect([written, existsSync(join(out, "pools.json")), existsSync(join(out, "tool_use"))]).toEqual([
    3,
    false,
    false,
  ]);
  await buildPools([run], { out, workers: 2, rowsPerShard: 37 });
  expect(readFileSync(join(out, "pools.json"))).toEqual(
    readFileSync(join(folder, "workers-1", "pools.json")),
  );
  expect(readdirSync(out)).not.toContain(".pools-building");
});

test("duplicates can be left out; several runs become one set of pools", async () => {
  const plain = await makeRun(join(folder, "plain"), {
    ...{ rows: 30, dataset: "acme/plain", duplicates: false, length: false, metadata: false },
    splits: [["default", "tool_calling", "tool_calling"]],
  });
  const manifest = await buildPools([run, plain], {
    out: join(folder, "several"),
    excludeDuplicates: true,
    only: ["missing_correctness_meta"],
    pools: { unflagged: "too_short is null" },
  });
  expect(manifest.pools.map(({ name, rows }) => [name, rows])).toEqual([
    ["missing_correctness_meta", 40 + 30],
    ["unflagged", 30],
  ]);
  expect(manifest.inputs.map(({ dataset, rows }) => [dataset, rows])).toEqual([
    ["acme/plain", 30],
    ["acme/quo'te\"d", 200],
  ]);
  const without = await buildPools([run], { out: join(folder, "without"), excludeDuplicates: true });
  const reasoning = without.pools.find((pool) => pool.name === "reasoning_on")!;
  expect(reasoning.rows).toBe(rowsWhere((i) => i % 3 === 0 && i % 10 !== 7).length);
  await expect(buildPools([plain], { out: join(folder, "none"), excludeDuplicates: true })).rejects.toThrow(
    /no run has a duplicate sidecar/,
  );
});

test("an empty pool says why and has no folder", async () => {
  const plain = join(folder, "plain");
  const out = join(folder, "empty");
  const manifest = await pools({ out: plain }, { out, pools: { none: "stats_approx_tokens < 0" } });
  const why = Object.fromEntries(manifest.pools.map((pool) => [pool.name, pool.empty]));
  expect(why).toMatchObject({
    high_correctness: "no correctness metadata in acme/plain (tool_calling)",
    reasoning_on: "no reasoning setting in acme/plain (tool_calling)",
    long_context: "none of 30 rows satisfies stats_approx_tokens > 8192",
    none: "none of 30 rows satisfies stats_approx_tokens < 0",
    missing_correctness_meta: null,
  });
  expect(readdirSync(out).sort()).toEqual(["missing_correctness_meta", "pools.json", "tool_use"]);
});

test("a rebuild replaces its own pools and refuses to touch other people's files", async () => {
  const out = join(folder, "rebuild");
  await buildPools([run], { out, pools: { mine: "source_row < 10" } });
  expect(existsSync(join(out, "mine"))).toBe(true);
  await buildPools([run], { out, only: ["tool_use"] });
  expect(readdirSync(out).sort()).toEqual(["pools.json", "tool_use"]);
  writeFileSync(join(out, "tool_use", "notes.txt"), "mine");
  await expect(buildPools([run], { out })).rejects.toThrow(/notes\.txt, which is not part of a pool/);
  expect(readFileSync(join(out, "tool_use", "notes.txt"), "utf8")).toBe("mine");
  const foreign = join(folder, "foreign");
  mkdirSync(join(foreign, "tool_use"), { recursive: true });
  await expect(buildPools([run], { out: foreign })).rejects.toThrow(InputError);
  writeFileSync(join(foreign, "pools.json"), "{}");
  await expect(buildPools([run], { out: foreign, only: ["tool_use"] })).rejects.toThrow(
    /not written by corpuslab/,
  );
  expect(readFileSync(join(foreign, "pools.json"), "utf8")).toBe("{}");
});

test("mistyped pools, runs and names are told with what was meant", async () => {
  const out = join(folder, "mistyped");
  const fails = async (options: object, message: RegExp, dirs = [run]): Promise<void> => {
    const failure = await buildPools(dirs, { out, ...options }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toMatch(message);
  };
  await fails({ only: ["tool_us"] }, /no pool tool_us; nearest: tool_use/);
  await fails(
    { pools: { a: "meta_domian = 'math'" } },
    /pool a: no column meta_domian \(nearest: meta_domain/,
  );
  await fails({ pools: { "../a": "true" } }, /no name for a pool/);
  await fails({ pools: { Tool_Use: "true" } }, /already a pool Tool_Use/);
  await fails({ rowsPerShard: 0 }, /rows per shard is 0/);
  await fails({}, /given twice/, [run, run]);
  await fails({}, /no run folder given/, []);
  expect(existsSync(out)).toBe(false);
});

test("two lines for one row in a sidecar are an error, not two rows", async () => {
  const twice = await makeRun(join(folder, "twice"), { rows: 10, splits: [["default", "train", "train"]] });
  const file = join(twice, "flags/length.v1/train/part-00000.parquet");
  await db.run(`create or replace temp table t as from ${readParquet([file])}`);
  await db.run(`copy (from t union all from t limit 5) to '${file}' (format parquet)`);
  await expect(buildPools([twice], { out: join(folder, "twice-pools") })).rejects.toThrow(
    /several lines for one row_key/,
  );
});

test("a manifest shows itself as a table with its text escaped", async () => {
  const manifest = await pools(run, {
    out: join(folder, "shown"),
    only: ["tool_use"],
    pools: { tag: "text <> '<b>'" },
  });
  const bundle = manifest[
    Symbol.for("corpuslab.display") as keyof typeof manifest
  ] as unknown as () => Record<string, string>;
  expect(bundle()["text/html"]).toContain("text &lt;&gt; &#39;&lt;b&gt;&#39;");
  expect(
    manifest
      .summary()
      .split("\n")
      .slice(0, 3)
      .map((line) => line.replace(/ +/g, " ")),
  ).toEqual([
    "Pools of 200 rows",
    "pool rows tokens predicate, or why it is empty",
    `tool_use 25 ${(62_500).toLocaleString("en-US")} quality_has_tool`,
  ]);
});
