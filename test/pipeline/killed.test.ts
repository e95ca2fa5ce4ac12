/** A run that is killed, at any moment and many times, ends with the bytes of one that was not. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Ledger } from "../../kernel-lib/run/ledger";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { cli, hashes, readJson, startCli, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const input = join(folder, "base");
const KILLS = 20;

beforeAll(async () => {
  // Parts are of whole shards: two of each split.
  const splits = ["a", "b", "c", "d"].map((name) => ["default", name, name] as const);
  await makeRun(input, { rows: 4000, splits });
  await writeStep(
    pipelines,
    "throws",
    "(row) => { if (row.source_row % 900 === 7) throw new Error('no'); return row.source_row % 5 !== 0; }",
    {
      reads: { source_row: "number" },
    },
  );
  await writeStep(pipelines, "size", "(row) => ({ size: row.text.length })", {
    ...{ kind: "flag", reads: { text: "string" }, writes: { size: "integer" } },
  });
  await writeStep(
    pipelines,
    "redact",
    "(row) => row.text.includes('9') ? { text: row.text.replaceAll('9', '#') } : null",
    {
      ...{ kind: "rewrite", reads: { text: "string" } },
    },
  );
  await writeStep(pipelines, "short", "", {
    form: "sql",
    reads: { size: "number" },
    files: { "step.sql": "size < 36" },
  });
  await writeStep(pipelines, "first", "", {
    form: "group",
    reads: { meta_domain: "string", text: "string" },
    group: { by: ["meta_domain"], keep: 100, order: [{ column: "text", descending: false }] },
  });
  writePipeline(pipelines, "all_forms", ["throws@1", "size@1", "redact@1", "short@1", "first@1"]);
});

const command = (out: string) => [
  ...["run", join(pipelines, "all_forms.json"), "--input", input, "--out", out],
  ...["--workers", "2", "--part-rows", "500", "--resume"],
];

/** Numbers of 0..1 that look random and are the same each time. */
function* draws(): Generator<number, never> {
  for (let state = 20261121; ; ) {
    state = (state * 48271) % 2147483647;
    yield state / 2147483647;
  }
}

describe("a run that is killed", () => {
  it("at 20 moments ends with the same bytes, no orphan files and a ledger that balances", async () => {
    const started = performance.now();
    const whole = join(folder, "whole");
    expect(cli(command(whole)).code).toBe(1); // some rows are in quarantine
    const length = performance.now() - started;
    const expected = hashes(whole);
    const chance = draws();
    let out = join(folder, "killed-0");
    let unfinished = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const child = startCli(command(out));
      const ended = once(child, "exit");
      // The first run is the slowest: later ones find programs and rows in the machine's memory.
      await Promise.race([ended, wait(chance.next().value * 0.7 * length)]);
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        unfinished++;
      }
      await ended;
      if (child.exitCode !== 1) continue;
      expect(hashes(out)).toEqual(expected); // it was faster than its killer
      out = join(folder, `killed-${kill}`);
    }
    expect(unfinished).toBeGreaterThan(KILLS / 2);
    expect(cli(command(out)).code).toBe(1);
    expect(hashes(out)).toEqual(expected);
    const { balanced, totals } = readJson<Ledger>(out, "ledger.json");
    expect(balanced).toBe(true);
    expect(totals).toMatchObject({ rows_in: 4000, rows_out: 200, quarantined: { error: 5 } });
  }, 240_000);

  it("by Ctrl-C exits with 130, and goes on where it was", async () => {
    const out = join(folder, "stopped");
    const child = startCli(command(out));
    const ended = once(child, "exit");
    while (!existsSync(join(out, ".run", "config.json"))) await wait(20);
    child.kill("SIGINT");
    await ended;
    expect([130, 1]).toContain(child.exitCode); // 1: it was done before
    expect(cli(command(out)).code).toBe(1);
    expect(hashes(out)).toEqual(hashes(join(folder, "whole")));
  }, 60_000);
});
