/** Network, file, clock, random, process, eval: refused directly, through an alias and through an imported helper. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listVersions } from "../../kernel-lib/steps/versions";
import { kernelMissing } from "../kernel/kernel-session";
import { PromoteNotebook } from "./promote-notebook";

const HELPERS = {
  "network.ts":
    "export const help = (id: string): boolean => {\n  fetch('http://127.0.0.1:9/' + id);\n  return true;\n};\n",
  "file.ts":
    "import { readFileSync } from 'node:fs';\nexport const help = (id: string): boolean => readFileSync('rows.jsonl', 'utf8').includes(id);\n",
  "clock.ts": "export const help = (id: string): boolean =>\n  Date.now() % 2 === id.length;\n",
  "random.ts": "export const help = (id: string): boolean =>\n  Math.random() < id.length;\n",
  "process.ts":
    "import { execSync } from 'node:child_process';\nexport const help = (id: string): boolean => String(execSync('true')) === id;\n",
  "environment.ts": "export const help = (id: string): boolean =>\n  process.env.HOME === id;\n",
  "eval.ts": "export const help = (id: string): boolean =>\n  eval('1') > id.length;\n",
  "function.ts": "export const help = (id: string): boolean =>\n  new Function('return 1')() > id.length;\n",
};

type Thing = keyof typeof HELPERS extends `${infer Name}.ts` ? Name : never;

/** The cell of the function, directly and through an alias; what the message says, and the line of the helper. */
const THINGS: readonly [Thing, code: string, what: string, direct: string, alias: string, line: number][] = [
  [
    "network",
    "IO",
    "uses fetch",
    "const keep = (row) =>\n  fetch('http://127.0.0.1:9/' + row.id) !== null;",
    "const get = fetch;\nconst keep = (row) => get('http://127.0.0.1:9/' + row.id) !== null;",
    2,
  ],
  [
    "file",
    "IO",
    "imports node:fs",
    "import { readFileSync } from 'node:fs';\nconst keep = (row) => readFileSync('rows.jsonl', 'utf8').includes(row.id);",
    "import * as fs from 'node:fs';\nconst read = fs.readFileSync;\nconst keep = (row) => read('rows.jsonl', 'utf8').includes(row.id);",
    1,
  ],
  [
    "clock",
    "NONDETERMINISTIC",
    "Date",
    "const keep = (row) =>\n  row.tokens < Date.now();",
    "const now = Date.now;\nconst keep = (row) => row.tokens < now();",
    2,
  ],
  [
    "random",
    "NONDETERMINISTIC",
    "Math",
    "const keep = (row) =>\n  row.tokens < Math.random();",
    "const { random } = Math;\nconst keep = (row) => row.tokens < random();",
    2,
  ],
  [
    "process",
    "IO",
    "imports node:child_process",
    "import { execSync } from 'node:child_process';\nconst keep = (row) => String(execSync('true')) === row.id;",
    "import { execSync } from 'node:child_process';\nconst shell = execSync;\nconst keep = (row) => String(shell('true')) === row.id;",
    1,
  ],
  [
    "environment",
    "IO",
    "uses process",
    "const keep = (row) =>\n  process.env.HOME !== row.id;",
    "const { env } = process;\nconst keep = (row) => env.HOME !== row.id;",
    2,
  ],
  [
    "eval",
    "DYNAMIC",
    "uses eval",
    "const keep = (row) =>\n  eval('row.tokens < 5');",
    "const calculate = eval;\nconst keep = (row) => calculate('1') > row.tokens;",
    2,
  ],
  [
    "function",
    "DYNAMIC",
    "Function",
    "const keep = (row) =>\n  new Function('return 1')() > row.tokens;",
    "const Make = Function;\nconst keep = (row) => new Make('return 1')() > row.tokens;",
    2,
  ],
];

describe.skipIf(kernelMissing !== null)(
  `what a step may not reach (${kernelMissing ?? "one kernel"})`,
  () => {
    let notebook: PromoteNotebook;
    beforeAll(async () => {
      notebook = await PromoteNotebook.start(HELPERS);
    });
    afterAll(() => notebook.stop());

    const cases = THINGS.flatMap(([thing, code, what, direct, alias, line]) => {
      const places = [direct, alias].map((cell) => {
        const at =
          cell.split("\n").findIndex((text) => /fetch|node:|Date|Math|process|eval|Function/.test(text)) + 1;
        return [cell, `in cell +1, line ${at}: `] as const;
      });
      return [
        { thing, way: "directly", cell: places[0]![0], expected: `${code} ${places[0]![1]}`, what },
        { thing, way: "through an alias", cell: places[1]![0], expected: `${code} ${places[1]![1]}`, what },
        {
          thing,
          way: "through an imported helper",
          cell: `\nimport { help } from "./${thing}";\nconst keep = (row) => help(row.id);`,
          expected: `${code} in cell +1, line 2: ${thing}.ts line ${line}: `,
          what,
        },
      ];
    });

    it.each(cases)("$thing, $way", async ({ cell, expected, what }) => {
      const said = await notebook.promote("refused", [cell]);
      const first = said.split("\n")[0]!;
      expect(first).toContain(`PromotionRefused: ${expected}`);
      expect(first).toContain(what);
      expect(first).toMatch(
        /; (read what it needs in a cell before|a step sees its row|take it from a column|write the code out)/,
      );
      expect(listVersions(join(notebook.folder, "pipelines"), "refused")).toEqual([]);
    });
  },
);
