/** Filters as SQL, executed in a real DuckDB. */
import { describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import { bindParams, paramNames } from "../../kernel-lib/steps/bind-params";
import { type FilterRule, ruleSql } from "../../kernel-lib/steps/filter-sql";

const RULE: FilterRule = { name: "keep_good", nulls: {}, predicate: null, params: {} };

/** Per id: null for kept, a reason, or `?` for undecided. */
async function decide(rows: string, rule: Partial<FilterRule>, tie?: string) {
  const db = await Db.open();
  try {
    const { undecided, reason } = ruleSql({ ...RULE, ...rule }, tie);
    const decided = await db.all<{ id: string; u: boolean; r: string | null }>(
      `select id, ${undecided} as u, ${reason} as r from (${rows}) order by id`,
    );
    return Object.fromEntries(decided.map(({ id, u, r }) => [id, u ? "?" : r]));
  } finally {
    db.close();
  }
}

const SCORES =
  "select * from (values ('a', 0.9, 'math'), ('b', 0.2, 'math'), ('c', null, 'code'), ('d', 0.5, null)) t(id, score, domain)";

describe("a predicate", () => {
  it("keeps, drops with the step's name, and leaves nulls undecided", async () => {
    const decided = await decide(SCORES, { predicate: "score > $least -- of 1", params: { least: 0.4 } });
    expect(decided).toEqual({ a: null, b: "keep_good", c: "?", d: null });
  });

  it("lets the first rule decide that meets a null", async () => {
    const nulls = { domain: "drop", score: "keep" } as const;
    const decided = await decide(SCORES, { predicate: "score > 0.4 and domain = 'math'", nulls });
    expect(decided).toEqual({ a: null, b: "keep_good", c: null, d: "domain_missing" });
  });

  it("takes parameters of all kinds where they are meant, and nowhere else", async () => {
    const params = { least: 0.1, n: 3, word: "it's $n", words: ["a", "b'"], yes: true };
    const text =
      "score > $least and id <> $word and '$n' <> \"id\" /* $n */ and id in $words and $yes and length(id) < $n";
    expect(paramNames(text)).toEqual(["least", "word", "words", "yes", "n"]);
    expect(bindParams(text, params)).toBe(
      "score > (0.1::double) and id <> 'it''s $n' and '$n' <> \"id\" /* $n */ and id in ['a', 'b'''] and true and length(id) < (3)",
    );
    expect(await decide(SCORES, { predicate: text, params })).toEqual({
      a: null,
      b: "keep_good",
      c: "keep_good",
      d: "keep_good",
    });
    for (const odd of ["score > $1", "score > ?", "id = $$x$$", "id = $a$x$a$"]) {
      expect(() => bindParams(odd, { x: 1, a: 1 })).toThrow("expected a name, such as $maxTokens");
    }
    expect(() => bindParams("score > $most", { least: 1 })).toThrow("$most: has no value; given: least");
    expect(() => bindParams("score > $at", { at: Number.NaN })).toThrow("expected a number, text");
  });
});

describe("a group rule", () => {
  const rows =
    "select * from (values ('a', 'p', 3), ('b', 'p', 5), ('c', 'p', 4), ('d', 'q', 1), ('e', null, 9), ('f', 'p', null), ('g', 'r', 2), ('h', 'r', 2)) t(id, problem, score)";
  const group = { by: ["problem"], keep: 2, order: [{ column: "score", descending: true }] };

  it("keeps the first of each group, and takes no place for rows without a value", async () => {
    const decided = await decide(rows, { group: { ...group, keep: "k" }, params: { k: 1 } }, "id");
    expect(decided).toEqual({
      a: "keep_good",
      b: null,
      c: "keep_good",
      d: null,
      e: "?",
      f: "?",
      g: null,
      h: "keep_good",
    });
  });

  it("follows rules for nulls, or their place in the order", async () => {
    const ruled = await decide(rows, { group, nulls: { problem: "keep", score: "drop" } }, "id");
    expect([ruled.e, ruled.f, ruled.a]).toEqual([null, "score_missing", "keep_good"]);
    const order = [{ column: "score", descending: true, nulls: "first" as const }];
    const placed = await decide(rows, { group: { ...group, order }, nulls: { problem: "drop" } }, "id");
    expect([placed.f, placed.b, placed.c, placed.e]).toEqual([null, null, "keep_good", "problem_missing"]);
  });
});
