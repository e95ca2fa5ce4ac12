/** Promotion in a real notebook kernel: the refusals, the proof and what is written. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadStep } from "../../kernel-lib/steps/sandbox";
import { damage, listVersions } from "../../kernel-lib/steps/versions";
import { type Execution, KernelSession, kernelMissing, result } from "../kernel/kernel-session";
import { cli } from "../run/run-cli";

const ROWS = 400;
const DOMAINS = ["math", "code", "chat"];

describe.skipIf(kernelMissing !== null)(`promote in a notebook (${kernelMissing ?? "driven"})`, () => {
  let folder: string;
  let kernel: KernelSession;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "corpuslab-promote-"));
    mkdirSync(join(folder, "pipelines"));
    writeFileSync(join(folder, "corpuslab.json"), '{ "workspace": 1 }\n');
    const lines = Array.from({ length: ROWS }, (_, i) =>
      JSON.stringify({
        id: `r${i}`,
        tokens: (i * 37) % 1000,
        score: i % 10 === 3 ? null : ((i * 7) % 100) / 100,
        meta_domain: DOMAINS[i % 3],
        text: `row ${i}`,
      }),
    );
    writeFileSync(join(folder, "rows.jsonl"), `${lines.join("\n")}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    kernel = await KernelSession.start(folder);
    const opened = await run(
      'import { open, promote } from "corpuslab";\nconst table = await open("rows.jsonl");',
    );
    expect(opened.reply.evalue).toBe(undefined);
  });
  afterEach(async () => {
    await kernel.stop();
  });

  async function run(...cells: string[]): Promise<Execution> {
    let last: Execution | null = null;
    for (const cell of cells) last = await kernel.run(cell);
    return last!;
  }

  /** The refusals of a cell that fails: `CODE in cell N, line L`. */
  function refused({ reply }: Execution): string[] {
    expect([reply.status, reply.ename]).toEqual(["error", "PromotionRefused"]);
    return String(reply.evalue)
      .split("\n")
      .map((line) => /^promote \w+: (.*?):/.exec(line)?.[1] ?? line);
  }

  /** A cell that promotes `keep` as a filter of that name. */
  const promoting = (name: string, more = "") => `await promote(keep, { name: "${name}", table${more} })`;
  const version = (name: string, number = 1) => join(folder, "pipelines", name, `v${number}`);
  const read = (name: string, file: string, number = 1) =>
    readFileSync(join(version(name, number), file), "utf8");

  it("writes a version that says what the cell says, and shows it", async () => {
    const shown = await run(
      "const limit = 500;\nconst DOMAINS = new Set(['math', 'code']);",
      "const known = (domain: string) => DOMAINS.has(domain);\nfunction keep(row) {\n  if (!known(row.meta_domain)) return { drop: 'domain' };\n  return row.tokens < limit;\n}",
      promoting("keep_known"),
    );
    expect(shown.reply.evalue).toBe(undefined);
    expect(result(shown)!["text/plain"]).toContain("keep_known@1: a filter;");
    expect(result(shown)!["text/plain"]).toContain("param  limit = 500 (cell 2, line 1)");
    expect(readdirSync(version("keep_known")).sort()).toEqual([
      "SHA256SUMS",
      "golden.jsonl",
      "manifest.json",
      "page.html",
      "step.js",
      "step.ts",
    ]);
    expect(damage({ name: "keep_known", version: 1, folder: version("keep_known") })).toEqual([]);
    const keep = loadStep(read("keep_known", "step.js"), "keep_known@1")({ limit: 500 });
    const golden = read("keep_known", "golden.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { key: string; output: object; strata: string[] });
    expect(golden.length).toBeGreaterThan(20);
    expect(golden.flatMap(({ strata }) => strata)).toEqual(
      expect.arrayContaining(["near tokens 500", "meta_domain chat", "smallest tokens", "largest tokens"]),
    );
    for (const { key, output } of golden) {
      const i = Number(key);
      const row = { tokens: (i * 37) % 1000, meta_domain: DOMAINS[i % 3] };
      const answer = keep(row);
      expect(output).toEqual(
        answer === true ? { keep: true } : answer === false ? { drop: "keep_known" } : answer,
      );
    }
    expect(read("keep_known", "golden.jsonl")).not.toContain("row 1"); // no text of the dataset
  });

  it("gives the same version for the same code, and another for another threshold", async () => {
    await run("const limit = 500;", "const keep = (row) => row.tokens < limit;", promoting("keep_same"));
    const again = await run(
      "const keep = (row) => /* shorter */ row.tokens  <  limit;",
      promoting("keep_same"),
    );
    expect(result(again)!["text/plain"]).toContain(
      "keep_same@1: a filter, the same code and parameters as before",
    );
    const moved = await run(
      "const limit = 600;",
      "const keep = (row) => row.tokens < limit;",
      promoting("keep_same"),
    );
    expect(result(moved)!["text/plain"]).toContain("keep_same@2: a filter;");
    const [one, two] = [1, 2].map((number) => JSON.parse(read("keep_same", "manifest.json", number)));
    expect(two.code).toBe(one.code);
    expect(two.config).not.toBe(one.config);
  });

  it("is listed, verified and rolled back on the command line", async () => {
    await run("const limit = 500;", "const keep = (row) => row.tokens < limit;", promoting("keep_listed"));
    await run("const limit = 501;", "const keep = (row) => row.tokens < limit;", promoting("keep_listed"));
    const flags = ["--pipelines", join(folder, "pipelines")];
    const back = cli(["rollback", "keep_listed@1", "--reason", "lost rows", "--author", "ada", ...flags]);
    expect([back.code, back.stdout]).toEqual([0, "keep_listed: latest stands at version 1\n"]);
    const listed = cli(["versions", "keep_listed", ...flags]).stdout.split("\n");
    expect(listed[0]).toMatch(/^keep_listed@1 {2}filter {2}code \w{8} {2}config \w{8} .*← latest$/);
    expect(listed[1]).toMatch(/^keep_listed@2 /);
    expect(listed[4]).toMatch(/latest → 1 by ada: lost rows$/);
    const on = ["--on", join(folder, "rows.jsonl")];
    const verify = cli(["verify", "keep_listed", ...on, ...flags]).stdout.split("\n");
    const rows = /^keep_listed@\d: every byte is as it was written; (\d+) of (\d+) golden rows replayed on /;
    for (const line of verify.slice(0, 2)) {
      const [, replayed, golden] = rows.exec(line)!;
      expect([replayed, Number(golden) > 20]).toEqual([golden, true]);
      expect(line).toMatch(/: each answer is as it was$/);
    }
    expect(verify[2]).toBe("2 versions checked, no faults");
    writeFileSync(join(version("keep_listed", 2), "step.ts"), "// edited\n");
    const verified = cli(["verify", ...flags]);
    expect([verified.code, verified.stdout]).toEqual([
      1,
      expect.stringContaining("keep_listed/v2/step.ts: changed after it was written"),
    ]);
    rmSync(join(folder, "pipelines", "keep_listed"), { recursive: true });
    expect(cli(["versions", "keep_listd", ...flags]).stderr).toContain("no such step");
  });

  it("promotes a marked cell, a function in the call, and a flag", async () => {
    const marked = await run(
      "//| promote keep_marked\nconst keep = (row) => row.tokens < 300;",
      'await promote("keep_marked", { table })',
    );
    expect(result(marked)!["text/plain"]).toContain("keep_marked@1");
    const inline = await run('await promote((row) => row.tokens < 301, { name: "keep_inline", table })');
    expect(result(inline)!["text/plain"]).toContain("keep_inline@1");
    const flag = await run(
      'import { z } from "zod";',
      'await promote((row) => ({ long: row.tokens > 300, size: row.text.length }), { name: "sizes", table, writes: z.object({ long: z.boolean(), size: z.int() }) })',
    );
    expect(flag.reply.evalue).toBe(undefined);
    expect(result(flag)!["text/plain"]).toContain("sizes@1: a flag");
    expect(read("sizes", "golden.jsonl")).toMatch(
      /^\{"key":"\d+",.*"output":\{"sha256":"[0-9a-f]{64}"\}\}\n/,
    );
    const ruled = await run(
      'await promote((row) => ({ a: true }), { name: "ruled", table, writes: z.object({ a: z.boolean() }), nulls: { score: "drop" } })',
    );
    expect(ruled.reply.evalue).toContain("nulls says which rows a filter keeps");
  });

  it("keeps the value of what a cell computed", async () => {
    const shown = await run(
      "const big = (await table.filter('tokens > 900').toArray()).map(({ id }) => id);",
      "const keep = (row) => !big.includes(row.id);",
      promoting("keep_computed"),
    );
    expect(shown.reply.evalue).toBe(undefined);
    expect(read("keep_computed", "golden.jsonl")).not.toContain('"r');
    expect(read("keep_computed", "step.ts")).toMatch(/const big = \["r\d+",/);
  });

  it("takes a rule for missing values", async () => {
    const cell = "const keep = (row) => row.score > 0.5;";
    const undecided = await run(cell, promoting("keep_score"));
    expect(refused(undecided)).toEqual(["NULL_UNDECIDED in cell 2, line 1"]);
    const decided = await run(promoting("keep_score", ', nulls: { score: "drop" }'));
    expect(decided.reply.evalue).toBe(undefined);
    expect(JSON.parse(read("keep_score", "manifest.json")).proof.outcomes.drop).toBeGreaterThan(0);
    expect(read("keep_score", "golden.jsonl")).toContain('"drop":"score_missing"');
  });

  describe("refuses, with the cell and the line,", () => {
    it.each([
      [
        "a stale closure",
        ["const limit = 500;\nconst keep = (row) => row.tokens < limit;", "const limit = 100;"],
        "STALE_CLOSURE in cell 2, line 2",
      ],
      [
        "a name defined anew",
        ["const limit = 500;\nconst keep = (row) => row.tokens < limit;", "const limit = 500;"],
        "REDEFINED in cell 2, line 2",
      ],
      [
        "a changed capture",
        ["const words = ['r1'];", "const keep = (row) => words.includes(row.id);", "\nwords.push('r2');"],
        "MUTATED_CAPTURE in cell 4, line 2",
      ],
      [
        "a function that remembers",
        [
          "const seen = new Set();",
          "const keep = (row) => {\n  seen.add(row.meta_domain);\n  return seen.size < 2;\n};",
        ],
        "ORDER_DEPENDENT in cell 3, line 2",
      ],
      [
        "a factory closure",
        ["const under = (n: number) => (row) => row.tokens < n;", "const keep = under(500);"],
        "FACTORY_CLOSURE in cell 3, line 1",
      ],
      [
        "chance",
        ["const keep = (row) =>\n  Math.random() < 0.5 && row.tokens > 1;"],
        "NONDETERMINISTIC in cell 2, line 2",
      ],
      ["time", ["const keep = (row) => row.tokens < Date.now();"], "NONDETERMINISTIC in cell 2, line 1"],
      [
        "a file",
        [
          "import { readFileSync } from 'node:fs';",
          "const keep = (row) => readFileSync('x', 'utf8').includes(row.id);",
        ],
        "IO in cell 2, line 1",
      ],
      [
        "the network",
        ["const keep = (row) => { fetch('http://127.0.0.1/' + row.id); return true; };"],
        "IO in cell 2, line 1",
      ],
      [
        "a process",
        [
          "import { execSync } from 'node:child_process';",
          "const keep = (row) => String(execSync('true')) === row.id;",
        ],
        "IO in cell 2, line 1",
      ],
      ["the environment", ["const keep = (row) => row.id !== process.env.HOME;"], "IO in cell 2, line 1"],
      ["eval", ["const keep = (row) => eval('row.tokens < 5');"], "DYNAMIC in cell 2, line 1"],
      [
        "a column that is not there",
        ["const keep = (row: { tokens: number }) => (row as any).tokenz < 5;"],
        "InputError",
      ],
      [
        "an open handle",
        ["const handle = await open('rows.jsonl');", "const keep = (row) => row.id !== handle.origin;"],
        "UNSERIALIZABLE in cell 2, line 1",
      ],
      [
        "a row used as a whole",
        ["const keep = (row) => Object.keys(row).length > 1;"],
        "SCHEMA in cell 2, line 1",
      ],
      [
        "a missing type",
        ["const twice = (n) => n * 2;", "const keep = (row) => twice(row.tokens) < 500;"],
        "SCHEMA in cell 2, line 1",
      ],
      [
        "a sample that is all kept",
        ["const keep = (row) => row.tokens >= 0;"],
        "GOLDEN_EMPTY in cell 3, line 1",
      ],
      [
        "another answer than a filter gives",
        ["const keep = (row) => row.tokens;"],
        "SCHEMA in cell 2, line 1",
      ],
      [
        "an alias of chance",
        ["const m = Math;", "const keep = (row) => m.random() < row.tokens;"],
        "NONDETERMINISTIC in cell 2, line 1",
      ],
      [
        "a patched built-in",
        [
          "(Array.prototype as any).last = function () { return this[this.length - 1]; };",
          "const keep = (row) => row.tokens < 500;",
        ],
        "BUILTIN_PATCHED",
      ],
    ])("%s", async (_, cells, expected) => {
      const ran = await run(...cells, promoting("refused"));
      if (expected === "InputError") {
        expect([ran.reply.ename, String(ran.reply.evalue)]).toEqual([
          "InputError",
          expect.stringContaining(
            "reads the column tokenz, which the table does not have; did you mean tokens?",
          ),
        ]);
        return;
      }
      expect(refused(ran)[0]).toBe(expected);
      expect(listVersions(join(folder, "pipelines"), "refused")).toEqual([]);
    });

    it("an imported helper that draws by chance", async () => {
      writeFileSync(
        join(folder, "helper.ts"),
        "export const lucky = (n: number) =>\n  Math.random() * n > 1;\n",
      );
      const ran = await run(
        'import { lucky } from "./helper";',
        "const keep = (row) => lucky(row.tokens);",
        promoting("refused"),
      );
      expect(refused(ran)).toEqual(["NONDETERMINISTIC in cell 2, line 1"]);
      expect(String(ran.reply.evalue)).toContain(": helper.ts line 2: uses Math.random");
    });

    it("a cell that was edited and saved, but not run again", async () => {
      const path = join(folder, "edited.ipynb");
      const cell = (id: string, source: string) => ({
        id,
        cell_type: "code",
        source,
        metadata: {},
        outputs: [],
      });
      await run(`process.env.JPY_SESSION_NAME = ${JSON.stringify(path)};`);
      await kernel.run("const keep = (row) => row.tokens < 500;", { cell_id: "abc" });
      writeFileSync(
        path,
        JSON.stringify({ cells: [cell("abc", "const keep = (row) => row.tokens < 900;")] }),
      );
      const ran = await run(promoting("refused"));
      expect(refused(ran)).toEqual(["STALE_CELL in cell 3"]);
      expect(String(ran.reply.evalue)).toContain("save the notebook, run the cell again");
      writeFileSync(
        path,
        JSON.stringify({ cells: [cell("abc", "const keep = (row) => row.tokens < 500;")] }),
      );
      expect((await run(promoting("keep_saved"))).reply.evalue).toBe(undefined);
    });

    it("unless the file was last saved before the cell ran: it says nothing of it", async () => {
      const path = join(folder, "unsaved.ipynb");
      const source = "const keep = (row) => row.tokens < 900;";
      const cells = [{ id: "abc", cell_type: "code", source, metadata: {}, outputs: [] }];
      writeFileSync(path, JSON.stringify({ cells }));
      await run(`process.env.JPY_SESSION_NAME = ${JSON.stringify(path)};`);
      await kernel.run("const keep = (row) => row.tokens < 500;", { cell_id: "abc" });
      expect((await run(promoting("keep_unsaved"))).reply.evalue).toBe(undefined);
    });

    it("a name that no executed cell knows", async () => {
      const ran = await run('await promote("nowhere", { table })');
      expect(refused(ran)).toEqual(["JOURNAL_INCOMPLETE"]);
    });
  });
});
