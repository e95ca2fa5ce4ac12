/** Usefulness, clusters, maps: rows of four subjects find each other. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterTerms } from "../../kernel-lib/embed/cluster-terms";
import { clusters } from "../../kernel-lib/embed/clusters";
import { embed } from "../../kernel-lib/embed/embed";
import { promptCompletionSimilarity } from "../../kernel-lib/embed/prompt-completion-similarity";
import { chooseUsefulnessCut, usefulness } from "../../kernel-lib/embed/usefulness";
import { vectorMap } from "../../kernel-lib/embed/vector-map";
import { withEmbeddings } from "../../kernel-lib/embed/with-embeddings";
import { applyPolicy } from "../../kernel-lib/policy/apply-policy";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { cli, temporaryFolder } from "../run/run-cli";
import { makeRun, rows, SUBJECTS, subjectOf } from "./rows";

const folder = temporaryFolder();
let run = "";
let table: Table;
const MATH = rows(400)
  .filter((_, i) => i % 4 === 0)
  .map(({ messages }) => (messages as { content: string }[])[1]!.content);

beforeAll(async () => {
  run = makeRun(folder, 200);
  table = await embed(run, "words", { workers: 1 });
});

describe("usefulness", () => {
  it("ranks rows of the target's subject first, ties by mean rank", async () => {
    const useful = await usefulness(table, { target: MATH.slice(60, 100), top: 3 });
    expect(useful).toMatchObject({ rows: 199, target: 40 });
    const list = await useful.table
      .select(["source_row", "usefulness", "usefulness_percentile"])
      .sql("select * from this order by usefulness desc nulls last, source_row")
      .toArray();
    expect(list.slice(0, 45).map(({ source_row }) => subjectOf(Number(source_row)))).toEqual(
      Array(45).fill("math"),
    );
    expect(list.at(-1)).toEqual({ source_row: 10, usefulness: null, usefulness_percentile: null });
    const sum = list.reduce((total, row) => total + Number(row.usefulness_percentile ?? 0), 0);
    expect(sum / 199).toBeCloseTo(50, 9);
    for (const row of list.slice(0, -1)) {
      const smaller = list.filter(
        (other) => other.usefulness !== null && Number(other.usefulness) < Number(row.usefulness),
      );
      const equal = list.filter((other) => other.usefulness === row.usefulness);
      const rank = (100 * (smaller.length + equal.length / 2)) / 199;
      expect(row.usefulness_percentile).toBeCloseTo(rank, 9);
    }
  });

  it("is the mean of the nearest cosines, and of one target text its cosine", async () => {
    const near = await (await table.similar(MATH[5]!, { k: 200 }))
      .select(["row_key", "similarity"])
      .toArray();
    const { table: useful } = await usefulness(table, { target: [MATH[5]!] });
    const found = new Map(
      (await useful.select(["row_key", "usefulness"]).toArray()).map((row) => [row.row_key, row.usefulness]),
    );
    for (const { row_key, similarity } of near) expect(found.get(row_key)).toBeCloseTo(Number(similarity), 5);
  });

  it("finds the largest cut that keeps what was held back", async () => {
    const target = MATH.slice(50, 100);
    const cut = await chooseUsefulnessCut(table, { target, keep: 0.9 });
    expect(cut.validation).toBe(10);
    expect(cut.kept).toBeGreaterThanOrEqual(0.9);
    expect(cut.curve[cut.percentile + 1]!.kept).toBeLessThan(0.9);
    expect(cut.percentile).toBeGreaterThan(60); // three of four rows are of other subjects
    expect(cut.curve[0]).toEqual({ percentile: 0, kept: 1 });
    const { table: useful } = await usefulness(table, { target });
    const left = await useful.filter(cut.predicate).select(["source_row"]).toArray();
    expect(new Set(left.map(({ source_row }) => subjectOf(Number(source_row))))).toEqual(new Set(["math"]));
    await expect(chooseUsefulnessCut(table, { target: target.slice(0, 9) })).rejects.toThrow(
      "1 validation texts",
    );
    await expect(chooseUsefulnessCut(table, { target, validation: target })).rejects.toThrow(
      "0 validation texts",
    );
    await expect(usefulness(table, { target: [] })).rejects.toThrow("the target has no text");
  });
});

describe("the policy elmb_task", () => {
  it("drops by the saved column, at the percentile that is asked for", async () => {
    await expect(applyPolicy(await open(run), "elmb_task")).rejects.toThrow("usefulness_percentile");
    expect(cli(["flag", run, "--flags", "safety", "--workers", "1"]).code).toBe(0);
    await (await usefulness(table, { target: MATH.slice(60, 100) })).save();
    const policy = await applyPolicy(await open(run), "elmb_task", { numbers: { percentile: 80 } });
    const line = policy.lines.find(({ if: condition }) => condition.includes("usefulness"))!;
    expect(line.fails).toBe(
      await (await open(run)).filter("coalesce(usefulness_percentile < 80, true)").count(),
    );
    expect(line.fails).toBeGreaterThan(150);
    const kept = await policy.kept.select(["source_row"]).toArray();
    expect(new Set(kept.map(({ source_row }) => subjectOf(Number(source_row))))).toEqual(new Set(["math"]));
  });
});

describe("clusters", () => {
  it("find the subjects again, name them by their words, and are the same for a seed", async () => {
    const found = await clusters(table, { k: 4, seed: 3 });
    const list = await found.table.select(["source_row", "cluster"]).toArray();
    const majority = found.list.map(({ cluster }) => {
      const own = list
        .filter((row) => row.cluster === cluster)
        .map(({ source_row }) => subjectOf(Number(source_row)));
      const counts = Object.keys(SUBJECTS).map(
        (subject) => [own.filter((one) => one === subject).length, subject] as const,
      );
      const [most, subject] = counts.sort(([a], [b]) => b - a)[0]!;
      return { subject, share: most / own.length, own: own.length };
    });
    expect(majority.map(({ own }) => own)).toEqual(found.list.map(({ rows: n }) => n));
    expect(found.list.map(({ rows: n }) => n)).toEqual(
      found.list.map(({ rows: n }) => n).sort((a, b) => b - a),
    );
    for (const [i, { subject, share }] of majority.entries()) {
      expect(share).toBeGreaterThan(0.9);
      const words: readonly string[] = SUBJECTS[subject as keyof typeof SUBJECTS];
      expect(found.list[i]!.terms.filter((term) => words.includes(term)).length).toBeGreaterThanOrEqual(4);
    }
    expect(list.filter(({ cluster }) => cluster === null).map(({ source_row }) => source_row)).toEqual([10]);
    const again = await clusters(table, { k: 4, seed: 3 });
    expect(again.list).toEqual(found.list);
    expect(await found.rows(1).count()).toBe(found.list[1]!.rows);
    expect(found.toString()).toContain(found.list[0]!.label);
    await found.save();
    expect(await (await open(run)).filter("cluster = 0").count()).toBe(found.list[0]!.rows);
    rmSync(join(run, "flags", "cluster.v1"), { recursive: true });
  });

  it("say what is wrong", async () => {
    await expect(clusters(table, { k: 1 })).rejects.toThrow("k 1, expected a whole number from 2");
    await expect(clusters(table.head(3), { k: 8 })).rejects.toThrow(
      "3 rows have a vector, expected at least k (8)",
    );
  });

  it("name by class-based tf-idf: not by what all have", () => {
    const texts = [
      "please tell red apple",
      "please tell red cherry red",
      "please tell blue sea",
      "please tell blue sky",
    ];
    expect(clusterTerms(texts, [0, 0, 1, 1], 2, 1)).toEqual([["red"], ["blue"]]);
  });
});

describe("vectorMap", () => {
  it("puts rows of a subject together, with text and groups", async () => {
    const by = table.sql(
      "select *, ['math', 'code', 'science', 'chat_if'][source_row % 4 + 1] as subject from this",
    );
    const figure = await vectorMap(by, { by: "subject", sample: 120 });
    expect(figure.numbers).toHaveLength(120);
    const points = figure.numbers as { x: number; y: number; group: string }[];
    const center = (group: string) => {
      const own = points.filter((point) => point.group === group);
      return [
        own.reduce((s, p) => s + p.x, 0) / own.length,
        own.reduce((s, p) => s + p.y, 0) / own.length,
      ] as const;
    };
    const centers = Object.keys(SUBJECTS).map(center);
    const apart = centers.flatMap(([x, y], i) =>
      centers.slice(i + 1).map(([x2, y2]) => Math.hypot(x - x2, y - y2)),
    );
    expect(Math.max(...apart)).toBeGreaterThan(0.3);
    expect(figure.toString()).toContain("199 rows with a vector (words, prompt)");
    expect(figure.svg).toContain("of the variance");
    expect((await vectorMap(by, { by: "subject", sample: 120 })).numbers).toEqual(figure.numbers);
    await expect(vectorMap(table, { by: "subjekt" })).rejects.toThrow("no column subjekt");
  });
});

describe("promptCompletionSimilarity", () => {
  it("is the cosine of what is asked and what is said, and a column of the run", async () => {
    const shown = await promptCompletionSimilarity(await open(run), "words", { workers: 1 });
    const list = await shown.select(["source_row", "prompt_completion_similarity"]).toArray();
    expect(list[10]).toEqual({ source_row: 10, prompt_completion_similarity: null });
    const column = async (vectors: string) =>
      (
        await (await withEmbeddings(await open(run), { vectors })).select(["embedding"]).head(9).toArray()
      ).map(({ embedding }) => embedding as number[]);
    const [asked, said] = [await column("words.prompt"), await column("words.completion")];
    for (const [i, vector] of asked.entries()) {
      const cosine = vector.reduce((sum, x, d) => sum + x * said[i]![d]!, 0);
      expect(list[i]!.prompt_completion_similarity).toBeCloseTo(cosine, 5);
    }
    const saved = await (await open(run)).select(["source_row", "prompt_completion_similarity"]).toArray();
    expect(saved).toEqual(list);
  });
});
