/** Domains: learned from rows that say theirs, measured on rows that were held back, `other` where nothing is sure. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { classifyDomains } from "../../kernel-lib/embed/classify-domains";
import { measureDomains } from "../../kernel-lib/embed/domain-measure";
import { prototypeDomains, splitRows, trainDomains } from "../../kernel-lib/embed/domain-model";
import { embed } from "../../kernel-lib/embed/embed";
import { seeded, shuffled } from "../../kernel-lib/embed/seeded";
import { predict, trainHead } from "../../kernel-lib/embed/softmax-regression";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { temporaryFolder } from "../run/run-cli";
import { makeRun, subjectOf } from "./rows";

const folder = temporaryFolder();
let run = "";
let table: Table;

beforeAll(async () => {
  run = makeRun(folder, 320);
  // Every fifth row does not say its subject.
  table = (await embed(run, "words", { workers: 1 })).sql(
    "select *, case when source_row % 5 > 0 then ['math', 'code', 'science', 'chat_if'][source_row % 4 + 1] end as subject from this",
  );
});

/** Three bands of directions in a plane: class c lies around 120° · c. */
function bands(n: number, spread: number) {
  const data = new Float32Array(n * 2);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
  const order = shuffled(n, 7);
  for (let i = 0; i < n; i++) {
    const angle = (labels[i]! * 2 * Math.PI) / 3 + (order[i]! / n - 0.5) * spread;
    data.set([Math.cos(angle), Math.sin(angle)], i * 2);
  }
  return { data, labels, dimensions: 2, domains: ["a", "b", "c"] };
}

/** Three round clouds that overlap: the case in which a linear head can be as sure as it is right. */
function clouds(n: number) {
  const vectors = bands(n, 0);
  const random = seeded(5);
  for (let i = 0; i < n; i++) {
    const radius = 0.8 * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    vectors.data[2 * i]! += radius * Math.cos(angle);
    vectors.data[2 * i + 1]! += radius * Math.sin(angle);
  }
  return vectors;
}

describe("the linear head", () => {
  it("tells separable classes apart, and is the same for the same seed", () => {
    const { data, labels } = bands(600, 1.8);
    const rows = Array.from({ length: 600 }, (_, i) => i);
    const given = { data, labels, dimensions: 2, rows };
    const head = trainHead(given, { classes: 3, seed: 1 });
    expect(rows.filter((row) => predict(head, data, row).label !== labels[row])).toEqual([]);
    expect(trainHead(given, { classes: 3, seed: 1 }).weights).toEqual(head.weights);
    expect(trainHead(given, { classes: 3, seed: 2 }).weights).not.toEqual(head.weights);
  });

  it("is as sure as it is right where classes overlap", () => {
    const vectors = clouds(6000);
    const split = splitRows(vectors, { test: 0.4, seed: 0 });
    const measure = measureDomains(trainDomains(vectors, split, 0), vectors, split.test, 0.6);
    expect(measure.rows).toBeGreaterThan(2200);
    expect(measure.accuracy).toBeGreaterThan(0.55);
    expect(measure.accuracy).toBeLessThan(0.8);
    expect(measure.accepted).toBeGreaterThan(measure.accuracy);
    expect(measure.calibrationError).toBeLessThan(0.06);
    const counted = Object.values(measure.confusion).flatMap((line) => Object.values(line));
    expect(counted.reduce((a, b) => a + b, 0)).toBe(measure.rows);
  });

  it("never has equal vectors on both sides of a split", () => {
    const { data, labels, domains } = bands(300, 1);
    const twice = new Float32Array([...data, ...data]);
    const vectors = { data: twice, labels: Int32Array.from([...labels, ...labels]), dimensions: 2, domains };
    const { train, calibrate, test } = splitRows(vectors, { test: 0.3, seed: 3 });
    for (const part of [train, calibrate, test]) {
      const rows = new Set(part);
      expect(part.filter((row) => !rows.has((row + 300) % 600))).toEqual([]);
    }
    expect(train.length + calibrate.length + test.length).toBe(600);
    expect(test.length).toBeGreaterThan(120);
  });

  it("knows that a row is like none of its domains", () => {
    const vectors = bands(300, 0.4);
    const model = trainDomains(vectors, splitRows(vectors, { test: 0.2, seed: 0 }), 0);
    expect(model.classify(Float32Array.of(1, 0))).toMatchObject({ domain: "a", isNear: true });
    expect(model.classify(Float32Array.of(Math.cos(1), Math.sin(1)))).toMatchObject({ isNear: false });
  });
});

describe("prototypes", () => {
  it("give the domain of the nearest one", () => {
    const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    const model = prototypeDomains(
      new Map([
        ["east", [x]],
        ["north", [y]],
      ]),
    );
    expect(model.classify(Float32Array.of(0.8, 0.6))).toMatchObject({ domain: "east", isNear: true });
    expect(model.classify(Float32Array.of(0.8, 0.6)).confidence).toBeGreaterThan(0.5);
    expect(model.classify(Float32Array.of(-1, -0.1))).toMatchObject({ isNear: false });
  });
});

describe("classifyDomains", () => {
  it("believes the source, and answers where it is silent", async () => {
    const domains = await classifyDomains(table, { column: "subject" });
    const rows = await domains.table
      .select(["source_row", "domain", "domain_confidence", "domain_source"])
      .toArray();
    expect(rows).toHaveLength(320);
    const [stated, silent] = [true, false].map((is) =>
      rows.filter(({ source_row: i }) => Number(i) % 5 > 0 === is),
    );
    for (const { source_row: i, ...said } of stated!) {
      expect(said).toEqual({ domain: subjectOf(Number(i)), domain_confidence: 1, domain_source: "metadata" });
    }
    expect(silent).toHaveLength(64);
    expect(rows[10]).toMatchObject({ domain: "other", domain_confidence: 0, domain_source: "no_vector" });
    const right = silent!.filter(({ source_row: i, domain }) => domain === subjectOf(Number(i)));
    const wrong = silent!.filter(
      ({ source_row: i, domain }) => domain !== subjectOf(Number(i)) && domain !== "other",
    );
    expect(right.length).toBeGreaterThan(50);
    expect(wrong.length).toBeLessThanOrEqual(1);
    expect(domains.measure!.accuracy).toBeGreaterThan(0.95);
    expect(domains.toString()).toContain("4 known domains");
    const again = await classifyDomains(table, { column: "subject" });
    expect(again.measure).toEqual(domains.measure);
  });

  it("writes a page, and columns that open shows", async () => {
    const domains = await classifyDomains(table, { column: "subject", minConfidence: 0 });
    const page = readFileSync(await domains.report(join(folder, "reports")), "utf8");
    expect(page).toContain("What it gets wrong");
    expect(page).toContain("stated by the source");
    expect(page).not.toContain("<script");
    await domains.save(run);
    expect(existsSync(join(run, "flags", "domain.v1", "flag.json"))).toBe(true);
    const shown = await (await open(run)).select(["source_row", "domain"]).toArray();
    expect(shown.map(({ source_row }) => source_row)).toEqual(Array.from({ length: 320 }, (_, i) => i));
    expect(shown[1]!.domain).toBe("code");
  });

  it("compares with prototypes where no row says its domain", async () => {
    const domains = await classifyDomains(await open(run), {
      column: "meta_cluster",
      prototypes: {
        numbers: ["a triangle, an equation, an integer and a fraction"],
        text: ["a letter, a poem and a story"],
      },
    });
    expect(domains.measure).toBeNull();
    const counts = await domains.table
      .filter("domain_source = 'prototypes'")
      .sql(
        "select domain, count(*) filter (source_row % 4 = if(domain = 'numbers', 0, 3)) as right, count(*) as n from this group by domain order by domain",
      )
      .toArray();
    expect(counts.map(({ domain }) => domain)).toEqual(["numbers", "text"]);
    for (const { right, n } of counts) {
      expect(n).toBeGreaterThan(50);
      expect(Number(right) / Number(n)).toBeGreaterThan(0.95);
    }
  });

  it("says what is missing", async () => {
    await expect(classifyDomains(await open(join(folder, "subjects.jsonl")))).rejects.toThrow(
      "no vectors yet",
    );
    await expect(classifyDomains(table, { column: "meta_cluster", method: "head" })).rejects.toThrow(
      "0 domains in meta_cluster have 40 rows",
    );
    await expect(classifyDomains(table, { prototypes: { one: ["x"] } })).rejects.toThrow(
      "prototypes of 1 domains",
    );
  });
});
