/** No pair and no problem on two sides, compared with all pairs; shares, seeds, strata, files, sidecars, the check. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { normalize } from "../../kernel-lib/run/normalize";
import { assignSplits } from "../../kernel-lib/split/assign-splits";
import { splitLeaks } from "../../kernel-lib/split/split-leaks";
import { splitWithoutLeaks } from "../../kernel-lib/split/split-without-leaks";
import { open } from "../../kernel-lib/table/open";
import { randomFrom, shinglesOf } from "../dedup/reference";
import { cli, temporaryFolder } from "../run/run-cli";

const quiet = { workers: 1, onProgress: () => undefined };

type Row = {
  readonly row_key: string;
  readonly text: string;
  readonly meta_problem_id: string | null;
  readonly meta_domain: string;
};

/** Families of texts around 0.8 (chains of small edits, so that ends are unlike), copies, problems across families, rows alone. */
function makeRows(families: number): Row[] {
  const random = randomFrom(11);
  const word = () => `w${Math.floor(random() * 4000)}`;
  const rows: Row[] = [];
  const add = (text: string, problem: string | null) =>
    rows.push({
      row_key: `k${String((rows.length * 7919) % 100_003).padStart(6, "0")}`,
      text,
      meta_problem_id: problem,
      meta_domain: ["math", "code", "chat"][rows.length % 3]!,
    });
  for (let f = 0; f < families; f++) {
    const words = Array.from({ length: 60 }, word);
    const members = f % 5 === 0 ? 6 : f % 3 === 0 ? 3 : 1;
    for (let m = 0; m < members; m++) {
      // Two words of 60 change from one member to the next: about 0.8 to its neighbor, less to all others.
      for (let change = 0; change < (m === 0 ? 0 : 2); change++) words[Math.floor(random() * 60)] = word();
      add(words.join(" "), f % 7 === 0 ? `p${Math.floor(f / 14)}` : null);
      if (f % 11 === 0) add(words.join("  "), null);
    }
  }
  return rows;
}

/** Pairs that must not be torn apart, by the definition. */
function forbidden(rows: readonly Row[], threshold = 0.8): [number, number][] {
  const sets = rows.map(({ text }) => shinglesOf(text));
  const pairs: [number, number][] = [];
  for (let a = 0; a < rows.length; a++) {
    for (let b = a + 1; b < rows.length; b++) {
      let both = 0;
      for (const shingle of sets[a]!) if (sets[b]!.has(shingle)) both++;
      const isSimilar = both / (sets[a]!.size + sets[b]!.size - both) >= threshold;
      const problem = rows[a]!.meta_problem_id;
      if (isSimilar || (problem !== null && problem === rows[b]!.meta_problem_id)) pairs.push([a, b]);
    }
  }
  return pairs;
}

describe("a split", () => {
  const rows = makeRows(300);
  const pairs = forbidden(rows);
  const sidesOf = async (options: object) => {
    const made = await splitWithoutLeaks([rows], { validation: 0.1, ...quiet, ...options });
    return { made, sides: rows.map((_, i) => made.sideOf(i)) };
  };

  it("has no similar pair and no problem on two sides, and no more than was asked for", async () => {
    expect(pairs.length).toBeGreaterThan(300);
    for (const seed of [0, 7, 8]) {
      const { made, sides } = await sidesOf({ seed, test: 0.05 });
      expect(pairs.filter(([a, b]) => sides[a] !== sides[b])).toEqual([]);
      const rowsOf = (side: string) => sides.filter((one) => one === side).length;
      expect([rowsOf("validation"), rowsOf("test")]).toEqual([
        Math.round(0.1 * rows.length),
        Math.round(0.05 * rows.length),
      ]);
      expect(made.counts.map(({ side, rows: n }) => [side, n])).toEqual([
        ["train", rowsOf("train")],
        ["validation", rowsOf("validation")],
        ["test", rowsOf("test")],
      ]);
    }
  });

  it("keeps together what hangs together by rows in between, and joins nothing else", async () => {
    // The pairs are what the groups hang together by: as many groups as the pairs leave.
    const parent = rows.map((_, i) => i);
    const root = (i: number): number => (parent[i] === i ? i : root(parent[i]!));
    for (const [a, b] of pairs) parent[root(a)] = root(b);
    const { made } = await sidesOf({});
    expect(made.groups).toBe(new Set(rows.map((_, i) => root(i))).size);
    const dropped = await sidesOf({ near: false, together: [] });
    expect(dropped.made.groups).toBeGreaterThan(made.groups);
  });

  it("is the same for the same seed, whatever the order of rows and the workers, and another for another", async () => {
    const { sides } = await sidesOf({ seed: 7 });
    const turned = await splitWithoutLeaks([[...rows].reverse()], {
      validation: 0.1,
      seed: 7,
      ...quiet,
      workers: 2,
    });
    expect(rows.map((_, i) => turned.sideOf(rows.length - 1 - i))).toEqual(sides);
    expect((await sidesOf({ seed: 8 })).sides).not.toEqual(sides);
  });

  it("gives each stratum its share", async () => {
    const { made, sides } = await sidesOf({ stratify: ["meta_domain"], together: [], near: false });
    for (const domain of ["math", "code", "chat"]) {
      const of = rows.flatMap((row, i) => (row.meta_domain === domain ? [sides[i]] : []));
      expect(
        Math.abs(of.filter((side) => side === "validation").length - 0.1 * of.length),
      ).toBeLessThanOrEqual(3);
    }
    expect(made.counts.filter(({ side }) => side === "validation").map(({ stratum }) => stratum)).toEqual([
      "",
      "chat",
      "code",
      "math",
    ]);
  });

  it("joins no rows by a blank value", async () => {
    const blank = rows.map((row) => ({ ...row, meta_problem_id: row.meta_problem_id ?? " " }));
    const options = { validation: 0.1, ...quiet };
    const [made, told] = [
      await splitWithoutLeaks([rows], options),
      await splitWithoutLeaks([blank], options),
    ];
    expect([told.groups, told.largest]).toEqual([made.groups, made.largest]);
  });

  it("leaves a group that is larger than the room in train", () => {
    const groups = [
      { key: "a", rows: 50, stratum: "" },
      ...Array.from({ length: 50 }, (_, i) => ({ key: `b${i}`, rows: 1, stratum: "" })),
    ];
    const sides = assignSplits(groups, { validation: 0.2 }, 3);
    expect([sides[0], sides.filter((side) => side === "validation").length]).toEqual(["train", 20]);
  });

  it("says what is wrong with what it was given", async () => {
    const given = (options: object) => splitWithoutLeaks([rows], { ...quiet, ...options });
    await expect(given({})).rejects.toThrow("no share given");
    await expect(given({ validation: 2 })).rejects.toThrow(/validation 2, expected a share between 0 and 1/);
    await expect(given({ validation: 0.6, test: 0.5 })).rejects.toThrow(/leave nothing for train/);
    await expect(given({ validation: 0.1, stratify: ["meta_domian"] })).rejects.toThrow(
      /near it: meta_domain/,
    );
  });
});

it("rows of one template are grouped by what they share, equal words as one", async () => {
  const random = randomFrom(5);
  const head = Array.from({ length: 30 }, (_, i) => `head${i}`).join(" ");
  const rows = Array.from({ length: 1500 }, (_, i) => {
    const own = Array.from({ length: 30 }, () => `u${Math.floor(random() * 1e6)}`).join(" ");
    return {
      text: i % 3 === 0 ? `${head} the same in ${i % 2 ? "CAPITALS" : "capitals"} of all` : `${head} ${own}`,
    };
  });
  const made = await splitWithoutLeaks([rows], { validation: 0.1, ...quiet });
  // A third of the rows says one thing; the others share half of their words, which is not enough.
  expect([made.groups, made.largest.rows]).toEqual([1001, 500]);
});

describe("of a run", () => {
  const folder = temporaryFolder();
  const run = join(folder, "run");
  const out = join(folder, "split");

  beforeAll(async () => {
    const source = join(folder, "rows.jsonl");
    const lines = makeRows(120).map(({ text }, i) => {
      const messages = [
        { role: "user", content: `Question ${i % 90} of all: ${text}` },
        { role: "assistant", content: text },
      ];
      return JSON.stringify({ messages });
    });
    writeFileSync(source, `${lines.join("\n")}\n`);
    await normalize(await open(source), { out: run, onProgress: () => undefined });
  });

  it("the sides are files and a column of the run, and the check finds nothing torn apart", async () => {
    const args = ["split", run, "--validation", "10%", "--seed", "7", "--out", out, "--sidecars"];
    const made = cli(args);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toMatch(
      /rows in \d+ groups: train \d+, validation \d+\n {2}together: equal content, Jaccard ≥ 0.8.*equal meta_problem_id; seed 7/,
    );
    const table = await open(run);
    const rows = await table
      .select(["row_key", "split_assigned", "split_group", "meta_problem_id"])
      .toArray();
    const file = await (await open(join(out, "split.parquet"))).toArray();
    expect(rows.map((row) => [row.row_key, row.split_assigned, row.split_group])).toEqual(
      file.map((row) => [row.row_key, row.split_assigned, row.split_group]),
    );
    const counts = JSON.parse(readFileSync(join(out, "split.json"), "utf8")).counts as {
      side: string;
      rows: number;
    }[];
    for (const { side, rows: n } of counts)
      expect(await table.filter(`split_assigned = '${side}'`).count()).toBe(n);
    expect((await splitLeaks(run, quiet)).leaks).toEqual([]);
    expect(cli(["split", run, "--check", "split_assigned"])).toMatchObject({ code: 0 });
    expect(cli(args).stderr).toMatch(/holds an earlier split.*--overwrite/);
  });

  it("a split that tears groups apart is told, with rows of both sides", async () => {
    const rows = makeRows(60).map((row, i) => ({ ...row, side: i % 2 ? "train" : "test" }));
    const { leaks } = await splitLeaks([rows], { column: "side", ...quiet });
    const torn = forbidden(rows).filter(([a, b]) => rows[a]!.side !== rows[b]!.side);
    expect(torn.length).toBeGreaterThan(20);
    expect(leaks[0]!.rows).toBeGreaterThanOrEqual(leaks.at(-1)!.rows);
    const keys = new Set(leaks.flatMap(({ examples }) => Object.values(examples)));
    expect(keys.size).toBe(2 * leaks.length);
    await expect(splitLeaks([rows], { column: "sied", ...quiet })).rejects.toThrow(/near it: side/);
  });
});
