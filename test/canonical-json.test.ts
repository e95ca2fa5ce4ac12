import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  canonicalizeJson,
  canonicalJson,
  compareCodePoints,
  joinCanonical,
  pythonFloat,
} from "../kernel-lib/canonical-json";
import { randomJson, randomSource } from "./random-json";

const NUMBERS = [
  ..."0 -0 1 -1 9007199254740993 123456789012345678901234567890 -98765432109876543210".split(" "),
  ..."1.0 -0.0 0.0 1.50 0.1 0.6875 100.00 1e22 1E22 1e+22 1e16 1e15 123456789012345.6 1234567890123456.7".split(
    " ",
  ),
  ..."1e-4 1e-5 0.0001 0.00001 0.00012 -1.5e-7 1e400 -1e400 5e-324 1e-400 2.5E+3 0e0 -0e5 1.7976931348623157e308".split(
    " ",
  ),
  ..."0.1000000000000000055511151231257827 3.141592653589793238 0.30000000000000004 4.35 0.000123456789012345".split(
    " ",
  ),
  ..."12345678.90 99999999999999.9 1e1 10.0e2 0.5e-3 9.999999999999999e22 1e23 1.0e-10".split(" "),
];

const TEXTS = [
  '"\\u0041\\n\\t\\b\\f\\r\\"\\\\\\/"',
  '"\\u2028\\u2029\\u007f\\u0080\\u001f"',
  '"\\ud83c\\udf89 🎉 ünïcode"',
  '"\u2028 raw \u007f"',
  '""',
  '"back\\\\"',
];

const STRUCTURES = [
  '{"b":1,"a":2,"b":3}',
  '{"\\u0061":1,"a":2}',
  '{"\uffff":1,"\u{10000}":2,"\ue000":3,"a":4,"":5,"A":6,"_":7}',
  ' { "k" : [ ] , "j" : { } , "i" : [ 1 , [ 2 ] , { "x" : null } ] } ',
  "[true,false,null]",
  '{"a":{"c":[{"z":1.0,"y":-0}],"b":"\\n"}}',
  `{${Array.from({ length: 50 }, (_, i) => `"k${(i * 37) % 50}":${i}`).join(",")}}`,
  `{${Array.from({ length: 40 }, (_, i) => `"${i % 7}":${i}.0`).join(",")}}`,
];

/** What Python prints for each text, in both spacings. */
function python(texts: readonly string[]): { text: string; hash: string }[] {
  const program = `
import json, sys
sys.stdin.reconfigure(encoding="utf-8"); sys.stdout.reconfigure(encoding="utf-8")
for line in sys.stdin:
    value = json.loads(json.loads(line))
    dump = lambda separators: json.dumps(value, ensure_ascii=False, sort_keys=True, separators=separators)
    print(json.dumps({"text": dump(None), "hash": dump((",", ":"))}))
`;
  const input = texts.map((text) => JSON.stringify(text)).join("\n");
  const run = spawnSync("python3", ["-c", program], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`python3 failed: ${run.error?.message ?? run.stderr}`);
  return run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { text: string; hash: string });
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) console.warn("SKIPPED: comparison of canonical JSON with Python, there is no python3");

describe.skipIf(!hasPython)("against Python's json.dumps", () => {
  it.each([
    ["numbers", NUMBERS],
    ["texts", TEXTS],
    ["structures", STRUCTURES],
  ])("%s print the same bytes", (_, texts) => {
    expect(texts.map(both)).toEqual(python(texts));
  });

  it("4,000 random documents print the same bytes", () => {
    const random = randomSource(20240607);
    const texts = Array.from({ length: 4000 }, () => randomJson(random));
    const expected = python(texts);
    for (let at = 0; at < texts.length; at++) expect(both(texts[at]!), texts[at]!).toEqual(expected[at]);
  });

  it("20,000 random floats print the same digits", () => {
    const random = randomSource(7);
    const view = new DataView(new ArrayBuffer(8));
    const texts: string[] = [];
    while (texts.length < 20_000) {
      view.setUint32(0, random.below(2 ** 32));
      view.setUint32(4, random.below(2 ** 32));
      const value = view.getFloat64(0);
      if (Number.isFinite(value)) texts.push(value.toExponential());
      texts.push((random.below(1_000_000_000) / 10 ** random.below(12)).toFixed(random.below(14) + 1));
    }
    const expected = python([`[${texts.join(",")}]`])[0]!;
    expect(canonicalizeJson(`[${texts.join(",")}]`, "text")).toBe(expected.text);
  });
});

function both(text: string): { text: string; hash: string } {
  return { text: canonicalizeJson(text, "text"), hash: canonicalizeJson(text, "hash") };
}

describe("canonicalizeJson", () => {
  it("rejects what is not JSON", () => {
    const bad = [
      "",
      "{",
      "[1,]",
      '{"a":1,}',
      "01",
      "-",
      "1.",
      "1e",
      ".5",
      "+1",
      "NaN",
      "'a'",
      '"a',
      "[1 2]",
      "tru",
    ];
    for (const text of [...bad, '{"a" 1}', "{a:1}", "1 2", "[1}", '{"a":1]', "1.e5", "1e+", "--1", "-a"]) {
      expect(() => canonicalizeJson(text, "text"), text).toThrow(SyntaxError);
    }
  });

  it("reads 200,000 levels without a stack overflow", () => {
    const depth = 200_000;
    const lists = "[".repeat(depth) + "]".repeat(depth);
    expect(canonicalizeJson(lists, "hash")).toBe(lists);
    const objects = `${'{"a": '.repeat(depth)}1${"}".repeat(depth)}`;
    expect(canonicalizeJson(objects, "text")).toBe(objects);
  });

  it("takes time in proportion to the length", () => {
    const escapes = `["${'\\"x'.repeat(200_000)}", ${'"plain", '.repeat(100_000)}0]`;
    const started = performance.now();
    expect(canonicalizeJson(escapes, "text")).toBe(escapes);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("the other functions", () => {
  it("canonicalJson prints values as JavaScript knows them", () => {
    expect(canonicalJson({ b: 1, a: [undefined, 1.5] }, "text")).toBe('{"a": [null, 1.5], "b": 1}');
    expect(canonicalJson(undefined, "text")).toBe("null");
  });

  it("joinCanonical sorts, and the last of equal keys wins", () => {
    const entries: [string, string][] = [
      ["b", "1.0"],
      ["a\n", "2"],
      ["b", "3"],
    ];
    expect(joinCanonical(entries, "text")).toBe('{"a\\n": 2, "b": 3}');
    expect(joinCanonical([], "hash")).toBe("{}");
  });

  it("pythonFloat knows what JSON cannot say", () => {
    expect([Number.NaN, Infinity, -Infinity, -0].map(pythonFloat)).toEqual([
      "NaN",
      "Infinity",
      "-Infinity",
      "-0.0",
    ]);
  });

  it("compareCodePoints puts astral characters last", () => {
    const words = ["\u{1f389}", "\uffff", "a", "", "\ud7ff", "\ue000", "ab"];
    expect(words.sort(compareCodePoints)).toEqual(["", "a", "ab", "\ud7ff", "\ue000", "\uffff", "\u{1f389}"]);
  });
});
