/** Inputs and columns that are allowed but not usual: sidecars in another order, columns and reasons with awkward names. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { listFiles } from "../../kernel-lib/engine/commit";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const input = join(folder, "base");
const ROWS = 5000;
const COUNTED = { source_row: "number" };
const numbers = Array.from({ length: ROWS }, (_, n) => n);

beforeAll(async () => {
  await makeRun(input, { rows: ROWS, splits: [["default", "train", "train"]] });
  const key = `${quoteText("acme/quo'te\"d@0123456789abcdef0123456789abcdef01234567/data.jsonl#")} || i`;
  const db = await Db.open({ threads: 1 });
  const write = async (name: string, sql: string) => {
    mkdirSync(dirname(join(input, name)), { recursive: true });
    await db.run(`copy (${sql}) to ${quoteText(join(input, name))} (format parquet)`);
  };
  // The shards have the names of those of rows/, but other rows in another order.
  const shards = listFiles(join(input, "rows"));
  for (const [s, shard] of shards.entries()) {
    await write(
      `scores/mixed.v1/${shard}`,
      `select ${key} as row_key, i as score from range(${ROWS}) t(i) where i % 2 = ${s} order by hash(i)`,
    );
  }
  await write(
    "scores/half.v1/all.parquet",
    `select ${key} as row_key, i as half from range(0, ${ROWS}, 2) t(i)`,
  );
  db.close();

  await writeStep(pipelines, "scored", "(row) => row.score === row.source_row && row.score % 3 === 0", {
    reads: { score: "number", ...COUNTED },
  });
  await writeStep(pipelines, "scored_sql", "", {
    form: "sql",
    reads: { score: "number", half: { type: ["number", "null"] }, ...COUNTED },
    nulls: { half: "drop" },
    files: { "step.sql": "score = source_row and half = score and score % 3 = 0" },
  });
  await writeStep(pipelines, "thirds", "", {
    form: "sql",
    reads: COUNTED,
    files: { "step.sql": "source_row % 3 = 0" },
  });
  await writeStep(
    pipelines,
    "judged",
    `(row) => ({ reason: row.source_row % 2 ? 'odd' : 'even', step: row.source_row, place: 1, before_step: 'x', constructor: 1 })`,
    {
      kind: "flag",
      reads: COUNTED,
      writes: {
        reason: "string",
        step: "integer",
        place: "integer",
        before_step: "string",
        constructor: "integer",
      },
    },
  );
  await writeStep(pipelines, "even", "", {
    form: "sql",
    reads: { reason: "string" },
    files: { "step.sql": "reason = 'even'" },
  });
  await writeStep(pipelines, "first", "", {
    form: "sql",
    reads: { step: "integer", before_step: "string", constructor: "integer" },
    files: { "step.sql": "step < 100 and before_step = 'x' and constructor = 1" },
  });
  await writeStep(pipelines, "named", "(row) => row.source_row % 2 === 0 ? true : { drop: 'constructor' }", {
    reads: COUNTED,
  });
  await writeStep(
    pipelines,
    "kinds",
    `(row) => ({ kind: row.source_row % 2 ? 'odd' : row.source_row, any: [row.source_row], member: { a: null },
      words: ['a', null], lists: [[1, 2], []], items: [1, 'x'] })`,
    {
      kind: "flag",
      reads: COUNTED,
      writes: {
        kind: { type: ["string", "integer"] },
        any: {},
        member: { type: "object" },
        words: { type: "array", items: { type: ["string", "null"] } },
        lists: { type: "array", items: { type: "array", items: { type: "integer" } } },
        items: { type: "array", items: { type: ["integer", "string"] } },
      },
    },
  );
  await writeStep(pipelines, "says_kept", "() => ({ Kept: true })", {
    kind: "flag",
    writes: { Kept: "boolean" },
  });
});

let runs = 0;
function run(steps: readonly string[], options: Partial<Parameters<typeof runPipeline>[1]> = {}) {
  const name = `run_${++runs}`;
  const out = join(folder, name);
  return runPipeline(writePipeline(pipelines, name, steps), {
    input,
    out,
    workers: 2,
    partRows: 2000,
    ...options,
  });
}

describe("sidecars whose rows stand in another order", () => {
  it("are found by row_key in whatever shard they stand", async () => {
    expect((await run(["scored@1"])).ledger.totals).toMatchObject({
      rows_out: Math.ceil(ROWS / 3),
      rejected: { scored: ROWS - Math.ceil(ROWS / 3) },
      quarantined: {},
    });
    const sql = await run(["scored_sql@1"]);
    const rows = await (await sql.rows()).select(["source_row", "score", "half"]).toArray();
    expect(rows.map(({ score }) => score).sort((a, b) => Number(a) - Number(b))).toEqual(
      numbers.filter((n) => n % 6 === 0),
    );
  });

  it("leave each verdict with its row, in the run and in one over it", async () => {
    const layer = await run(["thirds@1"]);
    const rows = await (await layer.rows()).select(["source_row", "score", "half"]).toArray();
    expect(rows.length).toBe(Math.ceil(ROWS / 3));
    expect(
      rows.filter(
        ({ source_row: n, score, half }) =>
          Number(n) % 3 !== 0 || score !== n || half !== (Number(n) % 2 === 0 ? n : null),
      ),
    ).toEqual([]);
    const all = await (await open(layer.out, { dropped: true }))
      .select(["source_row", "kept", "score"])
      .toArray();
    expect(
      all.filter(({ source_row: n, kept, score }) => kept !== (Number(n) % 3 === 0) || score !== n),
    ).toEqual([]);
    const above = await run(["scored_sql@1"], { input: layer.out });
    expect(above.ledger.totals).toMatchObject({ rows_in: rows.length, rows_out: Math.ceil(ROWS / 6) });
  });
});

describe("a layer", () => {
  it("gives samples of the rows that it kept", async () => {
    const table = await (await run(["thirds@1"])).rows();
    const drawn = await table.filter("source_row < 600").sample(20, { seed: 3 }).toArray();
    expect(drawn.length).toBe(20);
    expect(drawn.filter(({ source_row: n }) => Number(n) % 3 !== 0 || Number(n) >= 600)).toEqual([]);
    expect(Object.keys(drawn[0]!).filter((name) => name.startsWith("__corpuslab"))).toEqual([]);
  });
});

describe("names", () => {
  it("of flags may be those that the executor's own columns would have", async () => {
    const { out } = await run(["judged@1", "even@1", "first@1"]);
    const rows = await (await open(out)).select(["source_row"]).toArray();
    expect(rows.map(({ source_row }) => source_row).sort((a, b) => Number(a) - Number(b))).toEqual(
      numbers.filter((n) => n % 2 === 0 && n < 100),
    );
  });

  it("of reasons may be those that every object has", async () => {
    const { out } = await run(["named@1"]);
    expect(readJson<{ totals: unknown }>(out, "ledger.json").totals).toEqual({
      ...{ rows_in: ROWS, rows_out: ROWS / 2, rejected: { constructor: ROWS / 2 }, quarantined: {} },
    });
  });

  it("under which a run says what became of a row are refused", async () => {
    await expect(run(["says_kept@1"])).rejects.toThrow(
      "step says_kept@1: writes the column Kept, in which a run says what became of a row",
    );
  });
});

describe("a column of another type than at promotion", () => {
  it("is refused before the first row", async () => {
    await writeStep(pipelines, "as_number", "(row) => row.loss_mode > 1", { reads: { loss_mode: "number" } });
    await expect(run(["as_number@1"])).rejects.toThrow(
      /^step as_number@1: reads the column loss_mode as number, but in .* it is VARCHAR; promote it again/,
    );
  });
});

describe("values of several kinds", () => {
  it("are stored as their JSON", async () => {
    const rows = await (await (await run(["kinds@1"])).rows())
      .filter("source_row in (0, 1)")
      .select(["kind", "any", "member", "words", "lists", "items"])
      .toArray();
    const rest = { member: '{"a":null}', words: ["a", null], lists: [[1, 2], []], items: ["1", '"x"'] };
    expect(rows).toEqual([
      { kind: "0", any: "[0]", ...rest },
      { kind: '"odd"', any: "[1]", ...rest },
    ]);
  });
});

describe("the folder of a run", () => {
  it("is never one of those below its input, under whatever name", async () => {
    const base = join(folder, "own");
    await makeRun(base, { rows: 30, splits: [["default", "train", "train"]] });
    mkdirSync(join(base, ".run"));
    writeFileSync(join(base, ".run", "config.json"), readFileSync(join(base, "run.json")));
    const layer = await run(["thirds@1"], { input: base });
    const link = join(folder, "link");
    symlinkSync(base, link);
    for (const out of [base, link, layer.out, folder]) {
      await expect(run(["named@1"], { input: layer.out, out, overwrite: true })).rejects.toThrow(
        `${out}: is the input, a run below it, or a folder around one`,
      );
    }
    expect(await (await open(layer.out)).count()).toBe(10);
  });

  it("is not read over a layer that was made anew with other steps", async () => {
    const below = join(folder, "below");
    await run(["thirds@1"], { out: below });
    const above = await run(["named@1"], { input: below });
    await run(["named@1"], { out: below, overwrite: true });
    await expect((await open(above.out)).count()).rejects.toThrow(
      `${above.out}: the rows in ${below} are not those that the pipeline ${above.manifest.pipeline!.name} ran over`,
    );
  });
});

describe("a run whose files were taken away", () => {
  it("is not finished by resuming it", async () => {
    const { out } = await run(["judged@1"]);
    rmSync(join(out, "flags"), { recursive: true });
    const file = join(pipelines, `run_${runs}.json`);
    await expect(runPipeline(file, { input, out, partRows: 2000, resume: true })).rejects.toThrow(
      "2 of the files that this run wrote are gone (flags/judged.v1/train/part-00000.parquet, ",
    );
  });
});

describe("text of rows", () => {
  it("stands neither in quarantine nor in lineage nor among the reasons", async () => {
    const parts = { reads: { text: "string", ...COUNTED } };
    const secret = (n: number) => `<|start|>user<|message|>q${n}<|end|>`;
    await writeStep(
      pipelines,
      "quotes",
      "(row) => { if (row.source_row === 4321) throw new Error('cannot read ' + row.text.slice(2)); return true; }",
      parts,
    );
    const { out } = await run(["quotes@1"]);
    const [file] = listFiles(join(out, "quarantine"));
    const { message } = readJson<{ message: string }>(out, "quarantine", file!);
    expect(message).toBe("Error: cannot read …");
    await writeStep(pipelines, "returns", "(row) => row.text", parts);
    await writeStep(pipelines, "reasons", "(row) => ({ drop: row.text.repeat(9) })", parts);
    const refused = join(folder, "refused");
    await expect(run(["returns@1"], { out: refused, workers: 1 })).rejects.toThrow(`"${secret(0)}"`);
    expect(readFileSync(join(refused, "openlineage.jsonl"), "utf8")).not.toContain(secret(0));
    await expect(run(["reasons@1"])).rejects.toThrow(
      /gave a reason of \d+ characters: a reason names a rule/,
    );
  });
});
