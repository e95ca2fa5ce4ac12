/** A model with a KV cache as Optimum exports it, against the NLL that torch gives (exported-lm/make.py). */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveModel } from "../../kernel-lib/model/model-files";
import { CausalLm, type CausalLmOptions } from "../../kernel-lib/score/causal-lm";
import { temporaryFolder } from "../run/run-cli";

const here = join(__dirname, "../fixtures/exported-lm");
const rows = JSON.parse(readFileSync(join(here, "reference.json"), "utf8")) as {
  readonly ids: readonly number[];
  readonly nll: readonly number[];
}[];

async function nll(options: CausalLmOptions): Promise<number[][]> {
  const folder = join(temporaryFolder(), "exported-lm");
  mkdirSync(folder);
  for (const name of ["model.onnx", "config.json"]) copyFileSync(join(here, name), join(folder, name));
  copyFileSync(
    join(__dirname, "../../kernel-lib/score/demo-lm/tokenizer.json"),
    join(folder, "tokenizer.json"),
  );
  const model = await CausalLm.open(await resolveModel(folder), options);
  try {
    const results = await model.nll(
      rows.map(({ ids }) => ({ ids: Int32Array.from(ids), wanted: new Uint8Array(ids.length).fill(1, 1) })),
    );
    return results.map((result) => ("nll" in result ? [...result.nll] : []));
  } finally {
    await model.close();
  }
}

function farthest(given: readonly (readonly number[])[]): number {
  return Math.max(
    ...rows.flatMap(({ nll }, i) => nll.map((value, j) => Math.abs(value - (given[i]![j] ?? 99)))),
  );
}

describe("a model that Optimum exported with its cache", () => {
  it("gives torch's NLL for rows that run together", async () => {
    expect(farthest(await nll({}))).toBeLessThan(1e-5);
  });

  it("gives torch's NLL for a row that is fed in pieces of 16 positions", async () => {
    expect(farthest(await nll({ logitsBytes: 256 * 4 * 16, batchTokens: 16 }))).toBeLessThan(1e-5);
  });
});
