/** The demonstration model as it is shipped: the bytes its log names, and the numbers that torch gave when it was trained. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { Tokenizer } from "tokenizers";
import { beforeAll, describe, expect, it } from "vitest";
import { loadOnnxRuntime } from "../../kernel-lib/onnx";

const FOLDER = join(__dirname, "../../kernel-lib/score/demo-lm");
const LOG = readFileSync(join(FOLDER, "train.log"), "utf8");
const { rows } = JSON.parse(readFileSync(join(FOLDER, "reference.json"), "utf8")) as {
  rows: { split: string; text: string; ids: number[]; token_nll: number[] }[];
};

let session: InferenceSession;
beforeAll(async () => {
  const { InferenceSession } = await loadOnnxRuntime();
  session = await InferenceSession.create(join(FOLDER, "model.onnx"), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
});

/** NLL in nats of every token but the first, for rows padded to one length, on the side that is asked for. */
async function tokenNll(ids: readonly number[][], side: "left" | "right"): Promise<number[][]> {
  const { Tensor } = await loadOnnxRuntime();
  const width = Math.max(...ids.map((row) => row.length));
  const from = ids.map((row) => (side === "left" ? width - row.length : 0));
  const [tokens, mask] = [new BigInt64Array(ids.length * width), new BigInt64Array(ids.length * width)];
  ids.forEach((row, i) => {
    row.forEach((id, j) => {
      tokens[i * width + from[i]! + j] = BigInt(id);
      mask[i * width + from[i]! + j] = 1n;
    });
  });
  const shape = [ids.length, width];
  const { logits } = await session.run({
    input_ids: new Tensor("int64", tokens, shape),
    attention_mask: new Tensor("int64", mask, shape),
  });
  const [data, vocabulary] = [logits!.data as Float32Array, logits!.dims[2]!];
  return ids.map((row, i) =>
    row.slice(1).map((id, j) => {
      const at = (i * width + from[i]! + j) * vocabulary;
      const scores = data.subarray(at, at + vocabulary);
      const top = scores.reduce((a, b) => Math.max(a, b));
      return top + Math.log(scores.reduce((sum, x) => sum + Math.exp(x - top), 0)) - scores[id]!;
    }),
  );
}

function farthest(got: readonly number[][], wanted: readonly number[][]): number {
  expect(got.map((row) => row.length)).toEqual(wanted.map((row) => row.length));
  return Math.max(...got.flatMap((row, i) => row.map((nll, j) => Math.abs(nll - wanted[i]![j]!))));
}

describe("the demonstration model", () => {
  it("is the one of its training log, at most 8 MB, with a label on it", () => {
    for (const name of ["model.onnx", "tokenizer.json"]) {
      const digest = createHash("sha256")
        .update(readFileSync(join(FOLDER, name)))
        .digest("hex");
      expect(LOG).toContain(`${name}: ${statSync(join(FOLDER, name)).size} bytes, sha256 ${digest}\n`);
    }
    expect(statSync(join(FOLDER, "model.onnx")).size).toBeLessThanOrEqual(8_000_000);
    expect(readFileSync(join(FOLDER, "config.json"), "utf8")).toContain("a demonstration");
  });

  it("is carried by the build", () => {
    const dist = join(__dirname, "../../kernel-lib/dist/score/demo-lm");
    for (const name of ["model.onnx", "tokenizer.json", "config.json"]) {
      expect(existsSync(join(dist, name)), name).toBe(true);
      expect(readFileSync(join(dist, name)).equals(readFileSync(join(FOLDER, name))), name).toBe(true);
    }
  });

  it("has a tokenizer that gives the ids it was trained on, one token a special, and every text back", async () => {
    const tokenizer = Tokenizer.fromFile(join(FOLDER, "tokenizer.json"));
    expect(tokenizer.getVocabSize()).toBe(4096);
    for (const { text, ids } of rows) {
      expect((await tokenizer.encode(text)).getIds()).toEqual(ids);
      expect(await tokenizer.decode(ids, false)).toBe(text);
    }
    const specials = ["start", "message", "channel", "constrain", "end", "call", "return"].map(
      (name) => `<|${name}|>`,
    );
    const tokens = (await tokenizer.encode(specials.join(""))).getTokens();
    expect(tokens).toEqual(specials);
    const odd = "naïve 🦜\u0000 \u{1F469}\u200D\u{1F4BB} 他把 \t\r\n";
    expect(await tokenizer.decode((await tokenizer.encode(odd)).getIds(), false)).toBe(odd);
  });

  it("gives torch's NLL of every token within 1e-4, alone and padded on either side", async () => {
    const wanted = rows.map(({ token_nll }) => token_nll);
    const ids = rows.map(({ ids }) => ids);
    const alone: number[][] = [];
    for (const row of ids) alone.push(...(await tokenNll([row], "right")));
    expect(farthest(alone, wanted)).toBeLessThan(1e-4);
    expect(farthest(await tokenNll(ids, "right"), wanted)).toBeLessThan(1e-4);
    expect(farthest(await tokenNll(ids, "left"), wanted)).toBeLessThan(1e-4);
  });

  it("takes 2,048 positions, finite to the last", async () => {
    const long = Array.from({ length: 2048 }, (_, i) => rows[0]!.ids[i % rows[0]!.ids.length]!);
    const [nll] = await tokenNll([long], "right");
    expect(nll!.length).toBe(2047);
    expect(nll!.every(Number.isFinite)).toBe(true);
  });

  it("finds shuffled and random tokens far less likely than the text", async () => {
    const mean = (nll: readonly number[]) => nll.reduce((a, b) => a + b) / nll.length;
    for (const { split, ids } of rows) {
      const shuffled = ids.map((_, i) => ids[(i * 7919 + 13) % ids.length]!); // 7919 is prime to every length here
      expect(new Set(shuffled.keys()).size).toBe(ids.length);
      const random = ids.map((_, i) => 300 + ((i * 7919) % 3700));
      const [clean, mixed, noise] = (await tokenNll([ids, shuffled, random], "right")).map(mean);
      expect(mixed! - clean!, split).toBeGreaterThan(2);
      expect(noise! - clean!, split).toBeGreaterThan(2);
    }
  });
});
