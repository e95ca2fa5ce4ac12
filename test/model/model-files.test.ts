import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { externalDataFiles } from "../../kernel-lib/model/external-data";
import { resolveModel } from "../../kernel-lib/model/model-files";
import { openSession } from "../../kernel-lib/model/session";
import { HubServer } from "../hub/hub-server";
import { logit, makeModel } from "./make-model";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-model-"));
let hub: HubServer;
beforeAll(async () => {
  hub = await HubServer.start();
  hub.kind = "model";
  hub.repo = "acme/student";
});
afterAll(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

describe("resolveModel", () => {
  it("finds the files of a folder, its positions, and an identity that changes with any of them", async () => {
    const path = makeModel(join(folder, "student"), { positions: 512, dataFile: "model.onnx_data" });
    const files = await resolveModel(path);
    const sum = (name: string) => `${sha256(readFileSync(join(path, name)))} ${name}\n`;
    expect(files).toMatchObject({
      ...{ name: "student", folder: path, contextLength: 512, notes: [] },
      onnx: join(path, "model.onnx"),
      tokenizer: join(path, "tokenizer.json"),
      digest: sha256(sum("model.onnx") + sum("model.onnx_data") + sum("tokenizer.json")),
    });
    writeFileSync(join(path, "model.onnx_data"), Buffer.alloc(7));
    expect((await resolveModel(path)).digest).not.toBe(files.digest);
  });

  it("takes onnx/model.onnx, the .onnx file that is named, or the only one", async () => {
    const path = makeModel(join(folder, "exported"));
    mkdirSync(join(path, "onnx"));
    renameSync(join(path, "model.onnx"), join(path, "onnx", "model.onnx"));
    expect((await resolveModel(path)).onnx).toBe(join(path, "onnx", "model.onnx"));
    expect(await resolveModel(join(path, "onnx", "model.onnx"))).toMatchObject({
      name: "exported",
      folder: path,
    });
    renameSync(join(path, "onnx", "model.onnx"), join(path, "onnx", "model_int8.onnx"));
    expect((await resolveModel(path)).onnx).toBe(join(path, "onnx", "model_int8.onnx"));
    writeFileSync(join(path, "onnx", "model_fp16.onnx"), readFileSync(join(path, "onnx", "model_int8.onnx")));
    expect(await refusal(resolveModel(path))).toBe(
      `InputError: model ${path}: several ONNX files and none called model.onnx: onnx/model_fp16.onnx, onnx/model_int8.onnx; say which with file (--model-file)`,
    );
    expect((await resolveModel(path, { file: "onnx/model_fp16.onnx" })).onnx).toMatch(/model_fp16\.onnx$/);
    expect(await refusal(resolveModel(path, { file: "onnx/model_fp61.onnx" }))).toContain(
      "did you mean onnx/model_fp16.onnx",
    );
  });

  it("says what is missing: the folder, the weights, their data, the tokenizer", async () => {
    expect(await refusal(resolveModel("./no-such-model"))).toBe(
      "InputError: model ./no-such-model: no such folder; expected a folder with model.onnx and tokenizer.json, owner/name on the Hub, or demo",
    );
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expect(await refusal(resolveModel(empty))).toMatch(/no \.onnx file in it; export the model first/);
    const bare = makeModel(join(folder, "bare"));
    rmSync(join(bare, "tokenizer.json"));
    expect(await refusal(resolveModel(bare))).toMatch(
      /: no tokenizer\.json in it; save the model's fast tokenizer/,
    );
    const halved = makeModel(join(folder, "halved"), { dataFile: "weights.bin" });
    rmSync(join(halved, "weights.bin"));
    expect(await refusal(resolveModel(halved))).toMatch(
      /: the weights lie in weights\.bin, which is missing; put it beside/,
    );
  });

  it("loads a repository of the Hub into the cache, weights beside the model too, and runs from there", async () => {
    const path = makeModel(join(folder, "served"), { positions: 64, dataFile: "model.onnx_data" });
    for (const name of ["model.onnx", "model.onnx_data"])
      hub.files.set(`onnx/${name}`, { content: readFileSync(join(path, name)), lfs: true });
    for (const name of ["tokenizer.json", "config.json"])
      hub.files.set(name, { content: readFileSync(join(path, name)) });
    hub.files.set("onnx/model_q4.onnx", { content: Buffer.from("never loaded"), lfs: true });
    const options = { endpoint: hub.endpoint, cacheDir: join(folder, "cache"), token: "hf_secret" };
    const files = await resolveModel("acme/student", options);
    expect(files).toMatchObject({ name: "acme/student", contextLength: 64, notes: [] });
    expect(files.onnx).toBe(
      join(folder, "cache", "models--acme--student", "snapshots", hub.commit, "onnx", "model.onnx"),
    );
    expect(files.digest).toBe((await resolveModel(path)).digest);
    expect(hub.contentRequests("onnx/model_q4.onnx")).toEqual([]);
    const session = await openSession(files);
    const one = session.tensor("int64", BigInt64Array.of(4n), [1, 1]);
    const { logits } = await session.run({ input_ids: one, attention_mask: one });
    expect((logits!.data as Float32Array)[3]).toBe(logit(4, 3));
    await session.close();
    expect(await refusal(resolveModel("acme/studnet", options))).toMatch(
      /^InputError: open acme\/studnet: no such model, or the token cannot see it\. Did you mean acme\/student\?/,
    );
    hub.files.delete("tokenizer.json");
    expect(await refusal(resolveModel("acme/student", options))).toMatch(
      /^InputError: model acme\/student at a+: no tokenizer\.json/,
    );
  });
});

describe("externalDataFiles", () => {
  it("finds names of one and of two length bytes, across the pieces in which a file is read", () => {
    const entry = (name: string) => {
      const length = name.length < 128 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
      return Buffer.concat([
        Buffer.from("\x0a\x08location\x12", "latin1"),
        Buffer.from(length),
        Buffer.from(name),
      ]);
    };
    const long = `${"d".repeat(200)}/weights.bin`;
    const path = join(folder, "pieces.onnx");
    const piece = (1 << 24) + 1024;
    writeFileSync(
      path,
      Buffer.concat([
        entry("a.bin"),
        Buffer.alloc(piece - 30),
        entry(long),
        entry("a.bin"),
        entry("../up"),
        entry("/top"),
      ]),
    );
    expect(externalDataFiles(path)).toEqual(["a.bin", long]);
  });
});
