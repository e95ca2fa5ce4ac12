/** Pipelines that are made in a cell and saved. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { mimeBundle } from "../../kernel-lib/notebook/display";
import { pipeline } from "../../kernel-lib/pipeline/pipeline";
import { readPipeline } from "../../kernel-lib/pipeline/pipeline-file";
import { makeVersion } from "../steps/make-version";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-pipeline-"));
afterAll(() => rmSync(folder, { recursive: true }));
const first = makeVersion(folder, "keep_short");
makeVersion(folder, "keep_sql", { form: "sql", values: { maxTokens: 3 } });
const promoted = { ref: "keep_short@1", folder: first.folder };

describe("a pipeline from a cell", () => {
  const made = pipeline([promoted, { step: "keep_sql@1", params: { maxTokens: 7 } }], { name: "curate" });

  it("shows its steps and what was changed", async () => {
    expect(String(made)).toBe(
      "curate: 2 steps\n  1. keep_short@1  filter  maxTokens = 500\n  2. keep_sql@1  filter (sql)  maxTokens = 7 (proven with 3)",
    );
    const { "text/html": html } = await mimeBundle(made);
    expect(html).toContain('<td style="text-align:left">filter (sql)</td>');
  });

  it("is saved whole, read back, and never written over in silence", () => {
    const path = made.save();
    expect(path).toBe(join(folder, "curate.json"));
    expect(readPipeline(path).steps).toEqual(made.steps);
    expect(
      JSON.parse(readFileSync(path, "utf8")).steps.map(({ params }: { params: object }) => params),
    ).toEqual([undefined, { maxTokens: 7 }]);
    writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(path, "utf8")))); // the same, laid out otherwise
    const before = readFileSync(path, "utf8");
    expect([made.save(), readFileSync(path, "utf8")]).toEqual([path, before]);
    const other = pipeline(["keep_sql@1"], { name: "curate", pipelines: folder });
    expect(() => other.save()).toThrow("is there and says something else; give save({ overwrite: true })");
    other.save({ overwrite: true });
    expect(pipeline(path).steps.map(({ ref }) => ref)).toEqual(["keep_sql@1"]);
    expect(readdirSync(folder).sort()).toEqual(["curate.json", "keep_short", "keep_sql"]);
  });

  it("refuses what a file would refuse", () => {
    const name = { name: "curate", pipelines: folder };
    expect(() => pipeline([], name)).toThrow("has no steps");
    expect(() => pipeline(["keep_short@latest"], name)).toThrow('write "keep_short@1"');
    expect(() => pipeline(["keep_short"], name)).toThrow('write "keep_short@1"');
    expect(() => pipeline(["keep_short@1"], { ...name, name: "no name" })).toThrow("expected a name such as");
    expect(() => pipeline([promoted, promoted], name)).toThrow("keep_short@1 stands twice");
    expect(() => pipeline([{ step: promoted, params: { maxTokens: -1 } }], name)).toThrow(
      "parameter maxTokens = -1: too small: expected number to be >=1",
    );
    expect(() => pipeline([{ ref: "keep_short@1", folder: "/elsewhere/keep_short/v1" }], name)).toThrow(
      "stand in one folder",
    );
  });
});
