import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveModel } from "../../kernel-lib/model/model-files";
import { openSession } from "../../kernel-lib/model/session";
import { bigram, logit, makeModel, VOCABULARY } from "./make-model";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-model-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe("openSession", () => {
  it("runs a model by the names and types that it declares", async () => {
    const session = await openSession(await resolveModel(makeModel(join(folder, "plain"))));
    expect(session.inputs).toEqual([
      { name: "input_ids", type: "int64", shape: ["batch", "seq"] },
      { name: "attention_mask", type: "int64", shape: ["batch", "seq"] },
    ]);
    expect(session.outputs).toEqual([
      { name: "logits", type: "float32", shape: ["batch", "seq", VOCABULARY.length] },
    ]);
    const { logits } = await session.run({
      input_ids: session.tensor("int64", BigInt64Array.of(3n, 7n), [1, 2]),
      attention_mask: session.tensor("int64", BigInt64Array.of(1n, 1n), [1, 2]),
    });
    expect(logits!.dims).toEqual([1, 2, VOCABULARY.length]);
    expect((logits!.data as Float32Array)[VOCABULARY.length + 5]).toBe(logit(7, 5));
    await session.close();
  });

  it("reads weights that lie in a file beside the model", async () => {
    const session = await openSession(
      await resolveModel(makeModel(join(folder, "beside"), { dataFile: "model.onnx_data" })),
    );
    const one = session.tensor("int64", BigInt64Array.of(2n), [1, 1]);
    const { logits } = await session.run({ input_ids: one, attention_mask: one });
    expect((logits!.data as Float32Array)[9]).toBe(logit(2, 9));
    await session.close();
  });

  it("says that an ONNX file is cut short", async () => {
    const cut = makeModel(join(folder, "cut"));
    const bytes = readFileSync(join(cut, "model.onnx"));
    writeFileSync(join(cut, "model.onnx"), bytes.subarray(0, bytes.length - 1000));
    expect(await refusal(resolveModel(cut).then((files) => openSession(files)))).toMatch(
      /^InputError: model cut: model\.onnx \([\d,]+ bytes\) is no whole ONNX model: a download that was cut short\? Load it again \(onnxruntime: /,
    );
  });

  it("refuses inputs that the caller cannot feed, and models of something else than text", async () => {
    const graph = (ids: string) => (table: Float32Array, size: number) => {
      const plain = bigram(table, size);
      return {
        ...plain,
        inputs: [
          { ...plain.inputs[0]!, name: ids },
          { name: "pixel_values", type: "float32" as const, shape: ["batch", 3, 224, 224] },
        ],
        nodes: [{ ...plain.nodes[0]!, inputs: ["table", ids] }],
      };
    };
    const images = await resolveModel(makeModel(join(folder, "images"), { graph: graph("input_ids") }));
    expect(await refusal(openSession(images, { knows: (name) => name === "input_ids" }))).toBe(
      "InputError: model images: wants pixel_values float32 [batch, 3, 224, 224], which is not known here; expected the inputs of a text model (input_ids, attention_mask, position_ids, past_key_values.…): export it for text generation or feature extraction",
    );
    const audio = await resolveModel(makeModel(join(folder, "audio"), { graph: graph("frames") }));
    expect(await refusal(openSession(audio))).toBe(
      "InputError: model audio: has no input input_ids; it has frames int64 [batch, seq], pixel_values float32 [batch, 3, 224, 224]: is it a text model?",
    );
  });

  it("refuses a device that this onnxruntime has no provider for, and says how it is installed", async () => {
    const files = await resolveModel(makeModel(join(folder, "cuda")));
    expect(await refusal(openSession(files, { device: "cuda" }))).toMatch(
      /^InputError: device cuda: .*install\.js --onnxruntime-node-install=cuda12.*leave --device out/,
    );
  });
});
