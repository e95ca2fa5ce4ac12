import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { embedRun } from "../../kernel-lib/embed/embed-run";
import "../../kernel-lib/embed/similar";
import { saveSidecar, writeValues } from "../../kernel-lib/embed/value-table";
import { importScores } from "../../kernel-lib/score/import-scores";
import { open } from "../../kernel-lib/table/open";
import { cli, temporaryFolder } from "./run-cli";

const folder = temporaryFolder();
const [source, out] = [join(folder, "asked.jsonl"), join(folder, "out")];
const write = (third: string) =>
  writeFileSync(
    source,
    ["one", "two", third, "four"]
      .map((word) => JSON.stringify({ instruction: `Say ${word}`, input: "", output: `Here is ${word}.` }))
      .join("\n"),
  );
const resume = () => cli(["normalize", source, "--out", out, "--resume"]);
const beside = () =>
  ["scores/gpu.v1/score.json", "embeddings/words.prompt.v1/embed.json", "flags/mine.v1/flag.json"].map(
    (name) => existsSync(join(out, name)),
  );

beforeAll(async () => {
  write("three");
  expect(cli(["normalize", source, "--out", out]).code).toBe(0);
  const keys = (await (await open(out)).select(["row_key"]).toArray()).map(({ row_key }) => String(row_key));
  const answer = join(folder, "answer.jsonl");
  writeFileSync(
    answer,
    keys.map((row_key) => JSON.stringify({ row_key, nll_sum: 4, completion_token_count: 2 })).join("\n"),
  );
  const settings = { model: "gpu", template: "harmony-1", lossMode: "row", includeStop: false } as const;
  await importScores(out, answer, settings);
  await embedRun(out, "words", { workers: 1 });
  await saveSidecar(
    out,
    "mine",
    await writeValues(keys, { mine: { type: "BIGINT", values: [1, 2, 3, 4] } }),
    {},
  );
});

describe("what was computed from a run's rows", () => {
  it("stays when the run is resumed over the same input", () => {
    expect(resume().code).toBe(0);
    expect(beside()).toEqual([true, true, true]);
  });

  it("does not stand beside other rows of the same keys", async () => {
    write("something else that was asked");
    const { code, stderr } = resume();
    expect(code).toBe(0);
    expect(stderr).toContain("rows changed since embeddings/words.prompt.v1, scores/gpu.v1 were computed");
    expect(beside()).toEqual([false, false, false]);
    expect(existsSync(join(out, ".run", "outdated", "scores", "gpu.v1", "score.json"))).toBe(true);
    const names = (await (await open(out)).schema).map(({ name }) => name);
    expect(names.filter((name) => ["nll_mean", "mine"].includes(name))).toEqual([]);
    await embedRun(out, "words", { workers: 1 });
    const [found] = await (await (await open(out)).similar("something else", { k: 1 })).toArray();
    expect(found!.text).toContain("Say something else that was asked");
  });
});
