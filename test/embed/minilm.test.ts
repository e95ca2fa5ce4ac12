/** A real sentence model against Python's onnxruntime and tokenizers; skipped, and said so, where its files are absent. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Encoder } from "../../kernel-lib/embed/encoder";
import { openEncoder } from "../../kernel-lib/embed/open-encoder";
import { normalizeRows, pool } from "../../kernel-lib/embed/pooling";
import { resolveEncoder } from "../../kernel-lib/embed/resolve-encoder";
import { openSession } from "../../kernel-lib/model/session";

const MODEL = join(__dirname, "..", "..", "..", "shared", "models", "minilm-l6-v2");
const present = existsSync(join(MODEL, "model.onnx"));
if (!present) console.warn(`skipped: no all-MiniLM-L6-v2 at ${MODEL}`);

interface Reference {
  readonly text: string;
  readonly tokens: number;
  readonly vector: readonly number[];
}
/** Made by minilm-reference.py. */
const reference = JSON.parse(readFileSync(join(__dirname, "minilm-reference.json"), "utf8")) as Reference[];

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return dot / Math.sqrt(aa * bb);
}

describe.skipIf(!present)("all-MiniLM-L6-v2", () => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await openEncoder(await resolveEncoder(MODEL));
  });

  it("gives the vectors that Python gives, padded beside longer texts or not", async () => {
    const { vectors, tokens, truncated } = await encoder.encode(reference.map(({ text }) => text));
    expect(tokens).toEqual(reference.map((one) => one.tokens));
    expect(truncated).toEqual(reference.map(({ text }) => text.length > 2000));
    for (const [i, { text, vector }] of reference.entries()) {
      expect(cosine(vectors[i]!, vector)).toBeGreaterThan(0.9999);
      const alone = await encoder.encode([text]);
      expect(cosine(alone.vectors[0]!, vectors[i]!)).toBeGreaterThan(0.999999);
    }
  });

  it("has a pooled output that equals the room's own mean over last_hidden_state", async () => {
    const { files } = (await resolveEncoder(MODEL)) as { files: Parameters<typeof openSession>[0] };
    const session = await openSession(files);
    const ids = [
      [101, 7592, 2088, 102, 0, 0],
      [101, 2019, 15429, 2005, 1996, 102],
    ];
    const tensor = (rows: number[][]) =>
      session.tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [2, 6]);
    const mask = ids.map((row) => row.map((id) => (id === 0 ? 0 : 1)));
    const out = await session.run({ input_ids: tensor(ids), attention_mask: tensor(mask) });
    const own = pool(
      out.last_hidden_state!.data as Float32Array,
      { tokens: 6, dimensions: 384, lengths: [4, 6] },
      "mean",
    );
    normalizeRows(own, 384);
    const theirs = out.embedding!.data as Float32Array;
    for (const i of [0, 384])
      expect(cosine(own.subarray(i, i + 384), theirs.subarray(i, i + 384))).toBeGreaterThan(0.999999);
    await session.close();
  });

  it("computes equal texts once and says what was cut", async () => {
    const short = await openEncoder(await resolveEncoder(MODEL, { maxTokens: 8 }));
    const texts = ["one two three four five six", "one two three four five six seven", "", "one two three"];
    const { tokens, truncated } = await short.encode([...texts, ...texts]);
    expect(tokens).toEqual([8, 8, 2, 5, 8, 8, 2, 5]);
    expect(truncated).toEqual([false, true, false, false, false, true, false, false]);
  });
});

describe("a model that is no encoder", () => {
  it.skipIf(!existsSync(join(MODEL, "..", "tinylm")))("is refused by its outputs", async () => {
    await expect(openEncoder(await resolveEncoder(join(MODEL, "..", "tinylm")))).rejects.toThrow(
      "expected one of sentence_embedding, embedding",
    );
  });
});
