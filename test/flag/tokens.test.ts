import { describe, expect, it } from "vitest";
import { tokens } from "../../kernel-lib/flag/tokens";
import { answer, flagRow } from "./flag-rows";

describe("tokens", () => {
  it("counts exactly, specials of a template as the text that they are", async () => {
    // "hello world" is two tokens of o200k; "Please go on." four.
    expect(await flagRow(tokens, answer("hello world"))).toMatchObject({
      ...{ body_tokens: 6, written_tokens: 2, completion_tokens: 2 },
      ...{ too_few_tokens: true, too_many_tokens: false, row_too_long: false },
    });
    expect((await flagRow(tokens, answer("<|end|>"))).completion_tokens).toBeGreaterThan(1);
  });

  it("holds them against the recipes' limits, which are parameters", async () => {
    const long = answer("word ".repeat(3000));
    expect(await flagRow(tokens, long)).toMatchObject({ too_many_tokens: true, row_too_long: false });
    expect(await flagRow(tokens, long, { max: 4000, maxRow: 2000 })).toMatchObject({
      too_many_tokens: false,
      row_too_long: true,
    });
    expect(await flagRow(tokens, answer("word ".repeat(200)))).toMatchObject({
      too_few_tokens: false,
      too_many_tokens: false,
    });
  });
});
