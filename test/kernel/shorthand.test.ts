import { describe, expect, it } from "vitest";
import { spellOutShorthand } from "../../kernel-lib/kernel/shorthand";
import { KernelSession, kernelMissing, ROOT, result } from "./kernel-session";

describe("spellOutShorthand", () => {
  it("keeps lines, patterns and everything else", () => {
    const { text } = spellOutShorthand("f({ a, b: 1,\n  c });\n({ a, b = 2 } = x); const { d } = y;");
    expect(text).toBe("f({ a: a, b: 1,\n  c: c });\n({ a: a, b: b = 2 } = x); const { d } = y;");
  });

  it("leads diagnostics back to where they stand in the cell", () => {
    const spelled = spellOutShorthand("f({ a }, bad)");
    const at = (character: number) => ({ offset: character, line: 0, character });
    const fault = { start: at(12), end: at(15), messageText: "", category: 1, code: 1 };
    expect(spelled.text.slice(12, 15)).toBe("bad");
    expect(spelled.place([fault as never])[0]).toMatchObject({ start: at(9), end: at(12) });
  });
});

describe.skipIf(kernelMissing !== null)(`shorthand in a cell (${kernelMissing ?? "driven"})`, () => {
  it("reaches variables of earlier cells", async () => {
    const kernel = await KernelSession.start(ROOT);
    await kernel.run("const a = 1, b = 2;");
    expect(result(await kernel.run("({ a, b, c: 3 })"))).toEqual({ "text/plain": "{ a: 1, b: 2, c: 3 }" });
    expect(result(await kernel.run("(() => { const a = 7; return { a, b }; })()"))).toEqual({
      "text/plain": "{ a: 7, b: 2 }",
    });
    const { reply } = await kernel.run("({ a }).x");
    expect(reply.evalue).toContain("1:9 - Property 'x' does not exist on type '{ a: number; }'");
    await kernel.stop();
  });
});
