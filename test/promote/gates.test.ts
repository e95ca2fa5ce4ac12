/** Cells that a strong reviewer would try, one after the other in one kernel: what is refused, where, and what is not. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelMissing } from "../kernel/kernel-session";
import { type Act, PromoteNotebook } from "./promote-notebook";

const FILES = {
  "helper.ts": "export const small = (n: number): boolean => n < 500;\n",
  "shop.ts": 'export { deep } from "./deep";\n',
  "deep.ts": "export const deep = (n: number): boolean => n < 500;\n",
  "counter.ts": "let n = 0;\nexport const count = (): number => ++n;\n",
  "node_modules/loose/package.json":
    '{ "name": "loose", "version": "1.2.3", "main": "index.js", "types": "index.d.ts" }',
  "node_modules/loose/index.js": "exports.low = (n) => n < 500;\n",
  "node_modules/loose/index.d.ts": "export function low(n: number): boolean;\n",
};

const change =
  (path: string, text: string): Act =>
  (folder) =>
    writeFileSync(join(folder, path), text);
const flag = (body: string, writes: string, name: string) =>
  `await promote((row) => (${body}), { name: "${name}", table, writes: z.object(${writes}) })`;

type Case = readonly [
  title: string,
  acts: readonly Act[],
  expected: string,
  promoting?: (name: string) => string,
];

const named = ([title, acts, expected, promoting]: Case) => ({ title, acts, expected, promoting });

const REFUSED: Case[] = [
  [
    "a let given another value later",
    ["let a1 = 500;", "const keep = (row) => row.tokens < a1;", "\na1 = 300;"],
    "MUTATED_CAPTURE in cell +3, line 2: a1 = 300",
  ],
  [
    "a list changed under another name",
    [
      "const a2 = ['math'];\nconst b2 = a2;",
      "const keep = (row) => a2.includes(row.meta_domain);",
      "b2.push('code');",
    ],
    'MUTATED_CAPTURE in cell +1, line 1: a2 is ["math", "code"] now, but its cell makes ["math"]',
  ],
  [
    "an object changed by Object.assign",
    [
      "const a3: any = { n: 500 };",
      "const keep = (row) => row.tokens < a3.n;",
      "Object.assign(a3, { n: 300 });",
    ],
    'MUTATED_CAPTURE in cell +1, line 1: a3 is { "n": 300 } now',
  ],
  [
    "a Set added to under another name",
    [
      "const a4 = new Set<string>();",
      "const keep = (row) => { const s = a4; s.add(row.id); return s.size < 1e5 && row.tokens < 500; };",
    ],
    "ORDER_DEPENDENT in cell +1, line 1: a4 is new Set([]) before the rows",
  ],
  [
    "a Set handed to a helper that adds",
    [
      "const a5 = new Set<string>();\nfunction note5(s: Set<string>, id: string) { s.add(id); return s.size; }",
      "const keep = (row) => note5(a5, row.id) < 1e5 && row.tokens < 500;",
    ],
    "ORDER_DEPENDENT in cell +1, line 1: a5 is",
  ],
  [
    "a memory",
    [
      "const a6 = new Map<string, boolean>();",
      "const keep = (row) => {\n  if (!a6.has(row.id)) a6.set(row.id, row.tokens < 500);\n  return a6.get(row.id)!;\n};",
    ],
    "ORDER_DEPENDENT in cell +2, line 2: a6.set(row.id, row.tokens < 500)",
  ],
  [
    "a counter",
    ["let a7 = 0;", "const keep = (row) => { a7++; return row.tokens < 500; };"],
    "ORDER_DEPENDENT in cell +2, line 1: a7++",
  ],
  [
    "a static member of a class",
    ["class A8 { static n = 0; }\nconst keep = (row) => { A8.n++; return A8.n < 1e5 && row.tokens < 500; };"],
    "ORDER_DEPENDENT in cell +1, line 2: A8.n++",
  ],
  [
    "a counter in an imported file",
    ["import { count } from './counter';\nconst keep = (row) => count() < 1e5 && row.tokens < 500;"],
    "ORDER_DEPENDENT in cell +1, line 1: counter.ts line 2: ++n changes n",
  ],
  [
    "a pattern with the flag g",
    ["const a10 = /row .*[05]/g;", "const keep = (row) =>\n  a10.test(row.text);"],
    "ORDER_DEPENDENT in cell +2, line 2: a10.test(row.text)",
  ],
  [
    "a pattern with the flag y",
    ["const a11 = /row 1/y;", "const keep = (row) => a11.exec(row.text) !== null;"],
    "ORDER_DEPENDENT in cell +2, line 1: a11.exec(row.text)",
  ],
  [
    "a captured list that is sorted",
    ["const a12 = [3, 1, 2];", "const keep = (row) => a12.sort()[0]! < row.tokens % 3;"],
    "ORDER_DEPENDENT in cell +2, line 1: a12.sort()",
  ],
  [
    "a row's list that is sorted",
    ["const keep = (row) => row.tags.sort()[1] === 'b';"],
    "ORDER_DEPENDENT in cell +1, line 1: Property 'sort' does not exist on type 'readonly",
  ],
  [
    "a method that changes its object",
    [
      "const a13 = { n: 0, low(n: number) { this.n++; return n < 500; } };",
      "const keep = (row) => a13.low(row.tokens);",
    ],
    "ORDER_DEPENDENT in cell +2, line 1: a13.low(row.tokens)",
  ],
  [
    "a class instance",
    [
      "class A14 { max = 500; low(n: number) { return n < this.max; } }\nconst a14 = new A14();",
      "const keep = (row) => a14.low(row.tokens);",
    ],
    "UNSERIALIZABLE in cell +1, line 2: a14 is an instance of A14",
  ],
  [
    "closures over a loop variable",
    [
      "const a15: ((row: any) => boolean)[] = [];\nfor (let i = 0; i < 3; i++) a15.push((row) => row.tokens < i * 200);",
      "const keep = a15[2]!;",
    ],
    "FACTORY_CLOSURE in cell +2, line 1: keep is taken from a15[2]",
  ],
  [
    "a function made with bind",
    ["const a16 = (n: number, row: any) => row.tokens < n;", "const keep = a16.bind(null, 500);"],
    "FACTORY_CLOSURE in cell +2, line 1: keep was made by a16.bind(null, 500)",
  ],
  [
    "another name of a function",
    ["const a17 = (row) => row.tokens < 500;", "const keep = a17;"],
    "FACTORY_CLOSURE in cell +2, line 1: keep is another name of a17; give promote the function itself: promote(a17, …)",
  ],
  [
    "one of two functions",
    ["const a18 = true;", "const keep = a18 ? (row) => row.tokens < 100 : (row) => row.tokens < 500;"],
    "FACTORY_CLOSURE in cell +2, line 1",
  ],
  [
    "a default parameter",
    ["const keep = (row, limit = 500) =>\n  row.tokens < limit;"],
    "SCHEMA in cell +1, line 1: takes limit beside the row",
  ],
  [
    "an index beside the row",
    ["const keep = (row, i: number) => i % 2 === 0 && row.tokens < 500;"],
    "SCHEMA in cell +1, line 1: takes i beside the row",
  ],
  [
    "an asynchronous function",
    ["const keep = async (row) => row.tokens < 500;"],
    "SCHEMA in cell +1, line 1: is asynchronous",
  ],
  [
    "a generator",
    ["function* keep(row) { yield row.tokens < 500; }"],
    "SCHEMA in cell +1, line 1: it gives Generator",
  ],
  [
    "this",
    ["function keep(row) {\n  return row.tokens < ((this as any)?.limit ?? 500);\n}"],
    "SCHEMA in cell +1, line 2: uses this",
  ],
  [
    "arguments",
    ["function keep(row) {\n  return arguments[0].tokens < 500;\n}"],
    "SCHEMA in cell +1, line 1: arguments uses the row as a whole",
  ],
  [
    "a Proxy",
    ["const a25 = new Proxy({ limit: 500 }, {});", "const keep = (row) => row.tokens < a25.limit;"],
    "DYNAMIC in cell +1, line 1: uses Proxy",
  ],
  [
    "a getter that draws by chance",
    [
      "const a26 = { get limit() { return Math.random() * 1000; } };",
      "const keep = (row) => row.tokens < a26.limit;",
    ],
    "NONDETERMINISTIC in cell +1, line 1: uses Math.random",
  ],
  [
    "a time without a zone",
    ["const keep = (row) => new Date('2024-01-01T00:00:00').getTime() % 7 < row.tokens;"],
    "NONDETERMINISTIC in cell +1, line 1: reads new Date('2024-01-01T00:00:00') in the time zone of this machine",
  ],
  [
    "a day made of numbers",
    ["const a28 = new Date(2024, 0, 1);", "const keep = (row) => row.tokens < a28.getTime();"],
    "NONDETERMINISTIC in cell +1, line 1: reads new Date(2024, 0, 1) in the time zone",
  ],
  [
    "a column's time without a zone",
    ["const keep = (row) => new Date(row.day + 'T00:00').getTime() % 5 > 1 && row.tokens < 500;"],
    "NONDETERMINISTIC in cell +2, line 1: for row 0: Error: the time zone of this machine",
  ],
  [
    "Intl",
    ["const a30 = new Intl.NumberFormat('en');", "const keep = (row) => a30.format(row.tokens).length < 3;"],
    "NONDETERMINISTIC in cell +1, line 1: uses Intl",
  ],
  [
    "toLocaleString",
    ["const keep = (row) => row.tokens.toLocaleString().length < 3;"],
    "NONDETERMINISTIC in cell +1, line 1: uses .toLocaleString",
  ],
  [
    "the stack of an error",
    ["const keep = (row) => new Error('x').stack!.length % 7 < row.tokens % 5;"],
    "NONDETERMINISTIC in cell +1, line 1: uses .stack",
  ],
  [
    "a prototype patched inside",
    ["const keep = (row) => {\n  (Array.prototype as any).x = 1;\n  return row.tokens < 500;\n};"],
    "BUILTIN_PATCHED in cell +1, line 2: changes Array",
  ],
  [
    "a null in a call",
    ["const keep = (row) => Math.max(row.score, 0) > 0.5;"],
    "NULL_UNDECIDED in cell +1, line 1",
  ],
  [
    "a row of type any",
    ["const keep = (row: any) => row.score > 0.5;"],
    "NULL_UNDECIDED in cell +1, line 1: 'row.score' is possibly 'null'",
  ],
  [
    "a function that forgets to answer",
    ["const keep = (row) => {\n  if (row.tokens < 500) return true;\n};"],
    "SCHEMA in cell +1, line 1: it gives true | undefined, which is no answer of a filter; return true to keep",
  ],
  [
    "all columns counted",
    ["const keep = (row) => Object.values(row).length === 1 && row.tokens < 500;"],
    "SCHEMA in cell +2, line 1: row 0 gets",
    (name) => `await promote(keep, { name: "${name}", table, columns: ["tokens"] })`,
  ],
  [
    "the order of the columns",
    ["const keep = (row) => JSON.stringify(row).length % 2 === 0;"],
    "SCHEMA in cell +2, line 1: row 1 gets",
    (name) => `await promote(keep, { name: "${name}", table, columns: ["tokens", "id"] })`,
  ],
  [
    "a value of another type",
    [],
    'SCHEMA in cell +1, line 1: for row 0 it returned n = "0", expected number',
    (name) => flag("{ n: String(row.tokens) as any }", "{ n: z.number() }", name),
  ],
  [
    "a fraction for a whole number",
    [],
    "SCHEMA in cell +1, line 1: for row ",
    (name) => flag("{ n: row.tokens / 3 }", "{ n: z.int() }", name),
  ],
  [
    "no number",
    [],
    "expected number, received NaN",
    (name) => flag("{ n: row.tokens / 0 }", "{ n: z.number() }", name),
  ],
  [
    "a lone surrogate, which Parquet cannot hold",
    [],
    'SCHEMA in cell +1, line 1: row 0 gets {"values":{"s":"row 0\\ud800"}} from the function and',
    (name) => flag('{ s: row.text + "\\ud800" }', "{ s: z.string() }", name),
  ],
  [
    "a cell that failed after it defined the function",
    [
      "const keep = (row) => row.tokens < 100;",
      "const keep = (row) => row.tokens < 500;\nthrow new Error('x');",
    ],
    "REDEFINED in cell +1, line 1: cell +2 failed",
  ],
  [
    "a file changed after it was imported",
    [
      "import { small } from './helper';\nconst keep = (row) => small(row.tokens);",
      change("helper.ts", "export const small = (n: number): boolean => n < 500 || n === 123456;\n"),
    ],
    "STALE_CELL in cell +1, line 1: helper.ts was changed after this cell imported it",
  ],
  [
    "a file behind that one changed",
    [
      "\nimport { deep } from './shop';\nconst keep = (row) => deep(row.tokens);",
      change("deep.ts", "export const deep = (n: number): boolean => n < 499;\n"),
    ],
    "STALE_CELL in cell +1, line 2: deep.ts was changed",
  ],
  [
    "a package that no lock names",
    ["import { low } from 'loose';\nconst keep = (row) => low(row.tokens);"],
    "UNPINNED_DEPENDENCY in cell +1, line 1: imports loose 1.2.3",
  ],
  [
    "a name that is computed",
    ["const a48 = 'dyn';\nconst keep = (row) => row.tokens < 500;"],
    "JOURNAL_INCOMPLETE: the journal has no promote",
    () => "await promote(keep, { name: a48, table })",
  ],
];

describe.skipIf(kernelMissing !== null)(`gates of a promotion (${kernelMissing ?? "one kernel"})`, () => {
  let notebook: PromoteNotebook;
  beforeAll(async () => {
    notebook = await PromoteNotebook.start(FILES);
  });
  afterAll(() => notebook.stop());

  it.each(REFUSED.map(named))("refuses $title", async ({ acts, expected, promoting }) => {
    const said = await notebook.promote("refused", acts, promoting?.("refused"));
    expect(said.split("\n")[0]).toMatch(/^PromotionRefused: [A-Z_]+( in cell \+\d+(, line \d+)?)?: .+; .+/);
    expect(said).toContain(expected);
  });

  it("refuses a changed built-in, and wrote no version of what was refused", async () => {
    const said = await notebook.promote("refused", [
      "(String.prototype as any).shout = function () { return this + '!'; };",
      "const keep = (row) => row.tokens < 500;",
    ]);
    expect(said).toContain(
      "PromotionRefused: BUILTIN_PATCHED: String.prototype.shout was changed in this kernel; restart",
    );
    mkdirSync(join(notebook.folder, "pipelines", "refused"), { recursive: false }); // no version was written
  });
});
