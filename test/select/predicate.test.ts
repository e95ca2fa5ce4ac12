import { afterAll, beforeAll, expect, test } from "vitest";
import { Db } from "../../kernel-lib/db";
import { checkPredicate } from "../../kernel-lib/select/predicate";

const COLUMNS = [
  { name: "text", type: "VARCHAR" },
  { name: "meta_tags", type: "VARCHAR[]" },
  { name: "stats_approx_tokens", type: "BIGINT" },
  { name: "messages", type: "STRUCT(role VARCHAR, content VARCHAR)[]" },
];
let db: Db;
beforeAll(async () => {
  db = await Db.open();
});
afterAll(() => db.close());

test.each([
  "stats_approx_tokens < 500 -- short ones",
  "text LIKE '%;%' AND NOT (text = ')')",
  "len(list_filter(meta_tags, t -> t = 'x')) > 0",
  "len(list_filter(meta_tags, lambda t: t = 'x')) > 0",
  "messages[1].role = 'user' and length(text) between 1 and 10",
  "list_contains(meta_tags, 'a') or list_max(meta_tags) = 'b'",
  "TEXT is not null",
])("%s is a predicate", async (predicate) => {
  await expect(checkPredicate(db, "p", predicate, COLUMNS)).resolves.toBeUndefined();
});

test.each([
  ["", /pool p: nothing in ""/],
  ["true; drop table x", /syntax error/],
  ["true) from range(3) where (true", /more than one expression/],
  ["true), (false", /more than one expression/],
  ["exists(select 1)", /a sub-query/],
  ["row_number() over () = 1", /a window function/],
  ["count(text) > 1", /count\(\), which is taken over many rows/],
  ["random() < 0.1", /random\(\), whose result changes from run to run/],
  ["current_date > '2020-01-01'::DATE", /no column current_date|changes from run to run/],
  ["txt = 'a'", /no column txt \(nearest: text\)/],
  ["stats_approx_tokens + 1", /a BIGINT instead of a BOOLEAN/],
  ["nosuchfunction(text)", /nosuchfunction/],
])("%s is refused", async (predicate, message) => {
  await expect(checkPredicate(db, "p", predicate, COLUMNS)).rejects.toThrow(message);
});
