import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveModel } from "../../kernel-lib/model/model-files";
import { type Encoding, openTokenizer } from "../../kernel-lib/model/tokenizer";
import { CausalLm, type CausalLmOptions, type LmResult, type LmRow } from "../../kernel-lib/score/causal-lm";
import { prepareRow } from "../../kernel-lib/score/prepare-row";
import { bigram, bigramNll, logit, type ModelShape, makeModel, VOCABULARY } from "../model/make-model";
import type { Graph } from "../model/tiny-onnx";
import { references, tinylm } from "./tinylm";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-lm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
async function open(shape: ModelShape = {}, options: CausalLmOptions = {}): Promise<CausalLm> {
  return await CausalLm.open(await resolveModel(makeModel(join(folder, `m${made++}`), shape)), options);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** A row of `length` tokens; each third one and the last are wanted. */
function row(length: number, seed: number, size = VOCABULARY.length): LmRow {
  const ids = Int32Array.from({ length }, (_, i) => (i * i * 7 + seed * 13 + i) % size);
  const wanted = Uint8Array.from({ length }, (_, i) =>
    i > 0 && (i % 3 === seed % 3 || i === length - 1) ? 1 : 0,
  );
  return { ids, wanted };
}

const ROWS = [5, 17, 2, 40, 17, 3, 64, 1, 29].map((length, i) => row(length, i));

function expected(
  { ids, wanted }: LmRow,
  nll: (i: number) => number = (i) => bigramNll(ids[i - 1]!, ids[i]!),
): number[] {
  return [...ids.keys()].filter((i) => wanted[i] === 1).map(nll);
}

function values(results: readonly LmResult[]): number[][] {
  return results.map((result) => ("nll" in result ? [...result.nll] : [Number.NaN]));
}

function expectClose(got: readonly number[][], wanted: readonly number[][], within = 5e-6): void {
  expect(got.map((list) => list.length)).toEqual(wanted.map((list) => list.length));
  expect(
    Math.max(0, ...got.flatMap((list, i) => list.map((value, j) => Math.abs(value - wanted[i]![j]!)))),
  ).toBeLessThan(within);
}

/**
 * The bigram with a cache: it holds the tokens that were seen (as numbers), and every logit of the token is multiplied by
 * 1 + their sum / 1000, so that a piece that lost the ones before it gives other numbers.
 */
function cached(type: "float32" | "float16", extra: Graph["inputs"] = []) {
  return (table: Float32Array, size: number): Graph => {
    const plain = bigram(table, size);
    const constant = (name: string, ...data: readonly number[]) => ({
      ...{ name, type: "int64" as const, dims: [data.length], data: BigInt64Array.from(data, BigInt) },
    });
    return {
      inputs: [
        ...plain.inputs,
        { name: "position_ids", type: "int64", shape: ["batch", "seq"] },
        { name: "past_key_values.0.key", type, shape: ["batch", 1, "past_sequence_length", 1] },
        ...extra,
      ],
      outputs: [
        ...plain.outputs,
        { name: "present.0.key", type, shape: ["batch", 1, "past_sequence_length + sequence_length", 1] },
      ],
      initializers: [
        ...plain.initializers!,
        constant("column", 0, 1, -1, 1),
        constant("rows", 0, -1),
        constant("axis", 1),
        constant("end", 1 << 30),
        constant("last", 2),
        { name: "thousandth", type: "float32", dims: [1], data: Float32Array.of(0.001) },
        { name: "one", type: "float32", dims: [1], data: Float32Array.of(1) },
      ],
      nodes: [
        { op: "Gather", inputs: ["table", "input_ids"], outputs: ["raw"] },
        // Positions count too, so that they must go on where the last piece ended.
        { op: "Add", inputs: ["input_ids", "position_ids"], outputs: ["seen"] },
        {
          op: "Cast",
          inputs: ["seen"],
          outputs: ["number"],
          attributes: { to: type === "float16" ? 10 : 1 },
        },
        { op: "Reshape", inputs: ["number", "column"], outputs: ["new"] },
        {
          op: "Concat",
          inputs: ["past_key_values.0.key", "new"],
          outputs: ["present.0.key"],
          attributes: { axis: 2 },
        },
        { op: "Cast", inputs: ["present.0.key"], outputs: ["wide"], attributes: { to: 1 } },
        { op: "Reshape", inputs: ["wide", "rows"], outputs: ["flat"] },
        { op: "CumSum", inputs: ["flat", "axis"], outputs: ["sums"] },
        { op: "Shape", inputs: ["input_ids"], outputs: ["sizes"], attributes: { start: 1 } },
        { op: "Neg", inputs: ["sizes"], outputs: ["begin"] },
        { op: "Slice", inputs: ["sums", "begin", "end", "axis"], outputs: ["own"] },
        { op: "Unsqueeze", inputs: ["own", "last"], outputs: ["column_of_sums"] },
        { op: "Mul", inputs: ["column_of_sums", "thousandth"], outputs: ["small"] },
        { op: "Add", inputs: ["small", "one"], outputs: ["factor"] },
        { op: "Mul", inputs: ["raw", "factor"], outputs: ["logits"] },
      ],
    };
  };
}

/** What `cached` gives, from its definition. */
function cachedNll({ ids }: LmRow): (i: number) => number {
  return (i) => {
    let sum = 0;
    for (let k = 0; k < i; k++) sum += ids[k]! + k;
    const factor = 1 + sum / 1000;
    const logits = VOCABULARY.map((_, next) => logit(ids[i - 1]!, next) * factor);
    const max = Math.max(...logits);
    return max + Math.log(logits.reduce((total, x) => total + Math.exp(x - max), 0)) - logits[ids[i]!]!;
  };
}

describe("CausalLm", () => {
  it("gives the NLL of the wanted tokens, in the order of the rows whatever runs together", async () => {
    const wanted = ROWS.map((each) => expected(each));
    for (const batchTokens of [1, 64, 10_000]) {
      const model = await open({}, { batchTokens });
      expectClose(values(await model.nll(ROWS)), wanted);
      await model.close();
    }
  });

  it("cuts batches and rows to the memory that logits may take, and feeds pieces with the cache", async () => {
    const bytes = VOCABULARY.length * 4;
    for (const type of ["float32", "float16"] as const) {
      const wanted = ROWS.map((each) => expected(each, cachedNll(each)));
      for (const logitsBytes of [bytes * 16, bytes * 20, 1e9]) {
        const model = await open({ graph: cached(type) }, { logitsBytes });
        // float16 holds whole numbers up to 2,048 exactly; sums are float32.
        expectClose(values(await model.nll(ROWS)), wanted, 2e-4);
        await model.close();
      }
    }
  });

  it("asks for the last logits only where the model has an input for it", async () => {
    const graph = (table: Float32Array, size: number): Graph => {
      const plain = bigram(table, size);
      return {
        ...plain,
        inputs: [...plain.inputs, { name: "num_logits_to_keep", type: "int64", shape: [] }],
        initializers: [
          ...plain.initializers!,
          { name: "axis", type: "int64", dims: [1], data: BigInt64Array.of(1n) },
          { name: "end", type: "int64", dims: [1], data: BigInt64Array.of(1n << 30n) },
        ],
        nodes: [
          { op: "Gather", inputs: ["table", "input_ids"], outputs: ["all"] },
          { op: "Unsqueeze", inputs: ["num_logits_to_keep", "zero"], outputs: ["kept"] },
          { op: "Neg", inputs: ["kept"], outputs: ["begin"] },
          { op: "Slice", inputs: ["all", "begin", "end", "axis"], outputs: ["logits"] },
        ],
      };
    };
    const model = await open({
      graph: (table, size) => {
        const with0 = graph(table, size);
        const zero = { name: "zero", type: "int64" as const, dims: [1], data: BigInt64Array.of(0n) };
        return { ...with0, initializers: [...with0.initializers!, zero] };
      },
    });
    const late = ROWS.map(({ ids, wanted }) => ({
      ids,
      wanted: wanted.map((bit, i) => (i > ids.length / 2 ? bit : 0)),
    }));
    expectClose(
      values(await model.nll(late)),
      late.map((each) => expected(each)),
    );
    await model.close();
  });

  it("reads float16 logits", async () => {
    const graph = (table: Float32Array, size: number): Graph => {
      const plain = bigram(table, size);
      return {
        ...plain,
        outputs: [{ ...plain.outputs[0]!, type: "float16" }],
        nodes: [
          { op: "Gather", inputs: ["table", "input_ids"], outputs: ["wide"] },
          { op: "Cast", inputs: ["wide"], outputs: ["logits"], attributes: { to: 10 } },
        ],
      };
    };
    const model = await open({ graph });
    expectClose(
      values(await model.nll(ROWS)),
      ROWS.map((each) => expected(each)),
      4e-3,
    );
    await model.close();
  });

  it("gives rows with NaN logits a reason, and the others their scores", async () => {
    const model = await open({ nan: "q" });
    const q = VOCABULARY.indexOf("q");
    const good = { ids: Int32Array.of(8, 9, 10), wanted: Uint8Array.of(0, 1, 1) };
    const unasked = { ids: Int32Array.of(8, q, 10, 9), wanted: Uint8Array.of(0, 1, 0, 1) };
    const bad = { ids: Int32Array.of(8, q, 10), wanted: Uint8Array.of(0, 1, 1) };
    const results = await model.nll([good, bad, unasked]);
    expect(results[1]).toEqual({ reason: "nan_logits", detail: "1 of 2 tokens" });
    expectClose(values([results[0]!, results[2]!]), [expected(good), expected(unasked)]);
    await model.close();
  });

  it("says which rows are longer than the model's positions, stated or found out", async () => {
    const stated = await open({ positions: 40 });
    expect(
      (await stated.nll([row(41, 1), row(42, 2)])).map((result) => ("nll" in result ? "scored" : result)),
    ).toEqual(["scored", { reason: "too_long", detail: "42 tokens, the model has 40 positions" }]);
    await stated.close();
    // A table of 33 positions is added to the logits: what is beyond it fails inside the model.
    const graph = (table: Float32Array, size: number): Graph => {
      const plain = bigram(table, size);
      const none = new Float32Array(33 * size);
      return {
        ...plain,
        inputs: [...plain.inputs, { name: "position_ids", type: "int64", shape: ["batch", "seq"] }],
        initializers: [
          ...plain.initializers!,
          { name: "places", type: "float32", dims: [33, size], data: none },
        ],
        nodes: [
          { op: "Gather", inputs: ["table", "input_ids"], outputs: ["tokens"] },
          { op: "Gather", inputs: ["places", "position_ids"], outputs: ["place"] },
          { op: "Add", inputs: ["tokens", "place"], outputs: ["logits"] },
        ],
      };
    };
    const silent = await open({ graph });
    const results = await silent.nll(ROWS);
    const late = ROWS.map(({ ids }) => ids.length - 1 > 33);
    expect(results.map((result) => !("nll" in result) && result.detail)).toEqual(
      ROWS.map(({ ids }, i) => late[i] && `${ids.length} tokens, the model has 33 positions`),
    );
    expect(silent.positions).toBe(33);
    const others = ROWS.filter((_, i) => !late[i]);
    expectClose(
      values(results.filter((_, i) => !late[i])),
      others.map((each) => expected(each)),
    );
    await silent.close();
  });

  it("refuses a tokenizer that has more tokens than the model, and models that give no logits", async () => {
    const small = await open({
      vocabulary: 10,
      // The embedding wraps around, so that only the logits are too few.
      graph: (table, size) => {
        const plain = bigram(table, size);
        const ten = { name: "ten", type: "int64" as const, dims: [1], data: BigInt64Array.of(10n) };
        return {
          ...plain,
          initializers: [...plain.initializers!, ten],
          nodes: [
            { op: "Mod", inputs: ["input_ids", "ten"], outputs: ["small"] },
            { ...plain.nodes[0]!, inputs: ["table", "small"] },
          ],
        };
      },
    });
    expect(await refusal(small.nll([row(12, 1)]))).toMatch(
      /^InputError: model m\d+: its tokenizer gives the token \d+, but the model knows 10 tokens \(0 to 9\): tokenizer\.json belongs to another model$/,
    );
    await small.close();
    // As when tokens were added to a tokenizer and the model's embedding was left as it was: here in the prompt only.
    const left = await open({ vocabulary: 30 });
    const prompted = { ids: Int32Array.of(35, 8, 9, 10), wanted: Uint8Array.of(0, 0, 1, 1) };
    expect(await refusal(left.nll([prompted]))).toMatch(
      /: its tokenizer gives the token 35, but the model knows 30 tokens \(0 to 29\)/,
    );
    expect(left.positions).toBeNull();
    await left.close();
    const features = {
      graph: (table: Float32Array, size: number): Graph => {
        const plain = bigram(table, size);
        return {
          ...plain,
          outputs: [{ ...plain.outputs[0]!, name: "last_hidden_state" }],
          nodes: [{ ...plain.nodes[0]!, outputs: ["last_hidden_state"] }],
        };
      },
    };
    expect(await refusal(open(features))).toMatch(
      /: has no output logits; it has last_hidden_state float32 \[batch, seq, \d+\]: is it a causal language model/,
    );
    const heads = {
      name: "past_key_values.0.value",
      type: "float32" as const,
      shape: ["batch", "heads", "past", 1],
    };
    expect(await refusal(open({ graph: cached("float32", [heads]) }))).toMatch(
      /cannot make an empty cache for past_key_values\.0\.value float32 \[batch, heads, past, 1\]: heads and their size must be numbers/,
    );
  });
});

describe.skipIf(tinylm === null)("a model that torch scored (skipped where it is not there)", () => {
  it("has torch's NLL of every token, whatever runs together, and its counts under all masks", async () => {
    const files = await resolveModel(tinylm!);
    const tokenizer = await openTokenizer(files.tokenizer);
    const rows = references();
    const encodings = await tokenizer.encodeBatch(rows.map(({ text }) => text));
    expect(encodings.map(({ ids }) => ids.length)).toEqual(rows.map((each) => each.n_tokens));
    const model = await CausalLm.open(files);
    const all = encodings.map(({ ids }) => ({ ids, wanted: new Uint8Array(ids.length).fill(1, 1) }));
    const found = values(await model.nll(all));
    const told = rows.flatMap(({ token_nll }, i) => (token_nll ? [{ i, token_nll }] : []));
    expect(told.length).toBeGreaterThan(30);
    expectClose(
      told.map(({ i }) => found[i]!),
      told.map(({ token_nll }) => [...token_nll]),
      1e-4,
    );
    const some = all.flatMap((_, i) => (i % 25 === 0 ? [i] : []));
    const alone = await CausalLm.open(files, { batchTokens: 1 });
    expectClose(
      values(await alone.nll(some.map((i) => all[i]!))),
      some.map((i) => found[i]!),
      2e-5,
    );
    await alone.close();

    for (const mode of ["assistant_all", "assistant_last"] as const) {
      for (const includeStop of [false, true]) {
        const prepared = rows.map(({ text }, i) =>
          prepareRow(text, mode, encodings[i]!, { includeStop, maxLength: null }),
        );
        const nll = prepared.map(({ wanted }, i) => found[i]!.filter((_, k) => wanted[k + 1] === 1));
        const reference = rows.map((each) => each[`${mode}${includeStop ? "_with_stop" : ""}`]);
        expect(nll.map((list) => list.length)).toEqual(reference.map((each) => each.completion_token_count));
        expectClose(
          nll.map((list) => [list.reduce((a, b) => a + b, 0) / list.length]),
          reference.map(({ nll_mean }) => [nll_mean]),
          1e-4,
        );
        // Asked for alone, with others than before in a batch, they are the same.
        const few = some.map((i) => prepared[i]!);
        expectClose(
          values(await model.nll(few)),
          some.map((i) => nll[i]!),
          2e-5,
        );
      }
    }
    await model.close();

    // Rows whose answers were shuffled or replaced by garbage are surprising: the larger NLL tells them from clean ones.
    const means = prepareAll(rows, encodings).map(({ wanted }, i) => {
      const nll = found[i]!.filter((_, k) => wanted[k + 1] === 1);
      return { variant: rows[i]!.variant, mean: nll.reduce((a, b) => a + b, 0) / nll.length };
    });
    const of = (...variants: readonly string[]) =>
      means.filter(({ variant }) => variants.includes(variant)).map(({ mean }) => mean);
    for (const spoilt of [["shuffled"], ["garbage"], ["shuffled", "garbage"]])
      expect(auc(of(...spoilt), of("clean"))).toBeGreaterThanOrEqual(0.95);
  });
});

function prepareAll(rows: readonly { readonly text: string }[], encodings: readonly Encoding[]) {
  return rows.map(({ text }, i) =>
    prepareRow(text, "assistant_all", encodings[i]!, { includeStop: false, maxLength: null }),
  );
}

/** Share of pairs in which the first is larger, ties half. */
function auc(larger: readonly number[], smaller: readonly number[]): number {
  const pairs = larger.flatMap((a) => smaller.map((b) => (a > b ? 1 : a === b ? 0.5 : 0) as number));
  return pairs.reduce((sum, won) => sum + won, 0) / pairs.length;
}
