import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bundleStep } from "../../kernel-lib/promote/bundle";
import { loadStep } from "../../kernel-lib/steps/sandbox";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe("bundleStep", () => {
  it("has helpers and packages inside, and says which", async () => {
    write("lib/words.ts", 'export const WORDS: readonly string[] = ["x"];\n');
    write(
      "helper.ts",
      'import { WORDS } from "./lib/words";\nexport const known = (w: string) => WORDS.includes(w);\n',
    );
    write("node_modules/@s/count/package.json", '{ "name": "@s/count", "version": "1.2.3", "main": "i.js" }');
    write("node_modules/@s/count/i.js", "exports.count = (t) => t.length;\n");
    write("node_modules/loose/package.json", '{ "name": "loose", "version": "0.1.0", "main": "i.js" }');
    write("node_modules/loose/i.js", "exports.two = 2;\n");
    write(
      "package-lock.json",
      '{ "packages": { "node_modules/@s/count": { "version": "1.2.3", "integrity": "sha512-abc" } } }',
    );
    const source = `import { known } from "./helper";
import { count } from "@s/count";
import { two } from "loose";
export function bind({ limit }: { readonly limit: number }) {
  return (row: { readonly w: string }) => known(row.w) && count(row.w) < limit + two;
}
`;
    const bundle = await bundleStep(source, folder);
    expect(bundle.locals).toEqual(["helper.ts", "lib/words.ts"]);
    expect(bundle.packages).toEqual([
      { name: "@s/count", version: "1.2.3", integrity: "sha512-abc" },
      { name: "loose", version: "0.1.0", integrity: null },
    ]);
    expect(bundle.missing).toEqual([]);
    const keep = loadStep(bundle.js, "try/v1")({ limit: 0 });
    expect([keep({ w: "x" }), keep({ w: "y" })]).toEqual([true, false]);
    expect((await bundleStep(source, folder)).js).toBe(bundle.js);
    expect(bundle.js).not.toContain(folder);
  });

  it("names what a step cannot have", async () => {
    const { missing } = await bundleStep(
      'import { readFileSync } from "node:fs"; import x from "not-there"; export const bind = () => () => readFileSync(x);',
      folder,
    );
    expect(missing).toEqual(["node:fs", "not-there"]);
  });

  it("is strict", async () => {
    const { js } = await bundleStep(
      "export const bind = () => (row: { n: number }) => { row.n = 2; return true; };",
      folder,
    );
    expect(() => loadStep(js, "try/v1")({})(Object.freeze({ n: 1 }))).toThrow("read only");
  });
});
