/** Request and answer compared by vectors. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openEncoder } from "../../kernel-lib/embed/open-encoder";
import { resolveEncoder } from "../../kernel-lib/embed/resolve-encoder";
import { flag } from "../../kernel-lib/run/flag";
import { similarityFlag } from "../../kernel-lib/run/similarity-flag";
import { open } from "../../kernel-lib/table/open";
import { cli, readJson, temporaryFolder } from "./run-cli";

const folder = temporaryFolder();
const run = join(folder, "run");
const PAIRS = [
  ["Why does bread rise in the oven?", "Bread rises in the oven because gas in the dough expands."],
  ["Why does bread rise in the oven?", "Parliament adjourned yesterday after a budget vote."],
  ["Why does bread rise in the oven?", ""],
] as const;

beforeAll(() => {
  const source = join(folder, "rows.jsonl");
  const rows = PAIRS.map(([prompt, answer]) => ({
    messages: [
      { role: "user", content: prompt },
      { role: "assistant", content: answer },
    ],
  }));
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  expect(cli(["normalize", source, "--out", run]).code).toBe(0);
});

describe("the similarity of request and answer", () => {
  it("is there when a model is given: the cosine of their vectors, or why there is none", async () => {
    const { code, stdout } = cli(["flag", run, "--similarity", "words"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "flags/prompt_similarity.v1: prompt_similarity, prompt_similarity_truncated, prompt_similarity_reason",
    );
    const rows = await (await open(run))
      .sql(
        "select prompt_similarity as near, prompt_similarity_reason as why, prompt_similarity_truncated as cut from this order by source_row",
      )
      .toArray();
    const spec = await resolveEncoder("words");
    const { vectors } = await (await openEncoder(spec)).encode(PAIRS.slice(0, 2).flat());
    const cosine = (a: number, b: number) =>
      vectors[a]!.reduce((sum, one, i) => sum + one * vectors[b]![i]!, 0);
    expect(rows[0]).toMatchObject({ why: null, cut: false });
    expect(rows[0]!.near).toBeCloseTo(cosine(0, 1), 5);
    expect(rows[1]!.near).toBeCloseTo(cosine(2, 3), 5);
    expect(Number(rows[0]!.near)).toBeGreaterThan(Number(rows[1]!.near) + 0.2);
    expect(rows[2]).toEqual({ near: null, why: "no_completion", cut: null });
    expect(readJson<Record<string, unknown>>(run, "flags/prompt_similarity.v1/flag.json")).toMatchObject({
      similarity: { model: "words", maxTokens: spec.maxTokens },
    });
    const again = await flag(await open(run), [await similarityFlag("words")]);
    const same = "prompt_similarity is not distinct from prompt_similarity_prompt_similarity";
    expect(await again.filter(same).count()).toBe(3);
  });
});
