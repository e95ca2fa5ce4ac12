/** Labels written into a run as a sidecar: read by view.sql and pools, and in nobody's way. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { label } from "../../kernel-lib/label/label";
import { patch } from "../../kernel-lib/label/patch";
import { appendReview } from "../../kernel-lib/label/review-log";
import { writeLabels } from "../../kernel-lib/lineage/write-labels";
import { writeCard } from "../../kernel-lib/publish/card";
import { writeHfLayout } from "../../kernel-lib/publish/hf-layout";
import { normalize } from "../../kernel-lib/run/normalize";
import { readParquet } from "../../kernel-lib/run-folder";
import { buildPools } from "../../kernel-lib/select/pools";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { open } from "../../kernel-lib/table/open";
import { writeRows } from "../run/make-rows";
import { cli, hashes, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const KEY = (i: number) => `rows@local/rows.jsonl#${i}`;

it("stands beside the rows, and survives resume, pools and publishing", async () => {
  const source = join(folder, "rows.jsonl");
  writeRows(source, 300);
  const out = join(folder, "run");
  const options = { out, workers: 1, rowsPerShard: 100 };
  const run = await normalize(await resolveSource(source), options);
  const into = join(folder, "labels");
  for (const i of [1, 150, 299]) label(KEY(i), "bad", { reason: `r${i}`, author: "Ada", into });
  label(KEY(1), null, { into });
  label("other@local/x.jsonl#1", "bad", { into });

  expect(await writeLabels(run, { from: into })).toEqual({
    ...{ sidecar: "flags/labels.v1", rows: 293, labeled: 2, patched: 0, reviewed: 0 },
  });
  const db = await Db.open({ threads: 1 });
  try {
    const shard = "train/part-00001.parquet";
    const keys = async (path: string) =>
      (await db.all<{ row_key: string }>(`select row_key from ${readParquet([join(out, path, shard)])}`)).map(
        (row) => row.row_key,
      );
    expect(await keys("flags/labels.v1")).toEqual(await keys("rows"));
    await db.run(`set variable corpuslab_run = ${quoteText(out)}`);
    await db.run(readFileSync(join(out, "view.sql"), "utf8"));
    expect(
      await db.all("select row_key, label_reason from rows where label = 'bad' order by source_row"),
    ).toEqual([
      { row_key: KEY(150), label_reason: "r150" },
      { row_key: KEY(299), label_reason: "r299" },
    ]);
  } finally {
    db.close();
  }

  const before = hashes(out);
  await normalize(await resolveSource(source), { ...options, resume: true });
  expect(hashes(out)).toEqual(before);

  const pools = await buildPools([out], { out: join(out, "pools"), pools: { bad: "label = 'bad'" } });
  expect(pools.pools.find(({ name }) => name === "bad")!.rows).toBe(2);
  expect((await writeHfLayout(out)).files).toHaveLength(3);
  await writeCard(out);
  expect(existsSync(join(out, "README.md"))).toBe(true);
  // What the log says now goes before the sidecar; without a word from the log the sidecar is shown.
  expect(await (await open(out)).filter("label = 'bad'").count()).toBe(2);

  patch(
    KEY(0),
    {
      messages: [
        { role: "user", content: "q" },
        { role: "assistant", content: "a" },
      ],
    },
    { into },
  );
  const told = cli(["labels", out, "--write", "--into", into]);
  expect([told.code, told.stderr]).toEqual([0, ""]);
  expect(told.stdout).toContain("2 of 293 rows labeled, 1 patched");
  expect(await (await open(out)).filter("patch_text is not null").count()).toBe(1);
  expect(JSON.parse(cli(["labels", out, "--json", "--into", into]).stdout).labels).toHaveLength(2);
  expect(cli(["labels", "--write", "--into", into]).code).toBe(2);

  // A sidecar that is of other rows than the run has now is taken away.
  writeRows(source, 250);
  await normalize(await resolveSource(source), { ...options, resume: true });
  expect(existsSync(join(out, "flags", "labels.v1", "train", "part-00000.parquet"))).toBe(false);
  expect(readFileSync(join(out, "view.sql"), "utf8")).not.toContain("labels.v1");
  expect(await (await open(out)).count()).toBe(244);
});

it("stands there with what reviewers decided, for readers without the log", async () => {
  const out = join(folder, "reviewed");
  const source = join(folder, "reviewed.jsonl");
  writeRows(source, 40);
  await normalize(await resolveSource(source), { out, workers: 1 });
  const into = join(folder, "reviews");
  const rows = await (await open(out)).select(["row_key", "text_id"]).head(3).toArray();
  const decide = (row: number, textId = String(rows[row]!.text_id)) =>
    appendReview(into, {
      ...{ act: "decided", row_key: String(rows[row]!.row_key), dataset: "reviewed", text_id: textId },
      ...{ shown_sha256: "0".repeat(64), safety_label: "safe_help", severity: "low", note: null },
      ...{ adjudicates: false, reviewer: "ada", time: "2026-01-01T00:00:00Z" },
    });
  decide(0);
  decide(1, "the text it had before");
  expect(await writeLabels(out, { from: into })).toMatchObject({ labeled: 0, reviewed: 1 });
  const db = await Db.open({ threads: 1 });
  try {
    await db.run(`set variable corpuslab_run = ${quoteText(out)}`);
    await db.run(readFileSync(join(out, "view.sql"), "utf8"));
    const said = "select _reviewed, _review_status, _safety_label, _severity from rows";
    expect(
      await db.all(`${said} where row_key in (${rows.map((row) => quoteText(String(row.row_key))).join(", ")})
        order by source_row`),
    ).toEqual([
      { _reviewed: true, _review_status: "decided", _safety_label: "safe_help", _severity: "low" },
      { _reviewed: false, _review_status: "text_changed", _safety_label: null, _severity: null },
      { _reviewed: false, _review_status: null, _safety_label: null, _severity: null },
    ]);
  } finally {
    db.close();
  }

  const log = join(into, "reviews", "ada.jsonl");
  const lines = readFileSync(log, "utf8");
  writeFileSync(log, lines.replace("safe_help", "benign"));
  await expect(writeLabels(out, { from: into })).rejects.toThrow(/does not follow line 1/);
  rmSync(log);
  await writeLabels(out, { from: into });
  expect(existsSync(join(out, "flags", "reviews.v1"))).toBe(false);
});
