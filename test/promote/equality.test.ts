/**
 * What was promoted gives over all rows what the function of the cell gives when it is mapped over them in the cell: on
 * the stand-in datasets, and on rows that are hard to carry through a file.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { listFiles } from "../../kernel-lib/engine/commit";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { pinStep } from "../../kernel-lib/steps/pinned-step";
import { open } from "../../kernel-lib/table/open";
import type { TableRow } from "../../kernel-lib/table/table";
import { KernelSession, kernelMissing, result } from "../kernel/kernel-session";
import { cli } from "../run/run-cli";

const HUB = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
const hubMissing = existsSync(join(HUB, "EXPECTED.json"))
  ? null
  : `no ${HUB}/EXPECTED.json; set CORPUSLAB_HUB_DIR to compare on the stand-ins`;
const missing = kernelMissing ?? hubMissing;
if (missing) console.warn(`SKIPPED: ${missing}`);

/** A kernel in a workspace with a run in `run/`, whose functions are promoted and mapped over all rows. */
class Workspace {
  private constructor(
    readonly folder: string,
    private readonly kernel: KernelSession,
  ) {}

  static async start(makeRun: (out: string) => Promise<void>): Promise<Workspace> {
    const folder = mkdtempSync(join(tmpdir(), "corpuslab-equality-"));
    mkdirSync(join(folder, "pipelines"));
    writeFileSync(join(folder, "corpuslab.json"), '{ "workspace": 1 }\n');
    await makeRun(join(folder, "run"));
    const workspace = new Workspace(folder, await KernelSession.start(folder));
    await workspace.cell(
      `import { open, promote } from "corpuslab";\nimport { z } from "zod";\nconst fs = require("node:fs");\nconst rows = await open("run");`,
    );
    // Each answer as a line, with what JSON cannot say written out.
    await workspace.cell(`const said = (value: any): any =>
  typeof value === "bigint" ? { bigint: String(value) }
  : typeof value === "number" && !(Number.isFinite(value) && !Object.is(value, -0)) ? { number: Object.is(value, -0) ? "-0" : String(value) }
  : Array.isArray(value) ? value.map(said)
  : value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, said(v)]))
  : value;
const mapLive = async (fn: any, columns: string[], path: string) => {
  const file = fs.openSync(path, "w");
  await rows.select(["row_key", ...columns]).forEach((row: any) => {
    let answer;
    try { answer = fn(row); } catch (error) { answer = { threw: true }; }
    fs.writeSync(file, JSON.stringify([row.row_key, said(answer)]) + "\\n");
  });
  fs.closeSync(file);
};`);
    return workspace;
  }

  async stop(): Promise<void> {
    await this.kernel.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async cell(code: string): Promise<string> {
    const ran = await this.kernel.run(code);
    expect(ran.reply.evalue).toBe(undefined);
    return String(result(ran)?.["text/plain"] ?? "");
  }

  /** What the function of the cell says of every row, by key. */
  async live(fn: string, columns: readonly string[]): Promise<Map<string, unknown>> {
    const path = join(this.folder, `${fn}.jsonl`);
    await this.cell(`await mapLive(${fn}, ${JSON.stringify(columns)}, ${JSON.stringify(path)})`);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    return new Map(lines.map((line) => JSON.parse(line) as [string, unknown]));
  }

  /** What the version says of every row, when the executor runs it over the whole run. */
  async ran(ref: string, columns: readonly string[] = []): Promise<TableRow[]> {
    const out = join(this.folder, `out-${ref}`);
    const step = pinStep(join(this.folder, "pipelines"), ref);
    const options = { input: join(this.folder, "run"), out, workers: 2, onProgress: null };
    await runPipeline({ name: "equality", steps: [step] }, options);
    const table = await open(out, { dropped: true });
    const found: TableRow[] = [];
    await table.select(["row_key", "kept", "drop_reason", ...columns]).forEach((row) => {
      found.push(row);
    });
    return found;
  }
}

/** As the cell writes values down. */
function said(value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (Array.isArray(value)) return value.map(said);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, said(one)]));
}

/** What a filter's verdict is in the words of the function's answer. */
function verdict({ kept, drop_reason }: TableRow, name: string): unknown {
  if (kept) return true;
  return drop_reason === name ? false : drop_reason === "error" ? { threw: true } : { drop: drop_reason };
}

/** Rows whose answers differ, and how often each kind of answer was given. */
function compared(
  live: ReadonlyMap<string, unknown>,
  ran: readonly TableRow[],
  answerOf: (row: TableRow, live: unknown) => unknown,
) {
  const differing: unknown[] = [];
  for (const row of ran) {
    const key = String(row.row_key);
    const [cell, version] = [live.get(key), answerOf(row, live.get(key))];
    if (JSON.stringify(cell) !== JSON.stringify(version)) differing.push({ key, cell, version });
  }
  return { rows: ran.length, keys: live.size, differing: differing.length, first: differing.slice(0, 3) };
}

function tally(answers: Iterable<unknown>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const name = JSON.stringify(answer);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const equal = (rows: number) => ({ rows, keys: rows, differing: 0, first: [] });

describe.skipIf(missing !== null)(`over all stand-ins (${missing ?? "in one kernel"})`, () => {
  let workspace: Workspace;
  let total: number;

  beforeAll(async () => {
    workspace = await Workspace.start(async (out) => {
      const datasets = readdirSync(HUB, { withFileTypes: true })
        .filter((owner) => owner.isDirectory())
        .flatMap((owner) => readdirSync(join(HUB, owner.name)).map((name) => `${owner.name}/${name}`));
      const done = cli(["normalize", ...datasets, "--hub-dir", HUB, "--out", out, "--workers", "2"]);
      expect([done.code, datasets.length]).toEqual([0, 18]);
    });
    total = await (await open(join(workspace.folder, "run"))).count();
    const { totals } = JSON.parse(readFileSync(join(HUB, "EXPECTED.json"), "utf8"));
    expect(total).toBe(totals.rows);
  }, 300_000);
  afterAll(() => workspace?.stop());

  const COLUMNS = ["meta_domain", "meta_correctness", "stats_approx_tokens", "quality_reasons"];

  it("a filter over numbers and metadata decides as its cell does, and so does its predicate", async () => {
    await workspace.cell("const maxTokens = 900;\nconst least = 0.5;");
    await workspace.cell(`const keepFit = (row) => {
  if (row.quality_reasons.includes("empty_completion")) return { drop: "empty" };
  if (row.meta_correctness !== null && row.meta_correctness < least) return { drop: "often_wrong" };
  if (row.meta_domain === "safety") return { drop: "safety" };
  return row.stats_approx_tokens < maxTokens;
};`);
    await workspace.cell(`await promote(keepFit, { name: "keep_fit", table: rows })`);
    const live = await workspace.live("keepFit", COLUMNS);
    const ran = await workspace.ran("keep_fit@1");
    expect(compared(live, ran, (row) => verdict(row, "keep_fit"))).toEqual(equal(total));
    const counts = tally(live.values());
    expect(Object.keys(counts).sort()).toEqual([
      "false",
      "true",
      '{"drop":"empty"}',
      '{"drop":"often_wrong"}',
      '{"drop":"safety"}',
    ]);

    const predicate =
      "not list_contains(quality_reasons, 'empty_completion') and coalesce(meta_correctness >= $least, true) and meta_domain <> 'safety' and stats_approx_tokens < $maxTokens";
    await workspace.cell(
      `await promote.sql("keep_fit_sql", ${JSON.stringify(predicate)}, { table: rows, params: { maxTokens: 900, least: 0.5 } })`,
    );
    const decided = await workspace.ran("keep_fit_sql@1");
    const keeps = new Map([...live].map(([key, answer]) => [key, answer === true]));
    expect(compared(keeps, decided, ({ kept }) => kept)).toEqual(equal(total));
  }, 120_000);

  it("a filter over text decides as its cell does", async () => {
    await workspace.cell(`const wordy = (row) => {
  const lines = row.text.split("\\n");
  if (new Set(lines).size / lines.length < 0.8) return { drop: "repeats_lines" };
  if (/[^\\x00-\\x7f]{3}/.test(row.text)) return { drop: "other_script" };
  return row.text.length > 700;
};
await promote(wordy, { name: "wordy", table: rows })`);
    const live = await workspace.live("wordy", ["text"]);
    expect(compared(live, await workspace.ran("wordy@1"), (row) => verdict(row, "wordy"))).toEqual(
      equal(total),
    );
    expect(Object.keys(tally(live.values())).length).toBe(4);
  }, 120_000);

  it("a flag over messages with numbers and lists gives the values of its cell", async () => {
    await workspace.cell(`const shape = (row) => {
  const turns = row.messages ?? [];
  const turn_sizes = turns.map(({ content }) => (content ?? "").length);
  return {
    turn_sizes,
    speakers: [...new Set(turns.map(({ role }) => role))],
    mean_size: turns.length === 0 ? null : turn_sizes.reduce((a, b) => a + b, 0) / turns.length,
    asks: turns.some(({ role, content }) => role === "user" && (content ?? "").includes("?")),
  };
};`);
    await workspace.cell(`await promote(shape, { name: "shape", table: rows, writes: z.object({
  turn_sizes: z.array(z.int()), speakers: z.array(z.string()), mean_size: z.number().nullable(), asks: z.boolean() }) })`);
    const columns = ["turn_sizes", "speakers", "mean_size", "asks"];
    const live = await workspace.live("shape", ["messages"]);
    const ran = await workspace.ran("shape@1", columns);
    const values = (row: TableRow) => said(Object.fromEntries(columns.map((name) => [name, row[name]])));
    expect(compared(live, ran, values)).toEqual(equal(total));
    expect(new Set(ran.map((row) => row.asks)).size).toBe(2);
  }, 120_000);

  it("a rewrite gives the messages and texts of its cell, and leaves all others as they are", async () => {
    await workspace.cell(`const tidy = (row) => {
  const single = (text: string) => text.replace(/ +/g, " ");
  if (row.messages === null) {
    const text = single(row.text);
    return row.loss_mode === "all_text" && text !== row.text ? { text } : null;
  }
  const messages = row.messages.map((message) => ({ ...message, content: single(message.content ?? "") }));
  return row.messages.some(({ content }) => /  /.test(content ?? "")) ? { messages } : null;
};`);
    await workspace.cell(`await promote(tidy, { name: "tidy", kind: "rewrite", table: rows })`);
    const live = await workspace.live("tidy", ["messages", "text", "loss_mode"]);
    const before = new Map<string, TableRow>();
    const base = await open(join(workspace.folder, "run"));
    await base.select(["row_key", "text", "text_id", "messages"]).forEach((row) => {
      before.set(String(row.row_key), row);
    });
    const ran = await workspace.ran("tidy@1", ["text", "text_id", "messages"]);
    const found = compared(live, ran, (row, answer) => {
      const old = before.get(String(row.row_key))!;
      const isOld = JSON.stringify(row.messages) === JSON.stringify(old.messages);
      if (row.text === old.text && row.text_id === old.text_id && isOld) {
        return answer !== null && "text" in (answer as object) ? { text: row.text } : null;
      }
      if (row.text_id === old.text_id) return "the text_id of another text";
      return isOld ? { text: row.text } : { messages: said(row.messages) };
    });
    expect(found).toEqual(equal(total));
    const changed = [...live.values()].filter((answer) => answer !== null).length;
    expect([changed > 100, changed < total]).toEqual([true, true]);
  }, 120_000);
});

describe.skipIf(kernelMissing !== null)(`on awkward rows (${kernelMissing ?? "in one kernel"})`, () => {
  const ROWS = 60;
  const LONG = 5 * 1024 * 1024;
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = await Workspace.start(async (out) => {
      const source = `${out}-source.jsonl`;
      writeFileSync(source, Array.from({ length: ROWS }, (_, i) => `${awkwardRow(i)}\n`).join(""));
      const done = cli(["normalize", source, "--out", out, "--workers", "1"]);
      expect([done.code, done.stderr.includes("corpuslab:")]).toEqual([0, false]);
      await writeAwkwardFlags(out);
    });
  }, 120_000);
  afterAll(() => workspace?.stop());

  /** Row i of the source: texts with lone surrogates, NUL, 5 MB, line separators, direction marks, and plain ones. */
  function awkwardRow(i: number): string {
    const texts = [
      '"a lone \\ud800 high and \\udfff low"',
      '"a \\u0000 between"',
      `"${"long ".repeat(LONG / 5)}"`,
      '"line\\u2028separator \\u202e override \\ufeff mark"',
      '"\\ud83d\\ude00 e\\u0301 \\u00e9"',
      `"plain ${i}"`,
    ];
    const content = texts[i % 30 === 2 ? 2 : i % 6 === 2 ? 5 : i % 6]!;
    const ask = `{"role":"user","content":"row ${i}"}`;
    return `{"id":"r${i}","messages":[${ask},{"role":"assistant","content":${content}}]}`;
  }

  /** Values beside the rows that JSON cannot say: whole numbers beyond 2^53, NaN, infinities, -0, empty lists, nulls. */
  async function writeAwkwardFlags(out: string): Promise<void> {
    const db = await Db.open({ threads: 1 });
    try {
      for (const shard of listFiles(join(out, "rows"))) {
        const path = join(out, "flags", "awkward.v1", shard);
        mkdirSync(dirname(path), { recursive: true });
        await db.run(`copy (select row_key,
          case n % 6 when 0 then 9007199254740993 when 1 then -9223372036854775808 when 2 then 9223372036854775807
            when 3 then 9007199254740991 when 4 then 0 end::bigint as wide,
          case n % 7 when 0 then 'nan' when 1 then 'inf' when 2 then '-inf' when 3 then '-0.0' when 4 then '5e-324' when 5 then '0.1' end::double as score,
          case n % 4 when 0 then [] when 1 then ['a', null] when 2 then ['']
            end::varchar[] as words,
          case n % 3 when 0 then [] when 1 then ['nan'::double, 1.5, null] end::double[] as scores,
          case n % 3 when 0 then true when 1 then false end as mark
          from (select row_key, source_row as n from read_parquet(${quoteText(join(out, "rows", shard))}))
        ) to ${quoteText(path)} (format parquet)`);
      }
    } finally {
      db.close();
    }
  }

  it("a flag sees and gives the values that its cell sees and gives", async () => {
    await workspace.cell(`const seen = (row) => ({
  kinds: [typeof row.wide, typeof row.score, typeof row.words, typeof row.scores, typeof row.mark],
  wide_text: String(row.wide),
  is_wide: row.wide !== null && row.wide > 9007199254740991,
  score_text: row.score === null ? null : Object.is(row.score, -0) ? "-0" : String(row.score),
  words_back: row.words,
  words_text: JSON.stringify(row.words),
  scores_text: row.scores === null ? null : row.scores.map(String).join(" "),
  mark_back: row.mark,
  size: row.text.length,
  codes: [...row.text.slice(-60)].map((c) => c.codePointAt(0) ?? -1),
  back: row.text.slice(0, 40),
});`);
    const columns = [
      ...["kinds", "wide_text", "is_wide", "score_text", "words_back", "words_text", "scores_text"],
      ...["mark_back", "size", "codes", "back"],
    ];
    await workspace.cell(`await promote(seen, { name: "seen", table: rows, writes: z.object({
  kinds: z.array(z.string()), wide_text: z.string(), is_wide: z.boolean(), score_text: z.string().nullable(),
  words_back: z.array(z.string().nullable()).nullable(), words_text: z.string(), scores_text: z.string().nullable(),
  mark_back: z.boolean().nullable(), size: z.int(), codes: z.array(z.int()), back: z.string() }) })`);
    const live = await workspace.live("seen", ["wide", "score", "words", "scores", "mark", "text"]);
    const ran = await workspace.ran("seen@1", columns);
    const values = (row: TableRow) => said(Object.fromEntries(columns.map((name) => [name, row[name]])));
    expect(compared(live, ran, values)).toEqual(equal(ROWS));
    const all = (name: string) => new Set(ran.map((row) => String(row[name])));
    expect([...all("wide_text")].sort()).toEqual(
      [
        "-9223372036854775808",
        "0",
        "9007199254740991",
        "9007199254740993",
        "9223372036854775807",
        "null",
      ].sort(),
    );
    expect([...all("score_text")].sort()).toEqual(
      ["-0", "-Infinity", "0.1", "5e-324", "Infinity", "NaN", "null"].sort(),
    );
    expect([...all("words_text")].sort()).toEqual(['["a",null]', '[""]', "[]", "null"].sort());
    expect(Math.max(...ran.map((row) => Number(row.size)))).toBeGreaterThan(LONG);
    expect(ran.some((row) => (row.codes as number[]).includes(0))).toBe(true);
  }, 120_000);

  it("a filter decides as its cell does, by reasons and also where it throws", async () => {
    await workspace.cell(`const pick = (row) => {
  if (row.words === null) throw new Error("no words");
  if (row.score !== row.score) return { drop: "not_a_number" };
  if (row.text.includes("\\0")) return { drop: "nul" };
  if (row.text.includes("\\ufffd")) return { drop: "torn" };
  return row.text.length < 1000;
};
await promote(pick, { name: "pick", table: rows })`);
    const live = await workspace.live("pick", ["words", "score", "text"]);
    const ran = await workspace.ran("pick@1");
    expect(compared(live, ran, (row) => verdict(row, "pick"))).toEqual(equal(ROWS));
    expect(Object.keys(tally(live.values())).sort()).toEqual([
      "false",
      "true",
      '{"drop":"not_a_number"}',
      '{"drop":"nul"}',
      '{"drop":"torn"}',
      '{"threw":true}',
    ]);
  }, 120_000);
});
