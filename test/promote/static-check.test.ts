import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { forbidden, strictProgram, typeFaults } from "../../kernel-lib/promote/static-check";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-static-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, "step.ts");
const isOwn = (path: string) => path.startsWith(folder);

function faults(text: string): string[] {
  const program = strictProgram({ [file]: text }, folder);
  return [...forbidden(program, isOwn), ...typeFaults(program, isOwn)].map(
    ({ code, line, what }) => `${line} ${code}: ${what}`,
  );
}

describe("what a step may not say", () => {
  it.each([
    ["Math.random()", "NONDETERMINISTIC: uses Math.random"],
    ['Math["random"]()', "NONDETERMINISTIC: uses Math.random"],
    ["((m) => m.random())(Math)", "NONDETERMINISTIC: hands Math on, which can hide Math.random"],
    ["Date.now()", "NONDETERMINISTIC: uses Date.now"],
    ["new Date().getTime()", "NONDETERMINISTIC: uses new Date() (the time now)"],
    ["new (((d) => d)(Date))()", "NONDETERMINISTIC: hands Date on"],
    ['new Date("2024-01-01").getHours()', "NONDETERMINISTIC: uses .getHours"],
    ['"a".localeCompare("b")', "NONDETERMINISTIC: uses .localeCompare"],
    ["(1.5).toLocaleString()", "NONDETERMINISTIC: uses .toLocaleString"],
    ["new Intl.NumberFormat().format(1)", "NONDETERMINISTIC: uses Intl"],
    ["performance.now()", "NONDETERMINISTIC: uses performance"],
    ["crypto.randomUUID()", "NONDETERMINISTIC: uses crypto"],
    ["setTimeout(() => 1, 1)", "NONDETERMINISTIC: uses setTimeout"],
    ['fetch("x")', "IO: uses fetch"],
    ["process.env.HOME", "IO: uses process"],
    ['require("node:fs")', "IO: uses require"],
    ["console.log(1)", "IO: uses console"],
    ['eval("1")', "DYNAMIC: uses eval"],
    ['new Function("return 1")()', "DYNAMIC: uses Function"],
    ["globalThis", "DYNAMIC: uses globalThis"],
    ['[].constructor.constructor("return 1")', "DYNAMIC: uses .constructor"],
    ['import("./x")', "DYNAMIC: imports while it runs"],
    ["Reflect.ownKeys({})", "DYNAMIC: uses Reflect"],
  ])("refuses %s", (text, expected) => {
    expect(faults(`\nexport const x: any = ${text};`)).toContain(`2 ${expected}`);
  });

  it("refuses through an alias, a pattern and an imported helper", () => {
    expect(faults("const m = Math;\nexport const x = m.random();")[0]).toContain("hands Math on");
    expect(faults("const { now } = Date;\nexport const x = now();")[0]).toContain("hands Date on");
    expect(faults("const { constructor: c } = [];\nexport const x = c;")[0]).toContain("uses .constructor");
    writeFileSync(join(folder, "helper.ts"), "export function pick() {\n  return Math.random();\n}\n");
    const program = strictProgram(
      { [file]: 'import { pick } from "./helper";\nexport const x = pick();' },
      folder,
    );
    expect(forbidden(program, isOwn).map(({ file: at, line, what }) => [at, line, what])).toEqual([
      [join(folder, "helper.ts"), 2, "uses Math.random"],
    ]);
  });

  it.each([
    ["Math.max(1, 2) + Math.PI"],
    ['new Date("2024-01-01T00:00:00Z").toISOString()'],
    ["Date.UTC(2024, 0, 1)"],
    ["((process: number) => process)(1)"],
    ["({ fetch: 1, constructor2: 2 }).fetch"],
    ['JSON.stringify([...new Set("aab")].sort())'],
    ["/a/u.test('a') && Number.parseFloat('1') > 0"],
    ["[1, 2].toSorted((a, b) => a - b).at(-1)"],
    ["structuredText('a'); function structuredText(t: string) { return t.normalize('NFC').length }"],
  ])("allows %s", (text) => {
    expect(faults(`export const x = ${text};`)).toEqual([]);
  });
});

describe("types", () => {
  it("are strict, although cells are not", () => {
    expect(faults("export const f = (row) => row.n;")).toEqual([
      "1 SCHEMA: Parameter 'row' implicitly has an 'any' type",
    ]);
    expect(faults("interface Row { n: number }\nexport const f = (row: Row) => row.m;")).toEqual([
      "2 SCHEMA: Property 'm' does not exist on type 'Row'",
    ]);
    expect(faults("export const f = (row: { n: number | null }) => row.n > 1;")).toEqual([
      "1 NULL_UNDECIDED: 'row.n' is possibly 'null'",
    ]);
    expect(faults("export const f = () => limit;")).toEqual([
      "1 JOURNAL_INCOMPLETE: Cannot find name 'limit'",
    ]);
  });
});
