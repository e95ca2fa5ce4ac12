/** Cells that look odd and are right: promoted, with what became of their values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelMissing } from "../kernel/kernel-session";
import { type Act, PromoteNotebook } from "./promote-notebook";

const flag = (body: string, writes: string, name: string) =>
  `await promote((row) => (${body}), { name: "${name}", table, writes: z.object(${writes}) })`;

type Case = readonly [
  title: string,
  acts: readonly Act[],
  expected: string,
  promoting?: (name: string) => string,
];

const named = ([title, acts, expected, promoting]: Case) => ({ title, acts, expected, promoting });

const TAKEN: Case[] = [
  [
    "destructuring",
    [
      "const { lo, hi: [hi] } = { lo: 100, hi: [500] };",
      "const keep = ({ tokens }) => tokens > lo && tokens < hi!;",
    ],
    "frozen lo (cell +1, line 1)",
  ],
  [
    "a var defined again: the new value",
    ["var b2 = 500;", "const keep = (row) => row.tokens < b2;", "var b2 = 300;"],
    "param  b2 = 300 (cell +3, line 1)",
  ],
  [
    "a cell run twice",
    ["const keep = (row) => row.tokens < 500;", "const keep = (row) => row.tokens < 500;"],
    "17 keep, 13 drop",
  ],
  [
    "a Map, a Set and a Date",
    [
      "const b4 = new Map([['math', 500]]);\nconst c4 = new Set(['code']);\nconst d4 = new Date('2024-01-01T00:00:00Z');",
      "const keep = (row) => row.tokens < (b4.get(row.meta_domain) ?? 0) || (c4.has(row.meta_domain) && d4.getUTCFullYear() > row.tokens + 1500);",
    ],
    "frozen d4 (cell +1, line 3)",
  ],
  [
    "rules by domain",
    [
      "const b5 = { math: (n: number) => n < 500, code: (n: number) => n < 300, chat: (n: number) => n > 10 };",
      "const keep = (row) => b5[row.meta_domain as 'math'](row.tokens);",
    ],
    "frozen b5 (cell +1, line 1)",
  ],
  [
    "limits by domain, as one parameter",
    [
      "const b6: Record<string, number> = { math: 500, code: 300 };",
      "const keep = (row) => row.tokens < (b6[row.meta_domain] ?? 5);",
    ],
    'param  b6 = {"math":500,"code":300} (cell +1, line 1)',
  ],
  [
    "a parameter kept in the code",
    ["const b7 = 500;", "const keep = (row) => row.tokens < b7;"],
    "frozen b7 (cell +1, line 1)",
    (name) => `await promote(keep, { name: "${name}", table, frozen: ["b7"] })`,
  ],
  [
    "a generator inside",
    [
      "function* b8(n: number) { for (let i = 0; i < n; i++) yield i; }\nconst keep = (row) => [...b8(3)].includes(row.tokens % 5);",
    ],
    "pipeline executor agree on each",
  ],
  [
    "a pattern with the flag g made for each row",
    ["const keep = (row) => [...row.text.matchAll(/5/g)].length > 0 || /1/g.test(row.text);"],
    "agree on each",
  ],
  [
    "a Row type of one's own",
    ["interface Row { tokens: number; id: string }\nconst keep = (row: Row) => row.tokens < 500;"],
    "agree on each",
  ],
  [
    "a function of the library",
    [
      "import { parseHarmony } from 'corpuslab';\nconst keep = (row) => parseHarmony(row.text).ok || row.tokens < 500;",
    ],
    "agree on each",
  ],
  [
    "a getter",
    [
      "let b12 = 500; const c12 = { get limit() { return b12; } };",
      "const keep = (row) => row.tokens < c12.limit;",
    ],
    "param  b12 = 500",
  ],
  [
    "a flag with lists and nulls",
    [],
    "30 values",
    (name) =>
      flag(
        "{ n: row.tokens < 5 ? null : row.tokens / 2, names: row.tags.map((one) => String(one)) }",
        "{ n: z.number().nullable(), names: z.array(z.string()) }",
        name,
      ),
  ],
];

describe.skipIf(kernelMissing !== null)(`cells that are promoted (${kernelMissing ?? "one kernel"})`, () => {
  let notebook: PromoteNotebook;
  beforeAll(async () => {
    notebook = await PromoteNotebook.start();
  });
  afterAll(() => notebook.stop());

  let taken = 0;
  it.each(TAKEN.map(named))("takes $title", async ({ acts, expected, promoting }) => {
    const name = `taken_${++taken}`;
    const said = await notebook.promote(name, acts, promoting?.(name));
    expect(said).toContain(`${name}@1: a `);
    expect(said).toContain(expected);
  });
});
