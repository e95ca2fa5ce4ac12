import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { cutTokens } from "../../kernel-lib/model/cut-tokens";
import { openTokenizer } from "../../kernel-lib/model/tokenizer";
import { makeModel } from "./make-model";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-cut-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("cuts a text to what is left between the marks, and refuses a length that leaves nothing", async () => {
  const tokenizer = await openTokenizer(join(makeModel(folder), "tokenizer.json"));
  const tokens = { tokenizer, before: [101], after: [102] };
  const { ids } = await tokenizer.encode("dice");
  const [cut, whole] = await cutTokens(tokens, ["dice", "d"], { maxTokens: 3 });
  expect(cut).toEqual({ ids: Int32Array.of(101, ids[0]!, 102), truncated: true });
  expect(whole).toEqual({ ids: Int32Array.of(101, ids[0]!, 102), truncated: false });
  for (const maxTokens of [1, 2])
    await expect(cutTokens(tokens, ["dice"], { maxTokens })).rejects.toThrow(
      "give at least 3 (--max-tokens)",
    );
});
