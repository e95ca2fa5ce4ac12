import { describe, expect, it } from "vitest";
import { valueSource } from "../../kernel-lib/promote/value-source";
import { frozenRow, loadStep } from "../../kernel-lib/steps/sandbox";

const step = (expression: string) =>
  loadStep(`var __step = { bind: ({ limit }) => (row) => ${expression} };`, "try/v1")({ limit: 3 });

describe("loadStep", () => {
  it("binds parameters and answers for rows", () => {
    expect([1, 5].map((n) => step("row.n < limit")({ n }))).toEqual([true, false]);
    expect(
      step("new Date(0).toISOString() + Math.max(1, limit) + JSON.stringify([...new Set([1])])")({}),
    ).toBe("1970-01-01T00:00:00.000Z3[1]");
  });

  it.each([
    ["Math.random()", "Math.random is not there"],
    ["Date.now()", "Date.now is not there"],
    ["new Date()", "the time now (new Date()) is not there"],
    ["new Date(0).constructor.now()", "Date.now is not there"],
    ["new Date(0).getHours()", "Date.getHours is not there"],
    ["(1).toLocaleString()", "toLocaleString is not there"],
    ["'a'.localeCompare('b')", "localeCompare is not there"],
    ["fetch('x')", "fetch is not defined"],
    ["process.env", "process is not defined"],
    ["require('fs')", "require is not defined"],
    ["console.log(1)", "console is not defined"],
    ["setTimeout(() => 1)", "setTimeout is not defined"],
    ["performance.now()", "performance is not defined"],
    ["crypto.randomUUID()", "crypto is not defined"],
    ["new Intl.NumberFormat()", "Intl is not defined"],
    ["eval('1')", "eval is not defined"],
    ["(() => {}).constructor('return 1')()", "Code generation from strings disallowed"],
    ["WebAssembly.compile", "WebAssembly is not defined"],
  ])("has no %s", (expression, message) => {
    expect(() => step(expression)({})).toThrow(message);
  });

  it("lets nothing be patched", () => {
    expect(() => step("((() => { 'use strict'; Array.prototype.map = 1; })())")({})).toThrow("read only");
    expect(() => step("((() => { 'use strict'; Math.max = 1; })())")({})).toThrow("read only");
  });

  it("lets rows not be changed", () => {
    const row = frozenRow({ n: 1, tags: ["b", "a"], inner: { deep: [1] } });
    for (const expression of [
      "row.n = 2",
      "row.tags.sort()",
      "row.inner.deep.push(2)",
      "delete row.inner.deep",
    ]) {
      expect(() => step(`((() => { 'use strict'; ${expression}; })())`)(row)).toThrow(
        /read only|not extensible|Cannot delete/,
      );
    }
    expect(row).toEqual({ n: 1, tags: ["b", "a"], inner: { deep: [1] } });
  });
});

describe("valueSource", () => {
  it.each([
    [1.5, "1.5"],
    [-0, "-0"],
    [Number.NaN, "Number.NaN"],
    [2n ** 70n, "1180591620717411303424n"],
    ['a"\n\u2028', '"a\\"\\n\\u2028"'],
    [[1, [null, undefined]], "[1, [null, undefined]]"],
    [{ a: { "b-c": true } }, '{ "a": { "b-c": true } }'],
    [new Set(["b", "a"]), 'new Set(["b", "a"])'],
    [new Map([["k", [1]]]), 'new Map([["k", [1]]])'],
    [/a\/b/gu, "/a\\/b/gu"],
    [new Date(5), "new Date(5)"],
    [{}, "{}"],
  ])("writes %o so that it reads back equal", (value, text) => {
    expect(valueSource(value, "v")).toEqual({ ok: true, text });
    expect(new Function(`return (${text})`)()).toEqual(value);
  });

  it("names the part that cannot be written", () => {
    class Model {}
    const circle: { inner: unknown[] } = { inner: [] };
    circle.inner.push(circle);
    expect(valueSource({ a: [1, { m: new Model() }] }, "cfg")).toEqual({
      ok: false,
      path: "cfg.a[1].m",
      what: "an instance of Model",
    });
    expect(valueSource(circle, "c")).toEqual({
      ok: false,
      path: "c.inner[0]",
      what: "a circle: it contains itself",
    });
    expect(valueSource({ f: () => 1 }, "c")).toEqual({ ok: false, path: "c.f", what: "a function" });
    expect(valueSource(Symbol("x"), "c")).toEqual({ ok: false, path: "c", what: "a symbol" });
  });
});
