/** Labels and patches over real runs: overlays beside the rows, columns like any other. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import { textId } from "../../kernel-lib/harmony";
import { label } from "../../kernel-lib/label/label";
import { labels } from "../../kernel-lib/label/labels";
import { patch } from "../../kernel-lib/label/patch";
import { readParquet } from "../../kernel-lib/run-folder";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { makeRun } from "../fixtures/make-run";
import { cli, ROOT, temporaryFolder } from "../run/run-cli";

const home = process.cwd();
const folder = temporaryFolder();
const run = join(folder, "run");
const DATASET = "acme/quo'te\"d";
// Shards count by the names of their folders, so the second split, from row 10,000 on, comes first.
const KEY = (i: number) => `${DATASET}@0123456789abcdef0123456789abcdef01234567/data.jsonl#${i}`;

/** A new workspace, which is the current folder until the test ends. */
function workspace(name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  writeFileSync(join(root, "corpuslab.json"), '{ "workspace": 1 }\n');
  process.chdir(root);
  return root;
}

async function columnsOf(table: Table): Promise<string[]> {
  return (await table.schema).map(({ name }) => name);
}

beforeAll(async () => {
  await makeRun(run, { rows: 20_000 });
});
afterEach(() => process.chdir(home));

describe("label", () => {
  it("shows up in a table that was opened before, as columns in the order of the rows", async () => {
    workspace("order");
    const ds = await open(run);
    const before = await columnsOf(ds);
    expect(before).not.toContain("label");
    const plain = (await ds.select(["row_key"]).toArray()).map((row) => row.row_key);
    const order = Array.from({ length: 20_000 }, (_, i) => KEY((i + 10_000) % 20_000));
    expect(plain).toEqual(order);

    for (const i of [3, 4_000, 19_999, 7]) label(KEY(i), "bad", { reason: `r${i}`, author: "Ada" });
    label(KEY(7), null, { author: "Ada" });
    label(KEY(3), "good", { author: "Bob" });
    label("other/set@local/x.jsonl#1", "bad");

    expect((await columnsOf(ds)).slice(before.length)).toEqual([
      "label",
      "label_reason",
      "label_author",
      "label_time",
    ]);
    const rows = await ds.select(["row_key", "label", "label_reason", "label_author"]).toArray();
    expect(rows.map((row) => row.row_key)).toEqual(plain);
    expect(rows.filter((row) => row.label !== null)).toEqual([
      { row_key: KEY(19_999), label: "bad", label_reason: "r19999", label_author: "Ada" },
      { row_key: KEY(3), label: "good", label_reason: null, label_author: "Bob" },
      { row_key: KEY(4_000), label: "bad", label_reason: "r4000", label_author: "Ada" },
    ]);
    expect(await ds.filter("label = 'bad'").count()).toBe(2);
    expect((await ds.head(3).toArray()).map((row) => row.row_key)).toEqual(plain.slice(0, 3));
    expect(await ds.groupBy("label").count().toArray()).toContainEqual({ label: "bad", n: 2 });
  });

  it("leaves a sidecar's own column of the name label alone", async () => {
    workspace("clash");
    const out = await makeRun(join(folder, "clash-run"), {
      rows: 4,
      splits: [["default", "train", "train"]],
    });
    const db = await Db.open({ threads: 1 });
    mkdirSync(join(out, "flags", "judge.v1", "train"), { recursive: true });
    for (const part of ["part-00000", "part-00001"]) {
      const shard = readParquet([join(out, "rows", "train", `${part}.parquet`)]);
      const to = join(out, "flags", "judge.v1", "train", `${part}.parquet`);
      await db.run(`copy (select row_key, 'theirs' as label from ${shard}) to '${to}' (format parquet)`);
    }
    db.close();
    label(KEY(1), "ours");
    const rows = await (await open(out)).select(["label", "labels_label"]).toArray();
    expect(rows).toEqual([
      { label: "theirs", labels_label: null },
      { label: "theirs", labels_label: "ours" },
      { label: "theirs", labels_label: null },
      { label: "theirs", labels_label: null },
    ]);
  });

  it("costs a run nothing when the log speaks of other datasets only", async () => {
    workspace("others");
    const ds = await open(run);
    const sql = await ds.relation().sql({ place: false, ids: false });
    label(`${DATASET}2@local/x.jsonl#1`, "bad");
    expect(await ds.relation().sql({ place: false, ids: false })).toBe(sql);
  });

  it("labels rows as they come from a table, several at once, and leaves them plain objects", async () => {
    const root = workspace("rows");
    const rows = await (await open(run)).split("train").head(2).select(["row_key", "dataset"]).toArray();
    expect(rows).toStrictEqual([
      { row_key: KEY(0), dataset: DATASET },
      { row_key: KEY(1), dataset: DATASET },
    ]);
    expect(JSON.stringify(rows[0])).toBe(JSON.stringify({ row_key: KEY(0), dataset: DATASET }));
    const said = label(rows, "bad", { reason: "both\nlines", author: "A\u001b[31m" });
    expect(said.toString()).toMatch(/^labeled bad: 2 rows, from acme/);
    expect(said.toString()).not.toContain("\u001b");
    const lines = readFileSync(join(root, "labels", "labels.jsonl"), "utf8").split("\n");
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0]!)).toEqual({
      ...{ row_key: KEY(0), dataset: DATASET, label: "bad", reason: "both\nlines", author: "A\u001b[31m" },
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(labels().labels.map((act) => act.row_key)).toEqual([KEY(0), KEY(1)]);
    label(rows[0]!, null);
    expect(labels().labels.map((act) => act.row_key)).toEqual([KEY(1)]);
    expect(labels({ history: true }).labels).toHaveLength(3);
    expect(labels({ label: "good" }).labels).toEqual([]);
  });

  it("refuses what cannot be kept, and says what to do", () => {
    workspace("refusals");
    expect(() => label({ id: "x" }, "bad")).toThrow(/the row has no row_key/);
    expect(() => label("an-id", "bad")).toThrow(
      /no row_key, expected dataset@revision\/file#row.*corpuslab why/,
    );
    expect(() => label(KEY(1), "")).toThrow(/is no label/);
    expect(() => label(KEY(1), "a\nb")).toThrow(/is no label/);
    expect(() => label(undefined as never, "bad")).toThrow(/got undefined/);
    process.chdir(folder);
    expect(() => label(KEY(1), "bad")).toThrow(/corpuslab init DIR/);
    expect(label(KEY(1), "bad", { into: join(folder, "elsewhere") }).log).toBe(
      join(folder, "elsewhere", "labels.jsonl"),
    );
    expect(labels({ from: join(folder, "elsewhere") }).labels).toHaveLength(1);
  });

  it("keeps hostile keys, reasons and half surrogates as data", async () => {
    workspace("hostile");
    const hostile = "ow'n\"er<script>@local/f'; drop table rows; --.jsonl#0";
    label({ row_key: hostile, dataset: "ow'n\"er<script>" }, "bad", { reason: "<img onerror=x> \ud800 '" });
    label(KEY(0), "it's", { reason: "half \ud800 pair '; select 1" });
    const [row] = await (await open(run)).split("train").head(1).toArray();
    expect([row!.label, row!.label_reason]).toEqual(["it's", "half \ufffd pair '; select 1"]);
    const html = labels()[Symbol.for("corpuslab.display") as never] as () => Record<string, string>;
    const shown = html.call(labels())["text/html"]!;
    expect(shown).toContain("&lt;img onerror=x&gt;");
    expect(shown).not.toContain("<img");
    expect(shown).not.toContain("<script");
  });

  it("tells a torn last line and goes on after it", async () => {
    const root = workspace("torn");
    label(KEY(0), "bad");
    const log = join(root, "labels", "labels.jsonl");
    appendFileSync(log, '{"row_key":"half');
    expect(labels().problems).toEqual([
      expect.stringMatching(/labels\.jsonl line 2: not JSON.*stopped in the middle/),
    ]);
    label(KEY(1), "bad");
    appendFileSync(log, '{"row_key":1}\n');
    const list = labels();
    expect(list.labels.map((act) => act.row_key)).toEqual([KEY(0), KEY(1)]);
    expect(list.problems).toHaveLength(2);
    expect(list.toString()).toContain("line 4: row_key");
    expect(await (await open(run)).filter("label = 'bad'").count()).toBe(2);
  });

  it("takes lines from two processes at once without mixing them", async () => {
    const root = workspace("writers");
    const script = `
      const { label } = require(${JSON.stringify(join(ROOT, "kernel-lib", "dist", "index.js"))});
      for (let i = 0; i < 300; i++)
        label("a/b@local/x.jsonl#" + i, process.argv[1], { reason: process.argv[1].repeat(3000), author: "t" });`;
    const writers = ["p", "q"].map((name) =>
      spawn(process.execPath, ["-e", script, name], { cwd: root, stdio: ["ignore", "inherit", "inherit"] }),
    );
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, "exit"))[0]));
    expect(codes).toEqual([0, 0]);
    const { labels: acts, problems } = labels({ history: true });
    expect(problems).toEqual([]);
    expect(["p", "q"].map((name) => acts.filter((act) => act.label === name).length)).toEqual([300, 300]);
  });
});

describe("patch", () => {
  it("renders new messages and shows them beside the row, which stays as it is", async () => {
    workspace("patches");
    const ds = (await open(run)).split("train");
    const [row] = await ds.head(1).toArray();
    const patched = patch(row!, {
      messages: [
        { role: "user", content: "2+2?" },
        { role: "assistant", content: "4" },
      ],
    });
    const text =
      "<|start|>user<|message|>2+2?<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>";
    expect([patched.act.text, patched.act.text_id, patched.act.of_text_id]).toEqual([
      text,
      textId(text),
      row!.text_id,
    ]);
    const [again] = await ds.head(1).toArray();
    expect([again!.text, again!.patch_text, again!.patch_text_id]).toEqual([row!.text, text, textId(text)]);
    expect(await columnsOf(ds)).not.toContain("label");
    patch(row!, null);
    expect((await ds.head(1).toArray())[0]!.patch_text).toBeNull();
    expect(labels().patches).toEqual([]);
  });

  it("refuses what is not valid Harmony, with the reason", () => {
    workspace("invalid");
    const user = { role: "user", content: "q" };
    expect(() => patch(KEY(0), { messages: [] })).toThrow(/no_messages/);
    expect(() => patch(KEY(0), { messages: [user, { role: "wizard", content: "x" }] })).toThrow(
      /message 1: unknown_role/,
    );
    expect(() => patch(KEY(0), { messages: [{ role: "user", content: "a <|end|> b" }] })).toThrow(
      /special_in_body/,
    );
    expect(() => patch(KEY(0), { text: "plain" })).toThrow(/not valid Harmony.*all_text/);
    expect(() => patch(KEY(0), { messages: [{ role: "user", content: 4 as never }] })).toThrow(
      /message 0: content: got a number/,
    );
    expect(() => patch(KEY(0), {} as never)).toThrow(/expected \{ messages/);
    const corpus = { row_key: KEY(0), loss_mode: "all_text", text_id: textId("old") };
    expect(() => patch(corpus, { text: "old" })).toThrow(/nothing would change/);
    expect(() => patch(corpus, { text: "a <|end|>" })).toThrow(/at 2 of a plain text/);
    expect(patch(corpus, { text: "new" }).act.text_id).toBe(textId("new"));
  });
});

describe("the command line", () => {
  it("labels, lists, takes back, and is told a workspace or a folder", () => {
    const into = ["--into", join(folder, "cli")];
    const said = cli(["label", KEY(1), "bad", "--reason", "wrong answer", "--author", "Ada", ...into]);
    expect([said.code, said.stderr]).toEqual([0, ""]);
    expect(said.stdout).toMatch(/^labeled bad: .*#1 \(wrong answer\) · Ada, /);
    const listed = cli(["labels", "--json", ...into]);
    expect(JSON.parse(listed.stdout).labels).toEqual([
      expect.objectContaining({ row_key: KEY(1), label: "bad", reason: "wrong answer", author: "Ada" }),
    ]);
    expect(cli(["unlabel", KEY(1), ...into]).code).toBe(0);
    expect(cli(["labels", ...into]).stdout).toMatch(/^no labels in /);
    expect(cli(["labels", "--history", ...into]).stdout).toContain("(taken back)");
    const wrong = cli(["label", "some-id", "bad", ...into]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("is no row_key")]);
  });
});
