import { expect, test } from "vitest";
import { globTest } from "../../kernel-lib/source/glob";

test.each([
  ["data/train-*", ["data/train-0.parquet"], ["data/x/train-0", "data/trai"]],
  ["**", ["a", "a/b/c.json"], []],
  ["**/*.csv", ["x.csv", "a/b/x.csv"], ["x.csv.gz"]],
  ["a/**", ["a/b", "a/b/c"], ["b/a"]],
  ["part_[0-3]?.{json,jsonl}", ["part_11.json", "part_0x.jsonl"], ["part_41.json", "part_1.json"]],
  ["x[!a].(1)+.txt", ["xb.(1)+.txt"], ["xa.(1)+.txt", "xb(1).txt"]],
  ["./a.json", ["a.json"], ["b/a.json"]],
])("%s", (pattern, yes, no) => {
  const matches = globTest(pattern);
  expect(yes.filter(matches)).toEqual(yes);
  expect(no.filter(matches)).toEqual([]);
});
