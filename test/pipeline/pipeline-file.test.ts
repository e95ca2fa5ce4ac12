/** Pipeline files, and messages that point at the line. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPipeline } from "../../kernel-lib/pipeline/pipeline-file";
import { digestOf, moveLabel } from "../../kernel-lib/steps/versions";
import { makeVersion } from "../steps/make-version";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-pipelines-"));
const path = join(folder, "curate.json");
afterAll(() => rmSync(folder, { recursive: true }));
let digest = "";

beforeAll(() => {
  makeVersion(folder, "keep_short");
  const second = makeVersion(folder, "keep_short");
  digest = digestOf(second);
  moveLabel(folder, second, { label: "production", author: "ada", reason: "test" });
  const long = { long: { type: "boolean" } };
  for (const name of ["mark_long", "mark_more"]) {
    makeVersion(folder, name, { kind: "flag", writes: { type: "object", properties: long } });
  }
});

const HEAD = '{\n  "format": "corpuslab.pipeline",\n  "version": 1,\n  "name": "curate",\n  "steps": [\n';
const steps = (...lines: string[]) => `${HEAD}${lines.map((line) => `    ${line}`).join(",\n")}\n  ]\n}\n`;

/** What is said of the file, without its folder. */
function fault(text: string): string {
  writeFileSync(path, text);
  try {
    readPipeline(path);
  } catch (error) {
    return `${(error as Error).name} ${(error as Error).message.replaceAll(`${folder}/`, "").replaceAll(folder, ".")}`;
  }
  return "none";
}

describe("a pipeline file", () => {
  it("gives its steps in order, with the version's own parameters or the file's", () => {
    writeFileSync(
      path,
      steps(
        '{ "step": "mark_long@1" }',
        `{ "step": "keep_short@2", "params": { "maxTokens": 40 }, "digest": "${digest}" }`,
      ),
    );
    const { name, steps: found } = readPipeline(path);
    expect(name).toBe("curate");
    expect(found.map(({ ref, params }) => [ref, params])).toEqual([
      ["mark_long@1", { maxTokens: 500 }],
      ["keep_short@2", { maxTokens: 40 }],
    ]);
    expect(found[1]!.digest).toBe(digest);
  });

  it("that is not there names those that are, and no other JSON of the folder", () => {
    writeFileSync(path, steps('{ "step": "keep_short@1" }'));
    writeFileSync(join(folder, "package.json"), "{}");
    expect(() => readPipeline(join(folder, "somewhere.json"))).toThrow(`pipelines in ${folder}: curate.json`);
    expect(() => readPipeline(join(folder, "packages.json"))).toThrow(`pipelines in ${folder}: curate.json`);
  });

  const ONE = '{ "step": "keep_short@1" }';
  it.each<[string, string, string]>([
    [
      "a comma too many",
      steps(`${ONE},`),
      "curate.json:7:3: is no JSON here: expected a value (a comma before ] must go)",
    ],
    ["a comma too few", steps(`${ONE} ${ONE}`), "curate.json:6:32: is no JSON here: expected a comma"],
    [
      "a comment",
      steps(`${ONE} // short`),
      "curate.json:6:32: is no JSON here: a comment, which JSON does not have",
    ],
    ["a file that ends early", HEAD, "curate.json:6:1: is no JSON here: expected ]"],
    ["nothing", "", "curate.json:1:1: is no JSON here: expected a value"],
    [
      "a name twice",
      steps('{ "step": "keep_short@1", "step": "keep_short@2" }'),
      "curate.json:6:31: step stands twice",
    ],
    [
      "another format",
      '{ "format": "x" }',
      'curate.json:1:13: format: got "x", expected "corpuslab.pipeline"',
    ],
    [
      "a name that is none",
      steps(ONE).replace('"curate"', '"Curate!"'),
      'curate.json:4:11: name: got "Curate!", expected a name such as curate_math (a-z, 0-9, _)',
    ],
    ["no name", steps(ONE).replace('  "name": "curate",\n', ""), "curate.json:1:1: has no name"],
    ["no steps", steps(), "curate.json:5:12: steps: got [], expected at least one step"],
    [
      "a step that is a text",
      steps('"keep_short@1"'),
      'curate.json:6:5: steps[0]: got "keep_short@1", expected object, received string',
    ],
    [
      "an unknown member",
      steps('{ "step": "keep_short@1", "parms": {} }'),
      "curate.json:6:31: steps[0].parms: unknown; did you mean params?",
    ],
    [
      "a label",
      steps(ONE, '{ "step": "keep_short@production" }'),
      'curate.json:7:15: steps[1].step: got "keep_short@production", expected a version by its number, since a label can move: write "keep_short@2"',
    ],
    [
      "no version",
      steps('{ "step": "keep_short" }'),
      'curate.json:6:15: steps[0].step: got "keep_short", expected a version by its number: write "keep_short@2"',
    ],
    [
      "a step without a number that is not there",
      steps('{ "step": "keep_shrot" }'),
      'curate.json:6:15: steps[0].step: got "keep_shrot", expected a version by its number, such as keep_short@2; did you mean keep_short@2?',
    ],
    [
      "a step that is not there",
      steps(ONE, '{ "step": "keep_shrot@1" }'),
      "curate.json:7:15: steps[1].step: keep_shrot@1: no such step in .; did you mean keep_short?",
    ],
    [
      "a version that is not there",
      steps('{ "step": "keep_short@9" }'),
      "curate.json:6:15: steps[0].step: keep_short@9: no such version, expected 1 to 2 or production",
    ],
    [
      "an unknown parameter",
      steps('{ "step": "keep_short@1",\n      "params": { "maxTokns": 3 } }'),
      "curate.json:7:19: steps[0].params.maxTokns: keep_short@1: has no parameter maxTokns; did you mean maxTokens?",
    ],
    [
      "a parameter of another type",
      steps('{ "step": "keep_short@1",\n      "params": { "maxTokens": "3" } }'),
      'curate.json:7:32: steps[0].params.maxTokens: keep_short@1: parameter maxTokens = "3": expected number, received string',
    ],
    [
      "a parameter out of bounds",
      steps('{ "step": "keep_short@1", "params": { "maxTokens": 0 } }'),
      "curate.json:6:56: steps[0].params.maxTokens: keep_short@1: parameter maxTokens = 0: too small: expected number to be >=1",
    ],
    [
      "other bytes than were pinned",
      steps(`{ "step": "keep_short@1", "digest": "${"0".repeat(64)}" }`),
      "curate.json:6:41: steps[0].digest: keep_short@1: is not the version that was pinned",
    ],
    [
      "a step twice",
      steps(ONE, ONE),
      "curate.json:7:15: steps[1].step: keep_short@1 stands twice, as step 1 and 2; promote it under another name",
    ],
    [
      "a column that two write",
      steps('{ "step": "mark_long@1" }', '{ "step": "mark_more@1" }'),
      "curate.json:7:15: steps[1].step: mark_more@1 writes the column long, which mark_long@1 writes before it",
    ],
  ])("points at %s", (_, text, expected) => {
    expect(fault(text)).toContain(`InputError ${expected}`);
  });

  it("names the file of a version that was changed, and files near to one that is not there", () => {
    const place = makeVersion(folder, "keep_edited");
    appendFileSync(join(place.folder, "step.js"), "\n");
    expect(fault(steps('{ "step": "keep_edited@1" }'))).toContain(
      "curate.json:6:15: steps[0].step: keep_edited@1: keep_edited/v1/step.js: changed after it was written; restore it from git",
    );
    expect(() => readPipeline(join(folder, "curat.json"))).toThrow(/did you mean curate\.json\?/);
  });
});
