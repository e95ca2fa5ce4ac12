import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openTokenizer } from "../../kernel-lib/model/tokenizer";
import { makeModel, VOCABULARY } from "./make-model";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-tokenizer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(makeModel(join(folder, "model")), "tokenizer.json");

describe("openTokenizer", () => {
  it("gives ids and UTF-16 offsets, also after characters of two units and lone surrogates", async () => {
    const tokenizer = await openTokenizer(path);
    const text = "<|start|>a\u{1f642}b\ud800c<|end|>";
    const { ids, starts, ends } = await tokenizer.encode(text);
    expect([...ids].map((id) => VOCABULARY[id])).toEqual([
      "<|start|>",
      "a",
      "<unk>",
      "b",
      "<unk>",
      "c",
      "<|end|>",
    ]);
    expect([...starts].map((start, i) => text.slice(start, ends[i]))).toEqual([
      ..."<|start|>,a,\u{1f642},b,\ud800,c,<|end|>".split(","),
    ]);
  });

  it("encodes a batch as it does single texts, the empty one too", async () => {
    const tokenizer = await openTokenizer(path);
    const texts = ["abc", "", "x <|message|>"];
    expect(await tokenizer.encodeBatch(texts)).toEqual(
      await Promise.all(texts.map((text) => tokenizer.encode(text))),
    );
    expect(await tokenizer.encodeBatch([])).toEqual([]);
  });

  it("knows how many ids there are and what they are", async () => {
    const tokenizer = await openTokenizer(path);
    expect(tokenizer.vocabularySize).toBe(VOCABULARY.length);
    expect([tokenizer.tokenText(2), tokenizer.tokenText(VOCABULARY.length)]).toEqual(["<|end|>", null]);
  });

  it("says that a file is missing or no tokenizer", async () => {
    writeFileSync(join(folder, "broken.json"), '{"model": ');
    await expect(openTokenizer(join(folder, "none.json"))).rejects.toThrow(
      /^tokenizer .*none\.json: no such file/,
    );
    await expect(openTokenizer(join(folder, "broken.json"))).rejects.toThrow(
      /^tokenizer .*broken\.json: cannot be read \(.*\); expected a tokenizer\.json/,
    );
  });
});
