/** What recurs is found with its counts; a promoted step takes exactly that; the command line does the same. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { boilerplate } from "../../kernel-lib/boilerplate/boilerplate";
import type { Boilerplate } from "../../kernel-lib/boilerplate/boilerplate-result";
import { why } from "../../kernel-lib/lineage/why";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { promote } from "../../kernel-lib/promote/promote";
import { normalize } from "../../kernel-lib/run/normalize";
import { open } from "../../kernel-lib/table/open";
import { writePipeline } from "../fixtures/write-step";
import { cli, temporaryFolder } from "../run/run-cli";

const FOOTER = "Subscribe to our newsletter and never miss a recipe again!";
const MENU = "Home\nRecipes\nAbout the kitchen\nContact and imprint\nPrivacy";
const CODE = "import matplotlib.pyplot as plt; import numpy as np";
const SURE = "Sure!";
const RULES = "You are a careful cook and never leave the stove alone.";
const quiet = { onProgress: () => undefined };
const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");

/** 200 rows: a footer in 60, a menu in 30, a code line in 80, a short line in all; 20 copies of one row. */
function rows() {
  const story = (i: number) =>
    `Recipe ${i} begins with the letter ${"abcdefghij"[i % 10]} and its own steps, number ${i * 7}.`;
  const made = Array.from({ length: 180 }, (_, i) => {
    const answer = [
      ...(i % 6 === 0 ? [MENU, ""] : []),
      SURE,
      story(i),
      ...(i % 9 < 4 ? [CODE, `\`\`\`\n${FOOTER}\n\`\`\``] : []),
      ...(i % 3 === 0 ? ["", FOOTER] : []),
    ].join("\n");
    return {
      messages: [
        { role: "system", content: RULES },
        { role: "user", content: `Recipe ${i}?` },
        { role: "assistant", content: answer },
      ],
    };
  });
  const copy = {
    messages: [
      { role: "user", content: "Again?" },
      { role: "assistant", content: "A line of its own that is copied with its row.\nAnd this." },
    ],
  };
  return [...made, ...Array.from({ length: 20 }, () => copy)];
}

let run: string;
let found: Boilerplate;

beforeAll(async () => {
  const source = join(folder, "rows.jsonl");
  writeFileSync(
    source,
    rows()
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(""),
  );
  run = join(folder, "run");
  await normalize(await open(source), { out: run, ...quiet });
  found = await boilerplate(run, quiet);
});

describe("what recurs is found", () => {
  it("whole, with its counts, and nothing else", () => {
    expect(
      found.units.map(({ kind, text, rows: n, times, roles }) => ({ kind, text, rows: n, times, roles })),
    ).toEqual([
      { kind: "line", text: FOOTER, rows: 60, times: 60, roles: { assistant: 60 } },
      { kind: "paragraph", text: MENU, rows: 30, times: 30, roles: { assistant: 30 } },
    ]);
    // A line and the blank line before it; a paragraph with the line feed and the blank line after it.
    expect(found.units.map(({ characters }) => characters)).toEqual([
      60 * (FOOTER.length + 2),
      30 * (MENU.length + 2),
    ]);
    expect([found.rows, found.copies, found.removed.rows, found.removed.heldBack]).toEqual([200, 19, 60, 0]);
    expect(found.removed.characters).toBe(found.units.reduce((sum, { characters }) => sum + characters, 0));
  });

  it("with code, when that is asked for", async () => {
    const all = await boilerplate(run, { code: true, ...quiet });
    expect(all.units.map(({ text }) => text)).toContain(CODE);
    expect(all.units.map(({ text }) => text)).not.toContain(SURE);
  });

  it("in system messages too, when that is asked for: they hold nothing else, so they stay", async () => {
    const all = await boilerplate(run, { system: true, minChars: 20, ...quiet });
    expect(all.units.map(({ text }) => text)).not.toContain(RULES);
  });

  it("only where it stands in enough different texts, and in enough of a dataset", async () => {
    expect((await boilerplate(run, { minRows: 31, ...quiet })).units.map(({ text }) => text)).toEqual([
      FOOTER,
    ]);
    expect((await boilerplate(run, { minShare: 0.2, ...quiet })).units.map(({ text }) => text)).toEqual([
      FOOTER,
    ]);
    expect((await boilerplate(run, { minRows: 61, ...quiet })).units).toEqual([]);
  });

  it("in rows in memory, by dataset", async () => {
    const of = (dataset: string, n: number) =>
      Array.from({ length: n }, (_, i) => ({
        row_key: `${dataset}${i}`,
        dataset,
        text: `Text ${dataset} ${i} alone\n${FOOTER}`,
      }));
    const both = await boilerplate([of("a", 12), of("b", 5)], quiet);
    expect(both.units[0]).toMatchObject({
      text: FOOTER,
      rows: 17,
      datasets: { a: 12, b: 5 },
      examples: ["a0", "a1", "a2"],
    });
  });

  it("and is shown with what it takes; text of a dataset is no markup", async () => {
    const text = "An <img src=x onerror=alert(1)> in the footer of every page";
    const hostile = Array.from({ length: 12 }, (_, i) => ({ text: `Row ${i} of its own\n\n${text}` }));
    const shown = (await boilerplate([hostile], { ...quiet, code: true }))[
      Symbol.for("corpuslab.display") as never
    ] as () => Record<string, string>;
    const made = await boilerplate([hostile], { ...quiet, code: true });
    const html = shown.call(made)["text/html"]!;
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img");
    expect(String(found)).toMatch(
      /^1 line and 1 paragraph recur: taking them out changes 60 rows of 200 and takes 5,400 characters/,
    );
  });

  it("says which column is missing", async () => {
    await expect(boilerplate([[{ txet: "a" }]], quiet)).rejects.toThrow(
      /no column "text"; near it: txet.*--text COLUMN/,
    );
  });
});

describe("a promoted step", () => {
  it("takes exactly what was counted; the texts as they were stay, and why names it", async () => {
    const made = await promote.boilerplate("strip_footers", found, { table: await open(run), pipelines });
    expect(made.manifest).toMatchObject({
      kind: "rewrite",
      form: "function",
      values: { boilerplate: [FOOTER, MENU] },
    });
    expect(made.manifest.proof.strata["holds unit 1"]).toBeGreaterThan(0);
    writePipeline(pipelines, "strip", [made.ref]);
    const out = join(folder, "stripped");
    const { ledger } = await runPipeline(join(pipelines, "strip.json"), {
      input: run,
      out,
      workers: 1,
      ...quiet,
    });
    expect(ledger.totals.rows_out).toBe(200);
    const [before, after] = [await open(run), await open(out)].map((table) =>
      table.select(["row_key", "text", "stats_char_len", "stats_approx_tokens"]),
    );
    const [old, now] = [await before!.toArray(), await after!.toArray()];
    const sum = (list: typeof old, name: string) => list.reduce((total, row) => total + Number(row[name]), 0);
    expect(sum(old, "stats_char_len") - sum(now, "stats_char_len")).toBe(found.removed.characters);
    expect(sum(old, "stats_approx_tokens") - sum(now, "stats_approx_tokens")).toBe(found.removed.tokens);
    expect(now.filter((row, i) => row.text !== old[i]!.text)).toHaveLength(found.removed.rows);
    // In code fences it is still there, and the run's own rows hold all of it.
    expect(now.filter(({ text }) => String(text).includes(FOOTER))).toHaveLength(80);
    const changed = now.find((row, i) => row.text !== old[i]!.text)!;
    expect(String(await why(String(changed.row_key), { run: out }))).toMatch(/strip_footers@1/);
    expect((await boilerplate(out, quiet)).units).toEqual([]);
  });

  it("is refused for a table that holds none of it, and with nothing chosen", async () => {
    const table = await open(run);
    await expect(
      promote.boilerplate("strip", ["A line that is nowhere to be found"], { table, pipelines }),
    ).rejects.toThrow(/GOLDEN_EMPTY.*none of \d+ rows/s);
    await expect(promote.boilerplate("strip", [], { table, pipelines })).rejects.toThrow(
      /no line and no paragraph was chosen/,
    );
  });
});

describe("corpuslab boilerplate", () => {
  it("lists, writes, and makes a step of the lines that were left in the file", () => {
    const out = join(folder, "found");
    const listed = cli(["boilerplate", run, "--out", out]);
    expect(listed.code, listed.stderr).toBe(0);
    expect(listed.stdout).toContain(FOOTER);
    const lines = readFileSync(join(out, "boilerplate.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).text)).toEqual([FOOTER, MENU]);
    const chosen = join(folder, "chosen.jsonl");
    writeFileSync(chosen, `${lines[0]}\n`);
    const made = cli([
      "boilerplate",
      run,
      "--chosen",
      chosen,
      "--step",
      "strip_newsletter",
      "--pipelines",
      pipelines,
    ]);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toContain("strip_newsletter@1: a rewrite");
    const cleaned = join(folder, "cleaned");
    const ran = cli(["run", join(pipelines, "strip_newsletter.json"), "--input", run, "--out", cleaned]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(cli(["boilerplate", run, "--out", out]).stderr).toMatch(
      /holds the result of an earlier boilerplate.*--overwrite/,
    );
    expect(cli(["boilerplate", cleaned, "--out", out, "--overwrite"]).code).toBe(0);
    const left = readFileSync(join(out, "boilerplate.jsonl"), "utf8").trimEnd().split("\n");
    expect(left.map((line) => JSON.parse(line).text)).toEqual([MENU]);
  });
});
