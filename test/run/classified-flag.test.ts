/** A classifier of a few nodes, whose every probability is known, as a flag. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { classifierFlag } from "../../kernel-lib/classify/classifier-flag";
import { quality } from "../../kernel-lib/quality/report";
import { flag } from "../../kernel-lib/run/flag";
import { flagRun } from "../../kernel-lib/run/flag-run";
import { open } from "../../kernel-lib/table/open";
import { makeModel, VOCABULARY } from "../model/make-model";
import type { Graph } from "../model/tiny-onnx";
import { cli, readJson, temporaryFolder } from "./run-cli";

const folder = temporaryFolder();
const run = join(folder, "run");
const model = join(folder, "toxic-onnx");
const LABELS = ["harmless", "insult", "Threat / harm"];

const weight = (token: number, label: number) => Math.fround(Math.sin(token * 7.13 + label * 3.7));
/** The logits of a text are the sums over its tokens; padding counts where the mask is not looked at. */
const logitsOf = (text: string) =>
  LABELS.map((_, label) =>
    [...text].reduce((sum, letter) => {
      const at = VOCABULARY.indexOf(letter);
      return sum + weight(at < 0 ? VOCABULARY.length - 1 : at, label);
    }, 0),
  );
function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((one) => Math.exp(one - Math.max(...logits)));
  return powers.map((one) => one / powers.reduce((sum, each) => sum + each, 0));
}

function graph(width = LABELS.length): (table: Float32Array, size: number) => Graph {
  return (_, size) => ({
    inputs: [
      { name: "input_ids", type: "int64", shape: ["batch", "seq"] },
      { name: "attention_mask", type: "int64", shape: ["batch", "seq"] },
    ],
    outputs: [{ name: "logits", type: "float32", shape: ["batch", width] }],
    initializers: [
      {
        ...{ name: "weights", type: "float32", dims: [size, width] },
        data: Float32Array.from({ length: size * width }, (_one, i) =>
          weight(Math.floor(i / width), i % width),
        ),
      },
      { name: "last", type: "int64", dims: [1], data: BigInt64Array.of(2n) },
      { name: "tokens", type: "int64", dims: [1], data: BigInt64Array.of(1n) },
    ],
    nodes: [
      { op: "Gather", inputs: ["weights", "input_ids"], outputs: ["each"], attributes: { axis: 0 } },
      { op: "Cast", inputs: ["attention_mask"], outputs: ["mask"], attributes: { to: 1 } },
      { op: "Unsqueeze", inputs: ["mask", "last"], outputs: ["column"] },
      { op: "Mul", inputs: ["each", "column"], outputs: ["seen"] },
      { op: "ReduceSum", inputs: ["seen", "tokens"], outputs: ["logits"], attributes: { keepdims: 0 } },
    ],
  });
}

const WORDS = "you are a very silly goose and i will not have it".split(" ");
const asked = (i: number) => (i === 4 ? "  " : WORDS.slice(0, 1 + (i % WORDS.length)).join(" "));

beforeAll(() => {
  makeModel(model, { graph: graph(), positions: 40 });
  const id2label = Object.fromEntries(LABELS.map((label, i) => [i, label]));
  writeFileSync(join(model, "config.json"), JSON.stringify({ max_position_embeddings: 40, id2label }));
  const rows = Array.from({ length: 50 }, (_, i) => ({
    messages: [
      { role: "user", content: asked(i) },
      { role: "assistant", content: `number ${i}` },
    ],
  }));
  const source = join(folder, "rows.jsonl");
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  expect(cli(["normalize", source, "--out", run, "--rows-per-shard", "20", "--workers", "1"]).code).toBe(0);
});

describe("a classifier as a flag", () => {
  it("gives each label its probability and verdict, in batches of like length, and says what it did not see", async () => {
    const { code, stdout } = cli(["flag", run, "--classifier", `toxic=${model}`, "--threshold", "0.4"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "flags/toxic.v1: toxic_harmless, toxic_harmless_p, toxic_insult, toxic_insult_p, toxic_threat_harm",
    );
    const rows = await (await open(run))
      .sql(
        "select source_row, toxic_harmless, toxic_harmless_p, toxic_insult_p, toxic_threat_harm_p, toxic_label, toxic_truncated, toxic_reason from this order by source_row",
      )
      .toArray();
    for (const [i, row] of rows.entries()) {
      if (i === 4) {
        expect(row).toMatchObject({ toxic_harmless: null, toxic_label: null, toxic_reason: "no_text" });
        continue;
      }
      const text = asked(i);
      const wanted = softmax(logitsOf(text.slice(0, 40)));
      const got = [row.toxic_harmless_p, row.toxic_insult_p, row.toxic_threat_harm_p].map(Number);
      for (const [k, share] of wanted.entries()) expect(Math.abs(share - got[k]!)).toBeLessThan(2e-5);
      expect(row.toxic_harmless).toBe(got[0]! >= 0.4);
      expect(row.toxic_label).toBe(LABELS[got.indexOf(Math.max(...got))]);
      expect(row.toxic_truncated).toBe(text.length > 40);
    }
    expect(rows.filter(({ toxic_truncated }) => toxic_truncated).length).toBe(12);
  });

  it("writes the model's identity beside the values, and the report takes the threshold from there", async () => {
    const { files } = (await classifierFlag({ name: "toxic", model })).classifier;
    expect(readJson<Record<string, unknown>>(run, "flags/toxic.v1/flag.json")).toMatchObject({
      ...{ flag: "toxic", version: 1, params: { threshold: 0.4, view: "prompt" } },
      classifier: {
        model: "toxic-onnx",
        digest: files.digest,
        labels: LABELS,
        activation: "softmax",
        maxTokens: 40,
      },
    });
    const { path, verdicts } = await quality.report(await open(run), {
      out: join(folder, "reports"),
      slug: "toxic",
    });
    expect(
      verdicts
        .filter(({ flag: name }) => name === "toxic")
        .map(({ caught, threshold }) => [caught, threshold]),
    ).toEqual([
      ["toxic_harmless", 0.4],
      ["toxic_insult", 0.4],
      ["toxic_threat_harm", 0.4],
      ["toxic_truncated", null],
    ]);
    expect(readFileSync(path, "utf8")).toContain("nearest to toxic_insult_p = 0.4");
  });

  it("reads other texts, counts labels by themselves, and works over a table", async () => {
    const choice = await classifierFlag({
      name: "said",
      model,
      view: "completion",
      activation: "sigmoid",
      labels: ["a", "b", "c"],
    });
    const flagged = await flag((await open(run)).filter("source_row < 9"), ["length", choice]);
    const [row] = await flagged
      .filter("source_row = 7")
      .select(["said_a_p", "said_a", "said_label"])
      .toArray();
    const [first] = logitsOf("number 7");
    expect(row!.said_a_p).toBeCloseTo(1 / (1 + Math.exp(-first!)), 4);
    expect(row!.said_a).toBe(first! >= 0);
  });

  it.each([
    [{ name: "Toxic", model }, "expected a name such as toxic"],
    [{ name: "safety", model }, "has the name of a built-in flag"],
    [{ name: "toxic", model, threshold: 40 }, "expected 0 to 1"],
    [{ name: "toxic", model, labels: ["a", "A"] }, "two columns would be called toxic_a"],
    [{ name: "toxic", model, labels: ["a", "b"] }, "has the shape [1, 3], expected [1, 2]"],
    [{ name: "toxic", model: join(folder, "bare") }, "has no id2label in a config.json"],
  ])("is refused: %j", async (options, words) => {
    if (options.model.endsWith("bare")) makeModel(options.model, { graph: graph(2) });
    const out = join(folder, "refused");
    await expect(
      (async () => flagRun(run, { flags: [await classifierFlag(options)], out, workers: 1 }))(),
    ).rejects.toThrow(words);
  });
});
