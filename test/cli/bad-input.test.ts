/** What a user meets when the input is bad: one clear line, the right exit code, no stack trace, nothing half-written. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { listFiles } from "../../kernel-lib/engine/commit";
import type { Ledger } from "../../kernel-lib/run/ledger";
import { type CliResult, cli, hashes, ROOT, readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
let count = 0;

function file(name: string, content: string | Uint8Array): string {
  const place = join(folder, `case-${++count}`);
  mkdirSync(place);
  const path = join(place, name);
  writeFileSync(path, content);
  return path;
}

function chat(i: number, extra: Record<string, unknown> = {}): string {
  const messages = [
    { role: "user", content: `Question ${i}` },
    { role: "assistant", content: `Answer ${i}` },
  ];
  return `${JSON.stringify({ uuid: `u${i}`, messages, ...extra })}\n`;
}

const GOOD = Array.from({ length: 20 }, (_, i) => chat(i)).join("");

/** Normalizes into a new folder. */
function normalize(source: string, ...args: string[]): CliResult & { out: string } {
  const out = join(folder, `out-${++count}`);
  return { ...cli(["normalize", source, "--out", out, "--workers", "1", ...args]), out };
}

function ledger(out: string): Ledger["totals"] {
  return readJson<Ledger>(out, "ledger.json").totals;
}

async function rows(out: string, select: string): Promise<Record<string, unknown>[]> {
  const db = await Db.open();
  try {
    return await db.all(
      `SELECT ${select} FROM read_parquet(${quoteText(`${out}/rows/**/*.parquet`)}) ORDER BY source_row`,
    );
  } finally {
    db.close();
  }
}

/** One line that says what is wrong, and no trace of the code. */
function expectClear(result: CliResult, code: number, ...words: (string | RegExp)[]): void {
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(result.stderr).not.toContain("fault of corpuslab");
  for (const word of words) expect(result.stderr).toMatch(word);
  expect(result.code).toBe(code);
}

describe("wrong usage ends with code 2", () => {
  it.each([
    [["normalize"], /--out <dir> is missing/],
    [["normalize", "--out", "x"], /no dataset given/],
    [["normalize", "demo", "--out", "x", "--limit", "many"], /whole number of at least 1/],
    [["normalize", "demo", "--out", "x", "--wrokers", "2"], /unknown option '--wrokers'.*--workers/s],
    [["normalise"], /unknown command 'normalise'.*normalize/s],
    [["pools"], /no run folder given/],
    [["pools", "x", "--pool", "short"], /name='SQL predicate'/],
  ])("%j", (args, message) => {
    expectClear(cli(args as string[]), 2, message as RegExp);
  });
});

describe("names that are not there end with code 1 and the nearest names", () => {
  it("file", () => {
    const path = file("rows.jsonl", GOOD);
    expectClear(normalize(path.replace("rows.jsonl", "row.jsonl")), 1, /row\.jsonl/, /rows\.jsonl/);
  });

  it("dataset in a folder of repositories", () => {
    const path = file("train.jsonl", GOOD);
    const hub = join(path, "..");
    mkdirSync(join(hub, "owner", "chat-data"), { recursive: true });
    writeFileSync(join(hub, "owner", "chat-data", "train.jsonl"), GOOD);
    expectClear(normalize("owner/chat-dta", "--hub-dir", hub), 1, /owner\/chat-dta/, /owner\/chat-data/);
    expectClear(normalize("owner/chat-data", "--hub-dir", hub, "--splits", "trian"), 1, /trian/, /train/);
    expect(normalize("owner/chat-data", "--hub-dir", hub).code).toBe(0);
  });

  it("adapter", () => {
    expectClear(
      normalize(file("rows.jsonl", GOOD), "--adapter", "mesages"),
      1,
      /mesages/,
      /did you mean messages/,
    );
  });

  it("run folder, column", () => {
    expectClear(cli(["pools", join(folder, "nowhere")]), 1, /nowhere/);
    const { out } = normalize(file("rows.jsonl", GOOD));
    expectClear(cli(["sql", out, "select meta_domian from this"]), 1, /meta_domian/, /meta_domain/, /SQL/);
    expectClear(cli(["pools", out, "--pool", "x=meta_domian = 'math'"]), 1, /meta_domian/, /meta_domain/);
  });

  it("no shape that fits is a question", () => {
    expectClear(normalize(file("odd.jsonl", '{"a": 1, "b": 2}\n')), 1, /a, b/, /--adapter/);
  });
});

describe("damaged files", () => {
  it("an empty file has no rows", () => {
    const result = normalize(file("empty.jsonl", ""));
    expectClear(result, 0);
    expect(ledger(result.out).rows_in).toBe(0);
  });

  it("a gzip file cut short", () => {
    const packed = gzipSync(Array.from({ length: 500 }, (_, i) => chat(i, { noise: Math.sin(i) })).join(""));
    const path = file("rows.jsonl.gz", packed.subarray(0, packed.length / 2));
    const result = normalize(path, "--adapter", "messages");
    expectClear(result, 1, /rows\.jsonl\.gz/, /--resume/);
    writeFileSync(path, packed);
    const mended = cli([
      "normalize",
      path,
      "--out",
      result.out,
      "--workers",
      "1",
      "--adapter",
      "messages",
      "--resume",
    ]);
    expectClear(mended, 0);
    expect(ledger(result.out).rows_out).toBe(500);
  });

  it("a Parquet file cut short, and another beside it that is whole", async () => {
    const place = join(file("README.md", "# no front matter\n"), "..");
    const db = await Db.open();
    for (const name of ["a", "b"]) {
      await db.run(
        `COPY (SELECT 'q' || i AS question, 'a' || i AS answer FROM range(3000) t(i)) TO ${quoteText(join(place, `${name}.parquet`))}`,
      );
    }
    db.close();
    truncateSync(join(place, "a.parquet"), 500);
    const result = normalize(place, "--adapter", "instruction-response?prompt=question&response=answer");
    expectClear(result, 1, /a\.parquet/, /1 of the run's tasks failed/);
    expect(readJson<Ledger>(result.out, "ledger.json").failed.length).toBe(1);
    expect((await rows(result.out, "count(*) AS n, any_value(source_row) AS source_row"))[0]!.n).toBe(3000);
  });

  it("a damaged file beside a whole one does not change how the whole one is read", () => {
    const place = join(file("a.jsonl", GOOD), "..");
    writeFileSync(join(place, "b.jsonl.gz"), gzipSync(GOOD).subarray(0, 40));
    const result = normalize(place);
    expectClear(result, 1, /b\.jsonl\.gz/);
    const shard = join(result.out, "rows", "train", "part-00000.parquet");
    expect(existsSync(shard)).toBe(true);
    writeFileSync(join(place, "b.jsonl.gz"), gzipSync(GOOD.replaceAll("Question", "Another")));
    expectClear(cli(["normalize", place, "--out", result.out, "--workers", "1", "--resume"]), 0);
    expect(ledger(result.out)).toMatchObject({ rows_in: 40, rows_out: 40 });
  });

  it("a file that changes between a kill and --resume is read anew", async () => {
    const path = file("rows.jsonl", GOOD);
    const result = normalize(path, "--rows-per-shard", "5");
    expectClear(result, 0);
    writeFileSync(path, GOOD.slice(0, GOOD.length / 2).replace(/[^\n]*$/, ""));
    const again = cli([
      "normalize",
      path,
      "--out",
      result.out,
      "--workers",
      "1",
      "--rows-per-shard",
      "5",
      "--resume",
    ]);
    expectClear(again, 0);
    const { rows_out } = ledger(result.out);
    expect(rows_out).toBeLessThan(20);
    expect((await rows(result.out, "count(*) AS n, any_value(source_row) AS source_row"))[0]!.n).toBe(
      rows_out,
    );
  });

  it("a file that changes without growing is read anew, with all that was made of it", async () => {
    const path = file("rows.jsonl", GOOD);
    const result = normalize(path);
    expectClear(result, 0);
    const lines = GOOD.trimEnd().split("\n");
    const doubled = lines.map((line, i) => (i === 7 ? lines[6]! : i === 9 ? "not json" : line));
    writeFileSync(path, `${doubled.join("\n")}\n`);
    expectClear(cli(["normalize", path, "--out", result.out, "--workers", "1", "--resume"]), 0);
    const fresh = normalize(path);
    const sidecars = (out: string) =>
      Object.entries(hashes(out)).filter(([name]) => !name.startsWith(".run/"));
    expect(sidecars(result.out)).toEqual(sidecars(fresh.out));
  });

  it("a file that is given twice", () => {
    const path = file("rows.jsonl", GOOD);
    expectClear(cli(["normalize", path, path, "--out", join(folder, `out-${++count}`)]), 1, /given twice/);
  });

  it("a run that is not there is not taken for a table to score", () => {
    const gone = join(folder, "no-such-run");
    expectClear(cli(["score", gone, "--model", "demo"]), 1, /no-such-run: no such file or folder/);
  });

  it("a page of HTML under a data file's name", () => {
    expectClear(
      normalize(file("rows.parquet", "<!doctype html><p>sign in</p>".padEnd(200)), "--adapter", "messages"),
      1,
      /HTML/,
    );
  });
});

describe("hostile names", () => {
  it("of splits stay below rows/ and are seen by every reader", async () => {
    const place = join(file("a.jsonl", GOOD), "..");
    const card = [
      "---",
      "configs:",
      "- config_name: default",
      "  data_files:",
      "  - split: ../../x",
      "    path: a.jsonl",
      "---",
      "",
    ];
    writeFileSync(join(place, "README.md"), card.join("\n"));
    const result = normalize(place);
    if (result.code === 0) {
      expect(listFiles(join(result.out, "rows")).every((name) => !name.startsWith("."))).toBe(true);
      expect(cli(["sql", result.out, "select count(*) as n from this"]).stdout).toContain("20");
    } else expectClear(result, 1, /x/);
  });
});

describe("bad lines are counted and kept", () => {
  it.each([
    ["not JSON", "{oops}\n", { not_json: 1 }],
    ["NaN", '{"messages": [], "score": NaN}\n', { not_json: 1 }],
    ["a trailing comma", '{"messages": [],}\n', { not_json: 1 }],
    ["single quotes", "{'messages': []}\n", { not_json: 1 }],
    ["two objects", '{"a": 1} {"b": 2}\n', { not_json: 1 }],
    ["an array", "[1]\n", { not_an_object: 1 }],
    ["a blank line", "   \n", { blank: 1 }],
    ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), { invalid_utf8: 1 }],
  ])("%s", (_, bad, expected) => {
    const path = file(
      "rows.jsonl",
      Buffer.concat([Buffer.from(GOOD), Buffer.from(bad as string), Buffer.from(GOOD)]),
    );
    const result = normalize(path);
    expectClear(result, 0);
    expect(ledger(result.out)).toMatchObject({ rows_in: 41, rows_out: 40, quarantined: expected });
    const [name] = listFiles(join(result.out, "quarantine"));
    const line = JSON.parse(readFileSync(join(result.out, "quarantine", name!), "utf8")) as Record<
      string,
      unknown
    >;
    expect(line).toMatchObject({ row: 20, offset: GOOD.length, file: "rows.jsonl" });
    const bytes = Buffer.from(line.bytes_base64 as string, "base64").toString("latin1");
    expect(Buffer.from(bad as string).toString("latin1")).toBe(`${bytes}\n`);
  });

  it("a byte order mark, CRLF and no final newline are no fault", () => {
    const path = file("rows.jsonl", `\ufeff${GOOD.replaceAll("\n", "\r\n")}`.trimEnd());
    const result = normalize(path);
    expectClear(result, 0);
    expect(ledger(result.out)).toMatchObject({ rows_in: 20, rows_out: 20, quarantined: {} });
  });

  it("a line of 50 MB", async () => {
    const result = normalize(file("rows.jsonl", GOOD + chat(99, { blob: "x".repeat(50_000_000) }) + GOOD));
    expectClear(result, 0);
    expect(ledger(result.out).rows_out).toBe(41);
    const lengths = await rows(result.out, "length(source_extra_json) AS n, source_row");
    expect(lengths[20]!.n).toBeGreaterThan(50_000_000);
  });

  it("types that change, null messages, content that is a dict or a list", async () => {
    const lines = [
      {
        id: 1,
        license: "mit",
        messages: [
          { role: "user", content: { a: 1.0, b: [1, 2] } },
          { role: "assistant", content: "ok" },
        ],
      },
      { id: "two", license: 7, messages: null },
      {
        id: null,
        license: ["x"],
        messages: [
          { role: "user", content: "q" },
          { role: "assistant", content: ["y", null] },
        ],
      },
      { id: {}, messages: "not a list" },
    ];
    const result = normalize(
      file("rows.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
      "--adapter",
      "messages",
    );
    expectClear(result, 0);
    expect(ledger(result.out)).toMatchObject({ rows_in: 4, rows_out: 4 });
    const found = await rows(
      result.out,
      "text, quality_valid_harmony AS valid, source_license, source_extra_json AS extra, source_row",
    );
    expect(found.map(({ valid }) => valid)).toEqual([true, false, true, false]);
    expect(found[0]!.text).toContain('{"a": 1, "b": [1, 2]}');
    expect(found[2]!.text).toContain('["y", null]');
    expect(found.map(({ source_license }) => source_license)).toEqual(["mit", null, null, null]);
    expect(found[1]!.extra).toContain('"license": 7');
  });
});

describe("a disk that fills", () => {
  it("says so, leaves no half-written file, and goes on with --resume", () => {
    const random = Array.from({ length: 4000 }, (_, i) =>
      chat(i, { noise: String(Math.sin(i)).repeat(20) }),
    ).join("");
    const path = file("rows.jsonl", random);
    const out = join(folder, `out-${++count}`);
    const args = `normalize ${path} --out ${out} --workers 1 --rows-per-shard 1000`;
    const bin = join(ROOT, "kernel-lib", "bin", "corpuslab.js");
    const limited = spawnSync("bash", ["-c", `ulimit -f 24; exec node ${bin} ${args}`], {
      encoding: "utf8",
    });
    expectClear(
      { code: limited.status, stdout: limited.stdout, stderr: limited.stderr },
      1,
      /disk is full|file-size limit/,
      /--resume/,
    );
    const whole = listFiles(out).filter((name) => name.endsWith(".parquet") && !name.startsWith(".run/"));
    for (const name of whole) expect(readFileSync(join(out, name)).subarray(-4).toString()).toBe("PAR1");
    expect(existsSync(join(out, "run.json"))).toBe(false);
    expect(cli(`${args} --resume`.split(" ")).code).toBe(0);
    const fresh = normalize(path, "--rows-per-shard", "1000");
    expect(hashes(out)).toEqual(hashes(fresh.out));
  });
});
