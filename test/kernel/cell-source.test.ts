import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cellSource } from "../../kernel-lib/kernel/cell-source";
import { KernelSession, kernelMissing, ROOT, result } from "./kernel-session";

describe("cellSource", () => {
  it.each([
    ["f({ a, b: 1,\n  c });", "f({ a: a, b: 1,\n  c: c });"],
    ["({ a, b = 2 } = x); const { d } = y;", "({ a: a, b: b = 2 } = x); const { d } = y;"],
    ["const x = await (await p()).q();", "const x = await Promise.resolve((await p()).q());"],
    [
      "await (async () => { await (1); return { a }; })()",
      "await Promise.resolve((async () => { await (1); return { a: a }; })())",
    ],
    ["await [p({ a })][0];", "await Promise.resolve([p({ a: a })][0]);"],
    ["await p(); (await q()).r;", "await p(); (await q()).r;"],
    ["// await (x)\nawait\n  x;", "// await (x)\nawait\n  Promise.resolve(x);"],
    ["await `a` + await /b/", "await Promise.resolve(`a`) + await Promise.resolve(/b/)"],
  ])("spells out %s", (source, text) => {
    expect(cellSource(source).text).toBe(text);
  });

  it.each([
    ["(await (await p()).q()).length", true],
    ["const x = [await p()];", true],
    ["const f = async () => await p();", false],
    ["class A { async m() { await p(); } }", false],
    ["if (a) { await p(); }", true],
  ])("knows whether %s awaits: %s", (source, expected) => {
    expect(cellSource(source).awaits).toBe(expected);
  });

  it("leads diagnostics back to where they stand in the cell", () => {
    const cell = cellSource("f({ a }, await (bad))");
    const at = (character: number) => ({ offset: character, line: 0, character });
    const start = cell.text.indexOf("bad");
    const fault = { start: at(start), end: at(start + 3), messageText: "", category: 1, code: 1 };
    expect(cell.place([fault as never])[0]).toMatchObject({ start: at(16), end: at(19) });
  });
});

describe.skipIf(kernelMissing !== null)(`cells (${kernelMissing ?? "driven"})`, () => {
  let kernel: KernelSession;
  beforeAll(async () => {
    kernel = await KernelSession.start(ROOT);
    await kernel.run('import { explore, inventory, open, openRun, plot } from "corpuslab";');
    await kernel.run('const ds = await open("demo");');
  });
  afterAll(async () => {
    await kernel.stop();
  });

  it.each([
    ["const ids = (await (await ds.sample(2, { seed: 1 })).toArray()).length; ids", "2"],
    ["const first = await (await ds.head(1)).toArray(); first.length", "1"],
    ["(await Promise.all([(await ds.head(1)).count(), ds.head(2).count()])).join()", "'1,2'"],
  ])("%s", async (cell, expected) => {
    const { reply, ...rest } = await kernel.run(cell);
    expect(reply.evalue).toBe(undefined);
    expect(result({ reply, ...rest })?.["text/plain"]).toMatch(
      new RegExp(`^'?${expected.replaceAll("'", "")}'?$`),
    );
  });

  it("keep what the library gives in variables, whose types must have names", async () => {
    for (const cell of [
      "const rows = await ds.head(1).toArray();",
      "const schema = await ds.schema;",
      "const inv = await inventory(ds.split('chat_if'));",
      "const grouped = ds.groupBy('a');",
      "const report = ds.attachReport;",
      "const problems = await ds.problems();",
      "const run = () => openRun('x');",
      "const held = { rows: () => open('x') };",
      "const later = async () => await (await held.rows()).toArray();",
      "const duplicates = () => openRun('x').duplicates();",
      "const source = () => ds.source;",
      "const bars = () => plot.bars(ds, 'x');",
      "const explorer = () => explore(ds, { column: 'x' });",
    ]) {
      expect([cell, (await kernel.run(cell)).reply.evalue]).toEqual([cell, undefined]);
    }
  });

  it("reach variables of earlier cells by shorthand", async () => {
    await kernel.run("const a = 1, b = 2;");
    expect(result(await kernel.run("({ a, b, c: 3 })"))).toEqual({ "text/plain": "{ a: 1, b: 2, c: 3 }" });
    expect(result(await kernel.run("(() => { const a = 7; return { a, b }; })()"))).toEqual({
      "text/plain": "{ a: 7, b: 2 }",
    });
    const { reply } = await kernel.run("({ a }).x");
    expect(reply.evalue).toContain("1:9 - Property 'x' does not exist on type '{ a: number; }'");
  });
});
