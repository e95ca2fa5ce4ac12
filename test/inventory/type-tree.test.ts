import { describe, expect, it } from "vitest";
import { MAX_FIELDS } from "../../kernel-lib/inventory/type-place";
import { TypeTree } from "../../kernel-lib/inventory/type-tree";

function treeOf(...texts: string[]): TypeTree {
  const tree = new TypeTree();
  for (const text of texts) {
    JSON.parse(text);
    tree.add(text);
  }
  return tree;
}

describe("TypeTree", () => {
  it("tells the seven types of JSON apart", () => {
    const texts = ["null", "true", "3", "-3.0", "1e5", '"x"', "[]", "{}"];
    expect(texts.map((text) => new TypeTree().add(text))).toEqual([
      "null",
      "bool",
      "int",
      "float",
      "float",
      "string",
      "list",
      "dict",
    ]);
    expect(treeOf(...texts).counts()).toEqual([1, 1, 1, 2, 1, 1, 1]);
  });

  it("writes nested types out, with alternatives and fields that may be missing", () => {
    const tree = treeOf(
      '[{"role": "user", "content": "hi"}, {"role": "tool", "content": {"a": 1.0}}]',
      '[ { "role" : "user" , "content" : [ 1 , 2 ], "name": null } ]',
    );
    expect(tree.written()).toBe(
      "list<struct<role: string, content: string | list<int> | struct<a: float>, name?: null>>",
    );
  });

  it("reads keys in any order, escaped, twice, and brackets inside strings", () => {
    const tree = treeOf('{"a": 1, "b": "}]\\""}', '{"b": "{[", "a": 2}', '{"\\u0061": 3, "b": "x", "b": 4}');
    expect(tree.written()).toBe("struct<a: int, b: int | string>");
  });

  it("calls an object with too many different keys a map", () => {
    const keys = (from: number, to: number) =>
      `{${Array.from({ length: to - from }, (_, i) => `"k${from + i}": ${i % 2 ? "1" : '"x"'}`).join(",")}}`;
    expect(treeOf(keys(0, MAX_FIELDS)).written()).toMatch(/^struct<k0: string, k1: int/);
    expect(treeOf(keys(0, MAX_FIELDS + 1)).written()).toBe("map<string, int | string>");
    const left = treeOf(keys(0, 150));
    left.merge(treeOf(keys(140, 290)));
    expect(left.written()).toBe("map<string, int | string>");
  });

  it("stays small whatever the number of keys, and survives any depth", () => {
    const tree = new TypeTree();
    for (let i = 0; i < 20_000; i++) tree.add(`{"free${i}": {"form${i}": [${i}]}}`);
    expect(tree.written()).toBe("map<string, map<string, list<int>>>");
    expect(JSON.stringify(tree.toJson()).length).toBeLessThan(1000);
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    expect(treeOf(deep).written()).toBe(`${"list<".repeat(10)}list${">".repeat(10)}`);
  });

  it("gives the same tree wherever the values were cut", () => {
    const texts = Array.from(
      { length: 300 },
      (_, i) => `{"k${i}": {"x": ${i % 3 === 0 ? "1" : i % 3 === 1 ? "1.5" : "null"}}, "all": [${i}]}`,
    );
    const whole = treeOf(...texts);
    for (const cut of [1, 150, 250]) {
      const merged = TypeTree.fromJson(JSON.parse(JSON.stringify(treeOf(...texts.slice(0, cut)).toJson())));
      merged.merge(treeOf(...texts.slice(cut)));
      expect(merged.toJson()).toEqual(whole.toJson());
    }
  });
});
