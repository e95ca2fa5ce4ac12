import { describe, expect, it } from "vitest";
import { placeBuffers, splitBuffers } from "../../kernel-lib/kernel/state-buffers";

const bytes = (...values: number[]) => new Uint8Array(values);

describe("splitBuffers", () => {
  it("leaves binary values out of objects, puts null into lists, and keeps the original", () => {
    const state = { a: { x: 1, ar: bytes(1) }, list: [bytes(2), { b: bytes(3) }, "t", null], n: null };
    const split = splitBuffers(state);
    expect(split.state).toEqual({ a: { x: 1 }, list: [null, {}, "t", null], n: null });
    expect(split.paths).toEqual([
      ["a", "ar"],
      ["list", 0],
      ["list", 1, "b"],
    ]);
    expect(split.buffers).toEqual([bytes(1), bytes(2), bytes(3)]);
    expect(state.a.ar).toEqual(bytes(1));
  });

  it("is undone by placeBuffers", () => {
    const state = { a: { x: 1, ar: bytes(1) }, list: [bytes(2), { b: bytes(3) }] };
    const split = splitBuffers(state);
    expect(placeBuffers(split.state as object, split.paths, split.buffers)).toBe(true);
    expect(split.state).toEqual(state);
  });
});

describe("placeBuffers", () => {
  it.each([
    ["no buffer", [["a"], ["b"]]],
    ["a path through a number", [["n", "x"]]],
    ["a path through nothing", [["missing", "x"]]],
    ["an empty path", [[]]],
    ["a path through the prototype", [["__proto__", "x"]]],
    ["a path through a method", [["toString", "x"]]],
  ])("refuses %s", (_, paths) => {
    expect(placeBuffers({ n: 1 }, paths, [bytes(1)])).toBe(false);
    expect("x" in {}).toBe(false);
  });
});
