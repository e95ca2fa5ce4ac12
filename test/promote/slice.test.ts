import { describe, expect, it } from "vitest";
import { parseCell } from "../../kernel-lib/promote/cells";
import { mutationsOf } from "../../kernel-lib/promote/mutations";
import { slice } from "../../kernel-lib/promote/slice";
import { calledTarget, lastFunction, markedName } from "../../kernel-lib/promote/target";

function parse(...texts: string[]) {
  return texts.map((text, i) => parseCell({ order: i + 1, text }));
}

function sliceOf(name: string, ...texts: string[]) {
  const cells = parse(...texts);
  const target = { cell: texts.length, line: 1, name, expression: null, needs: [name] };
  return slice(cells, target);
}

describe("slice", () => {
  it("takes what the function needs and nothing else, in the order in which it ran", () => {
    const { pieces, captured, free } = sliceOf(
      "keep",
      'import { open } from "corpuslab";\nconst ds = await open("demo");\nds',
      "const unused = 1, limit = 8192;\ninterface Row { tokens: number; domain: string }",
      'const DOMAINS = new Set(["math", "code"]);\nfunction known(d: string) { return DOMAINS.has(d); }',
      "const keep = (row: Row) => row.tokens < limit && known(row.domain);",
    );
    expect(pieces.map(({ cell, line, text }) => [cell, line, text])).toEqual([
      [2, 1, "const limit = 8192;"],
      [2, 2, "interface Row { tokens: number; domain: string }"],
      [3, 1, 'const DOMAINS = new Set(["math", "code"]);'],
      [3, 2, "function known(d: string) { return DOMAINS.has(d); }"],
      [4, 1, "const keep = (row: Row) => row.tokens < limit && known(row.domain);"],
    ]);
    expect(captured.map(({ name, literal }) => [name, literal])).toEqual([
      ["limit", true],
      ["DOMAINS", false],
    ]);
    expect(free.map(({ name }) => name)).toEqual(["Set"]);
  });

  it("lets the last definition win, and says which names a function of the same cell holds as they were", () => {
    const { pieces, redefined } = sliceOf(
      "keep",
      "const free = 1;",
      "const limit = 10;\nconst keep = (row) => row.n < limit + free;",
      "const limit = 20;\nconst free = 2;",
    );
    expect(pieces.map(({ text }) => text)).toEqual([
      "const keep = (row) => row.n < limit + free;",
      "const limit = 20;",
      "const free = 2;",
    ]);
    expect(redefined.map(({ name, usedIn, definition }) => [name, usedIn.cell, definition.cell])).toEqual([
      ["limit", 2, 3],
    ]);
  });

  it("is not misled by shadowing, members, labels, patterns and shorthand", () => {
    const { pieces } = sliceOf(
      "f",
      "const a = 1; const b = 2; const c = 3; const d = 4; const e = 5;",
      `const f = (row: { a: number }) => {
         const { b } = { b: row.a };
         c: for (const x of [1]) { if (x) break c; }
         const d = (e: number) => e + b;
         return { a: d(1), e };
       };`,
    );
    expect(pieces.map(({ text }) => text.split("\n")[0])).toEqual([
      "const e = 5;",
      "const f = (row: { a: number }) => {",
    ]);
  });

  it("keeps the value of what was awaited or computed by a package, not the code", () => {
    const { pieces, captured } = sliceOf(
      "f",
      'import { open } from "corpuslab";\nconst ds = await open("demo");',
      "const words = (await ds.toArray()).map(String);\nconst lower = words.map((w) => w.toLowerCase());",
      "const f = (row) => lower.includes(row.w);",
    );
    expect(pieces.map(({ cell, line }) => `${cell}:${line}`)).toEqual(["2:1", "2:2", "3:1"]);
    expect(captured.map(({ name, computed }) => [name, computed])).toEqual([
      ["words", true],
      ["lower", false],
    ]);
  });

  it("follows recursion, classes, enums, imports and destructuring", () => {
    const { pieces } = sliceOf(
      "f",
      'import * as path from "node:path"; import { x as y } from "./local"; import z from "z";',
      "enum Level { Low, High }\nclass A { level = Level.Low; static make() { return new A(); } }",
      "const { p, q: [r = y] } = { p: 1, q: [2] };",
      "function even(n: number): boolean { return n === 0 || odd(n - 1); }\nfunction odd(n: number): boolean { return n !== 0 && even(n - 1); }",
      "function f(row: unknown) { return even(r) && y(1) && A.make().level === Level.Low; }",
    );
    expect(pieces.map(({ kind, defines }) => `${kind} ${defines.join(",")}`)).toEqual([
      "import y",
      "class Level",
      "class A",
      "variable p,r",
      "function even",
      "function odd",
      "function f",
    ]);
  });
});

describe("target", () => {
  it("is the last function of a marked cell", () => {
    const text =
      "//| promote keep_short\nconst limit = 3;\nconst keep = (row) => row.n < limit;\nkeep({ n: 1 })";
    expect(markedName(text)).toBe("keep_short");
    expect(lastFunction(parse(text)[0]!)).toMatchObject({ name: "keep", line: 3 });
    expect(markedName('const s = "//| promote x"')).toBe(null);
    expect(lastFunction(parse("const a = 1;")[0]!)).toBe(null);
  });

  it("is the argument of the call with that name", () => {
    const [cell] = parse(
      'const v = await promote(keep, { name: "a" });\nawait promote((row) => row.n > 1, { name: "b" });',
    );
    expect(calledTarget(cell!, "a")).toMatchObject({ name: "keep", line: 1 });
    expect(calledTarget(cell!, "b")).toMatchObject({ name: null, line: 2 });
    expect(calledTarget(cell!, "c")).toBe(null);
  });
});

describe("mutationsOf", () => {
  const changes = (name: string, ...texts: string[]) => {
    const cells = parse(...texts);
    const definition = cells.flatMap(({ pieces }) => pieces).find(({ defines }) => defines.includes(name))!;
    return mutationsOf(cells, name, definition).map(({ cell, line, text }) => [cell, line, text]);
  };

  it.each([
    ["s.push(1)"],
    ["s.add(1)"],
    ["s.a.b.set(1, 2)"],
    ["s[0] = 1"],
    ["s.n += 1"],
    ["s.n++"],
    ["--s.n"],
    ["delete s.n"],
    ["[s.a, other] = [1, 2]"],
    ["({ a: s.a } = { a: 1 })"],
    ["s = 3"],
    ["(s as any).n = 1"],
    ["s!.sort()"],
    ['s["push"](1)'],
  ])("counts %s as a change", (text) => {
    expect(changes("s", "let s: any = [];", `1;\n${text};`)).toHaveLength(1);
  });

  it.each([
    ["s.has(1)"],
    ["s.map((x) => x).filter(Boolean)"],
    ["const { n } = s"],
    ["other.s = 1"],
    ["((s) => s.push(1))([])"],
    ["const copy = [...s]; copy.push(1)"],
    ["console.log(s)"],
  ])("does not count %s", (text) => {
    expect(changes("s", "const s = [];", text)).toEqual([]);
  });

  it("finds changes inside functions too, with their line", () => {
    expect(changes("seen", "const seen = new Set();", "function f(x) {\n  seen.add(x);\n}")).toEqual([
      [2, 2, "seen.add(x)"],
    ]);
  });
});
