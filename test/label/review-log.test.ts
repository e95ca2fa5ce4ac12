/** The audit log of reviews: decisions one a line, each bound to the line before it, and what they mean for a row. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import type { ReviewAct } from "../../kernel-lib/label/review-act";
import {
  appendReview,
  readReviewLog,
  readReviewLogs,
  reviewerFile,
  reviewsFolder,
} from "../../kernel-lib/label/review-log";
import { readReviews } from "../../kernel-lib/label/review-state";
import { readParquet } from "../../kernel-lib/run-folder";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "../run/run-cli";

const home = process.cwd();
const folder = temporaryFolder();
const run = join(folder, "run");
const DATASET = "acme/quo'te\"d";
const KEY = (i: number) => `${DATASET}@0123456789abcdef0123456789abcdef01234567/data.jsonl#${i}`;
let textIds: Map<string, string>;

beforeAll(async () => {
  await makeRun(run, { rows: 40 });
  const rows = await (await open(run)).select(["row_key", "text_id"]).toArray();
  textIds = new Map(rows.map((row) => [String(row.row_key), String(row.text_id)]));
});
afterEach(() => process.chdir(home));

/** A new workspace, which is the current folder until the test ends; its folder of labels. */
function workspace(name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  writeFileSync(join(root, "corpuslab.json"), '{ "workspace": 1 }\n');
  process.chdir(root);
  return join(root, "labels");
}

let clock = 0;
function decide(labels: string, i: number, label: string, more: Partial<ReviewAct> = {}): ReviewAct {
  return appendReview(labels, {
    ...{ act: "decided", row_key: KEY(i), dataset: DATASET, text_id: textIds.get(KEY(i))! },
    shown_sha256: "a".repeat(64),
    safety_label: label as ReviewAct["safety_label"],
    ...{ severity: "low", note: null, adjudicates: false, reviewer: "ada" },
    time: new Date(Date.UTC(2030, 0, 1) + clock++).toISOString(),
    ...more,
  });
}

describe("the log of reviews", () => {
  it("binds each line to the one before it and names the line that was edited, moved, cut or put in", () => {
    const labels = workspace("chain");
    for (let i = 0; i < 5; i++) decide(labels, i, "safe_refusal", { note: `n${i}` });
    const path = join(reviewsFolder(labels), "ada.jsonl");
    const whole = readFileSync(path, "utf8");
    const check = () => readReviewLog(reviewsFolder(labels), "ada.jsonl");
    const { head } = check();
    expect([check().broken, head.lines, check().acts.map(({ n }) => n)]).toEqual([null, 5, [1, 2, 3, 4, 5]]);

    const lines = whole.trimEnd().split("\n");
    const write = (changed: readonly string[]) =>
      writeFileSync(path, changed.map((one) => `${one}\n`).join(""));
    write(lines.with(1, lines[1]!.replace("safe_refusal", "safe_help")));
    expect(check().broken).toMatch(/ada\.jsonl line 3: does not follow line 2/);
    expect(check().acts).toHaveLength(2);
    write(lines.toSpliced(2, 1));
    expect(check().broken).toMatch(/line 3: does not follow line 2/);
    write([lines[0]!, lines[2]!, lines[1]!, ...lines.slice(3)]);
    expect(check().broken).toMatch(/line 2: does not follow line 1/);
    write(lines.slice(1));
    expect(check().broken).toMatch(/line 1: names a line before it/);
    write(lines.with(4, '{"n":5}'));
    expect(check().broken).toMatch(/line 5: /);
    expect(() => decide(labels, 9, "benign")).toThrow(/decisions are never edited: restore the file/);
    // What no chain can see, its head can: the last line changed, or lines cut off at the end.
    write(lines.slice(0, 4));
    expect(check().broken).toBeNull();
    expect(check().head).not.toEqual(head);
    write(lines.with(4, lines[4]!.replace("safe_refusal", "safe_help")));
    expect(check().head.sha256).not.toBe(head.sha256);
    writeFileSync(path, whole);
    expect(check().head).toEqual(head);
  });

  it("goes on after a line that a kill left half written", () => {
    const labels = workspace("torn");
    decide(labels, 0, "benign");
    appendFileSync(join(reviewsFolder(labels), "ada.jsonl"), '{"n":2,"prev":"');
    decide(labels, 1, "benign");
    const [log] = readReviewLogs(labels);
    expect([log!.broken, log!.acts.map(({ n }) => n), log!.torn]).toEqual([
      null,
      [1, 3],
      [expect.stringMatching(/line 2: not JSON.*its writer was stopped/)],
    ]);
  });

  it("gives each reviewer a file of their own, whatever the name, and notices a line in a stranger's file", () => {
    const labels = workspace("names");
    const names = ["ada", "Ada", "a/../../etc", "李雷", "", "x".repeat(200), "a\nb"];
    for (const reviewer of names) decide(labels, 0, "benign", { reviewer });
    expect(new Set(names.map((name) => reviewerFile(name).toLowerCase())).size).toBe(names.length);
    expect(readReviewLogs(labels).map(({ broken }) => broken)).toEqual(names.map(() => null));
    const path = join(reviewsFolder(labels), reviewerFile("Ada"));
    writeFileSync(path, readFileSync(path, "utf8").replace('"reviewer":"Ada"', '"reviewer":"Eve"'));
    expect(readReviewLogs(labels).filter(({ broken }) => broken !== null)).toMatchObject([
      { broken: expect.stringMatching(/signed "Eve"/) },
    ]);
  });

  it("counts the last word of each reviewer, tells disagreement, and lets somebody settle it", () => {
    const labels = workspace("counts");
    const of = (i: number) =>
      readReviews(labels)
        .get(KEY(i))
        ?.get(textIds.get(KEY(i))!);
    decide(labels, 0, "unsafe_help");
    decide(labels, 0, "safe_help", { severity: "high" });
    expect(of(0)).toMatchObject({ label: "safe_help", severity: "high", status: "decided" });
    decide(labels, 0, "unsafe_help", { reviewer: "bob", severity: "critical" });
    expect(of(0)).toMatchObject({ label: null, severity: "critical", status: "disputed" });
    decide(labels, 0, "unsafe_help", { reviewer: "eve", adjudicates: true, severity: "medium" });
    expect(of(0)).toMatchObject({ label: "unsafe_help", severity: "medium", status: "decided" });
    decide(labels, 0, "safe_help", { act: "undone", reviewer: "eve" });
    expect(of(0)?.status).toBe("disputed");
    decide(labels, 0, "safe_help", { act: "undone", reviewer: "bob" });
    expect(of(0)).toMatchObject({ label: "safe_help", severity: "high", status: "decided" });
    decide(labels, 0, "safe_help", { act: "undone" });
    expect(of(0)).toBeUndefined();
  });
});

describe("columns of reviews", () => {
  it("stand in tables of runs, also opened before, and say nothing of a text that changed", async () => {
    const labels = workspace("columns");
    const ds = await open(run);
    const before = (await ds.schema).map(({ name }) => name);
    decide(labels, 3, "safe_refusal", { severity: "high", note: "it's <b>" });
    decide(labels, 4, "safe_help");
    decide(labels, 4, "unsafe_help", { reviewer: "bob" });
    decide(labels, 5, "benign", { text_id: "another text" });
    expect((await ds.schema).map(({ name }) => name).slice(before.length)).toEqual([
      ...["_safety_label", "_severity", "_reviewed", "_review_status", "_reviewed_by", "_reviewed_at"],
      "_review_note",
    ]);
    const columns = [
      "_safety_label",
      "_severity",
      "_reviewed",
      "_review_status",
      "_reviewed_by",
      "_review_note",
    ];
    const rows = await ds.select(["row_key", ...columns]).toArray();
    const valuesOf = (i: number) => columns.map((name) => rows.find((row) => row.row_key === KEY(i))![name]);
    expect(valuesOf(3)).toEqual(["safe_refusal", "high", true, "decided", "ada", "ada: it's <b>"]);
    expect(valuesOf(4)).toEqual([null, "low", true, "disputed", "ada, bob", null]);
    expect(valuesOf(5)).toEqual([null, null, false, "text_changed", null, null]);
    expect(valuesOf(6)).toEqual([null, null, false, null, null, null]);
    expect(await ds.filter("_reviewed").count()).toBe(2);
  });

  it("are not those of a sidecar that calls its columns so", async () => {
    const labels = workspace("forged");
    const out = await makeRun(join(folder, "forged-run"), {
      rows: 4,
      splits: [["default", "train", "train"]],
    });
    const db = await Db.open({ threads: 1 });
    mkdirSync(join(out, "flags", "mine.v1", "train"), { recursive: true });
    for (const part of ["part-00000", "part-00001"]) {
      const shard = readParquet([join(out, "rows", "train", `${part}.parquet`)]);
      const to = join(out, "flags", "mine.v1", "train", `${part}.parquet`);
      await db.run(
        `copy (select row_key, true as _reviewed, 'safe_help' as _Safety_Label from ${shard}) to '${to}'`,
      );
    }
    db.close();
    const names = async () => (await (await open(out)).schema).map(({ name }) => name);
    expect(await names()).toEqual(expect.arrayContaining(["mine__reviewed", "mine__Safety_Label"]));
    expect(await names()).not.toContain("_reviewed");
    decide(labels, 1, "benign");
    expect(await (await open(out)).filter("_reviewed").count()).toBe(1);
  });
});
