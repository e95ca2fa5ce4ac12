/** Steps in another language: real Python programs that speak JSON lines, well and badly. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type ExternalOptions, ExternalProcess } from "../../kernel-lib/steps/external-process";
import type { StepManifest } from "../../kernel-lib/steps/manifest";

const home = mkdtempSync(join(tmpdir(), "corpuslab-external-"));
afterAll(() => rmSync(home, { recursive: true }));

const LOOP = `import json, sys
params = json.loads(sys.stdin.readline())["params"]
def say(answer):
    print(json.dumps(answer), flush=True)
for number, line in enumerate(sys.stdin):
    row = json.loads(line)["row"]
`;
let count = 0;
let open: ExternalProcess[] = [];
afterEach(async () => {
  for (const child of open) await child.close().catch(() => {});
  open = [];
});

interface Given extends ExternalOptions {
  readonly kind?: StepManifest["kind"];
  readonly nulls?: StepManifest["nulls"];
  readonly writes?: StepManifest["writes"]["properties"];
  readonly params?: Record<string, unknown>;
  readonly command?: string[];
  readonly more?: Record<string, string>;
}

/** A program whose loop over rows has this body. */
function program(
  body: string,
  { kind = "filter", nulls = {}, writes = {}, params = {}, command, more = {}, ...options }: Given = {},
) {
  const files = join(home, `p${++count}`);
  mkdirSync(files);
  const text = body
    .split("\n")
    .map((line) => `    ${line}\n`)
    .join("");
  writeFileSync(join(files, "judge.py"), LOOP + text);
  for (const [name, content] of Object.entries(more)) writeFileSync(join(files, name), content);
  const manifest = {
    name: "judge",
    kind,
    command: command ?? ["python3", "judge.py"],
    nulls,
    writes: { type: "object" as const, properties: writes },
  };
  const child = new ExternalProcess({ ref: "judge@1", files, manifest, params }, options);
  open.push(child);
  return { child, files };
}

const KEEP = 'say({"keep": True} if row["n"] < params["limit"] else {"drop": "too_long"})';

async function failure(asked: Promise<unknown>): Promise<string> {
  return await asked.then(
    () => "no failure",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe("an external step", () => {
  it("answers rows in order, whatever the batches, with its parameters", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ n: (i * 7) % 50 }));
    const expected = rows.map(({ n }) => (n < 20 ? { keep: true } : { drop: "too_long" }));
    const { child } = program(KEEP, { params: { limit: 20 } });
    expect(await child.answers(rows)).toEqual(expected);
    const batches = [rows.slice(0, 1), rows.slice(1, 30), [], rows.slice(30)];
    const asked = await Promise.all(batches.map((batch) => child.answers(batch)));
    expect(asked.flat()).toEqual(expected);
  });

  it("takes more than any pipe holds, at once", async () => {
    const text = "é".repeat(20_000);
    const rows = Array.from({ length: 400 }, (_, i) => ({ text: `${i}${text}` }));
    const { child } = program('say({"text": row["text"] + "!"})', { kind: "rewrite" });
    const answers = await child.answers(rows);
    expect(answers).toEqual(rows.map((row) => ({ text: `${row.text}!` })));
  });

  it("gives flags, rewrites and errors", async () => {
    const writes = { long: { type: "boolean" }, size: { type: "integer" } };
    const flag = program('say({"values": {"long": row["n"] > 1, "size": row["n"]}})', {
      kind: "flag",
      writes,
    });
    expect(await flag.child.answers([{ n: 2 }])).toEqual([{ values: { long: true, size: 2 } }]);
    const rewrite = program(
      'say([{"unchanged": True}, {"messages": [{"role": "user", "content": "a"}]}, {"error": "no model"}][number])',
      { kind: "rewrite" },
    );
    expect(await rewrite.child.answers([{}, {}, {}])).toEqual([
      { unchanged: true },
      { messages: [{ role: "user", content: "a" }] },
      { error: "no model" },
    ]);
  });

  it("does not see rows that a rule for nulls decides, and sees long integers whole", async () => {
    const { child } = program('say({"drop": str(row["n"])})', { nulls: { n: "keep" } });
    expect(await child.answers([{ n: null }, { n: 12345678901234567890n }, { n: 3 }])).toEqual([
      { keep: true },
      { drop: "12345678901234567890" },
      { drop: "3" },
    ]);
  });

  it("sees PATH and LANG of the environment, and leaves its folder as it is", async () => {
    process.env.HF_TOKEN_OF_TEST = "secret";
    const { child, files } = program(
      "import os, helper\nsay({\"drop\": f\"{os.environ['LANG']} {len(os.environ['PATH']) > 0} {'HF_TOKEN_OF_TEST' in os.environ} {'HOME' in os.environ}\"})",
      { more: { "helper.py": "x = 1\n" } },
    );
    expect(await child.answers([{}])).toEqual([{ drop: "C.UTF-8 True False False" }]);
    expect(readdirSync(files).sort()).toEqual(["helper.py", "judge.py"]);
    delete process.env.HF_TOKEN_OF_TEST;
  });

  it.each<[string, Given, string, string]>([
    ["no JSON", {}, 'print("loading…", flush=True)', 'answered "loading…", expected one JSON object a line'],
    ["another kind's answer", {}, 'say({"values": {}})', 'answered {"values":{}}, expected of a filter'],
    ["two fields", {}, 'say({"keep": True, "drop": "x"})', "expected of a filter"],
    ["a list", {}, "say([1])", 'answered [1], expected {"keep":true}'],
    ["keep: false", {}, 'say({"keep": False})', "answered keep = false, expected true"],
    ["an empty reason", {}, 'say({"drop": ""})', 'answered drop = "", expected a reason'],
    [
      "a column of another type",
      { kind: "flag", writes: { long: { type: "boolean" } } },
      'say({"values": {"long": "yes"}})',
      'answered values: long = "yes", expected boolean, received string',
    ],
    [
      "a column that was not declared",
      { kind: "flag", writes: { long: { type: "boolean" } } },
      'say({"values": {"long": True, "size": 3}})',
      "answered values: size, which is not declared in writes",
    ],
    ["a text that is none", { kind: "rewrite" }, 'say({"text": 5})', "answered text = 5, expected a text"],
  ])("is at fault for %s", async (_, given, body, expected) => {
    const { child } = program(body, given);
    const [answer] = await child.answers([{ n: 1 }]);
    expect(answer).toEqual({ fault: expect.stringContaining(expected) });
  });

  it("fails with the end of its stderr, without control characters", async () => {
    const { child } = program(
      'if number == 2:\n    sys.stderr.write("\\x1b[31mno model\\n"); sys.exit(3)\nsay({"keep": True})',
    );
    expect(await failure(child.answers([{}, {}, {}, {}]))).toBe(
      "InputError: step judge@1: python3 judge.py ended with exit code 3 before it answered row 3 of those it was given; the end of its stderr:\n\ufffd[31mno model",
    );
    expect(await failure(child.answers([{}]))).toContain("exit code 3");
    await child.close();
  });

  it("is killed with all that it started when it hangs", async () => {
    const { child, files } = program(
      'import subprocess, time\nsubprocess.Popen(["sh", "-c", "touch early; sleep 2; touch late"])\ntime.sleep(60)',
      { timeoutSeconds: 1.5 },
    );
    expect(await failure(child.answers([{}]))).toContain(
      "gave no answer to row 1 of those it was given for 1.5 s; it wrote nothing to stderr",
    );
    await child.close();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(["early", "late"].map((name) => existsSync(join(files, name)))).toEqual([true, false]);
  });

  it("fails when it answers more than it was asked", async () => {
    // One write, so that both lines arrive together: a line that comes later could be the next row's answer.
    const twice = '{"keep": true}\\n{"keep": true}\\n';
    const { child } = program(`sys.stdout.write('${twice}'); sys.stdout.flush()`);
    await child.answers([{}]).catch(() => []);
    const then = await failure(child.answers([{}]).then(() => child.answers([{}])));
    expect(then).toContain('answered more rows than it was given: {"keep": true}');
  });

  it("says what is wrong with its command, and stops on request", async () => {
    const missing = program("", { command: ["no-such-program-here", "x"] });
    expect(await failure(missing.child.answers([{}]))).toContain(
      "no-such-program-here cannot be started: not found on PATH",
    );
    const stop = new AbortController();
    const { child } = program("import time; time.sleep(60)", { signal: stop.signal });
    const asked = failure(child.answers([{}]));
    stop.abort(new Error("stopped"));
    expect(await asked).toBe("Error: stopped");
    await child.close();
  });
});
