/** The mark of research mode goes over to everything that is made from marked data, and nothing gives that away unasked. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import { pipeline } from "../../kernel-lib/pipeline/pipeline";
import { writeCard } from "../../kernel-lib/publish/card";
import { writeHfLayout } from "../../kernel-lib/publish/hf-layout";
import { flagRun } from "../../kernel-lib/run/flag-run";
import { normalize } from "../../kernel-lib/run/normalize";
import {
  isResearch,
  markedFiles,
  RESEARCH_NOTE,
  refuseResearch,
} from "../../kernel-lib/run-folder/research-mode";
import { exportCandidates } from "../../kernel-lib/score/export-candidates";
import { buildPools } from "../../kernel-lib/select/pools";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { open } from "../../kernel-lib/table/open";
import { type RedTeamRun, redTeamRun } from "../fixtures/red-team-run";
import { writeStep } from "../fixtures/write-step";
import { cli, readJson, temporaryFolder } from "../run/run-cli";

const home = process.cwd();
const folder = temporaryFolder();
const quiet = { workers: 1, onProgress: null } as const;
const YES = "yes, publish research data";
let clean: RedTeamRun;
let run: string;
const markOf = (...path: string[]) => readJson<{ research_mode?: unknown }>(...path).research_mode;

beforeAll(async () => {
  clean = await redTeamRun(join(folder, "work"));
  process.chdir(clean.root);
  run = join(folder, "research");
  await normalize(await resolveSource(join(clean.root, "hh.jsonl"), {}), {
    ...{ ...quiet, out: run, adapter: "hh-rlhf", flags: [], researchMode: true },
  });
});
afterAll(() => process.chdir(home));

describe("research mode", () => {
  it("marks the run, and no run that was made without it", async () => {
    expect(markOf(run, "run.json")).toEqual({ set: true, from: [] });
    expect(markOf(clean.out, "run.json")).toBeUndefined();
    expect([isResearch(run), isResearch(clean.out), isResearch(join(run, "rows"))]).toEqual([
      true,
      false,
      true,
    ]);
    const source = await resolveSource(join(clean.root, "hh.jsonl"), {});
    const resumed = normalize(source, { ...quiet, out: run, adapter: "hh-rlhf", flags: [], resume: true });
    await expect(resumed).rejects.toThrow(/started differently.*research mode/);
  });

  it("goes over to layers, pools, flags elsewhere, candidates, tables and samples", async () => {
    const layer = join(folder, "layer");
    const pipelines = join(folder, "pipelines");
    await writeStep(pipelines, "keep", "(row) => row.stats_char_len > 0", {
      reads: { stats_char_len: "integer" },
    });
    await pipeline(["keep@1"], { name: "tidy", pipelines }).run({ ...quiet, input: run, out: layer });
    expect(markOf(layer, "run.json")).toEqual({ set: false, from: ["../research"] });
    for (const [name, from] of [
      ["of-run", run],
      ["of-layer", layer],
    ] as const) {
      const out = join(folder, name);
      const pools = await buildPools([from], { ...quiet, out, pools: { all: "true" }, only: [] });
      expect(markOf(out, "pools.json")).toEqual({ set: false, from: [from === run ? "research" : "layer"] });
      expect(pools.summary()).toContain("research mode: not to be published or blended");
      const made = await exportCandidates(from, { out: join(folder, `${name}-candidates`) });
      expect(made.manifest.research_mode?.set).toBe(false);
    }
    await flagRun(run, { ...quiet, flags: ["length"], out: join(folder, "flags") });
    expect(isResearch(join(folder, "flags", "flags", "length.v1"))).toBe(true);
    const table = await open(layer);
    expect(table.filter("true").sample(2).notes).toContain(RESEARCH_NOTE);
    expect((await open(clean.out)).notes).not.toContain(RESEARCH_NOTE);
  });

  it("goes over from a folder with a dot in its name, which looks like a file", async () => {
    const dotted = join(folder, "research.v2");
    cpSync(run, dotted, { recursive: true });
    const out = join(folder, "of-dotted");
    await buildPools([dotted], { ...quiet, out, only: ["tool_use"] });
    expect(markOf(out, "pools.json")).toEqual({ set: false, from: ["research.v2"] });
    expect((await open(dotted)).notes).toContain(RESEARCH_NOTE);
  });

  it("comes back with rows of its pools, also from a Parquet file that was copied elsewhere", async () => {
    const out = join(folder, "own-pools");
    await buildPools([clean.out], {
      ...quiet,
      out,
      pools: { red_team: "true" },
      only: [],
      researchMode: true,
    });
    const shard = join(out, "red_team", "part-00000.parquet");
    const copy = join(folder, "copied", "innocent.parquet");
    mkdirSync(join(folder, "copied"));
    copyFileSync(shard, copy);
    expect(isResearch(copy)).toBe(false); // nothing around it says so, but the file does
    for (const [i, path] of [shard, copy].entries()) {
      const again = join(folder, `again-${i}`);
      const source = await resolveSource(path, {});
      await normalize(source, { ...quiet, out: again, adapter: "messages", flags: [] });
      expect(markOf(again, "run.json")).toEqual({ set: false, from: [source.dataset] });
    }
    const page = join(folder, "copied", "page.parquet");
    writeFileSync(page, "<!doctype html>".padEnd(200));
    const db = await Db.open();
    expect(await markedFiles(db, [page, copy])).toEqual([copy]); // a file that is none hides no mark
    db.close();
  });

  it("lets rows into red-team pools that nobody reviewed, and counts them", async () => {
    const pools = { red_team: "unsafe_request" };
    const gated = await buildPools([clean.out], { ...quiet, out: join(folder, "gated"), pools, only: [] });
    expect(gated.pools[0]).toMatchObject({ rows: 0, refused: { not_reviewed: expect.any(Number) } });
    const options = { ...quiet, out: join(folder, "let-in"), pools, only: [], researchMode: true };
    const [pool] = (await buildPools([clean.out], options)).pools;
    expect(pool!.rows).toBeGreaterThan(2);
    expect(pool!.unreviewed).toEqual({ not_reviewed: pool!.rows });
    expect(pool!.refused).toBeUndefined();
    // The mark of the input alone opens nothing: it has to be asked for.
    await flagRun(run, { ...quiet, flags: ["safety"] });
    const inherited = await buildPools([run], { ...quiet, out: join(folder, "inherited"), pools, only: [] });
    expect(inherited.pools[0]!.rows).toBe(0);
  });

  it("is refused by publishing, and by whoever asks for blend, until it is wanted in so many words", async () => {
    await expect(writeHfLayout(run)).rejects.toThrow(
      /publish: .*research mode.*--allow-research-data "yes, publish/,
    );
    await expect(writeCard(run, { allowResearchData: "yes" })).rejects.toThrow(/got "yes"/);
    expect([existsSync(join(run, "data")), existsSync(join(run, "README.md"))]).toEqual([false, false]);
    await writeHfLayout(run, { allowResearchData: YES });
    const card = readFileSync(await writeCard(run, { allowResearchData: YES }), "utf8");
    expect(card).toMatch(/^ {2}- research-data$/m);
    expect(card).toContain("**Made in research mode**");
    expect(readFileSync(await writeCard(clean.out), "utf8")).not.toMatch(/research/i);
    expect(() => refuseResearch("blend", [clean.out, run], YES)).toThrow(/blend research data/);
    expect(refuseResearch("blend", [run], "yes, blend research data")).toBeUndefined();
    expect(refuseResearch("blend", [clean.out], undefined)).toBeUndefined();
    // A damaged manifest is not a way around it: it is no finished run either.
    const damaged = join(folder, "damaged");
    mkdirSync(damaged);
    writeFileSync(join(damaged, "run.json"), "{");
    await expect(writeHfLayout(damaged)).rejects.toThrow(/no rows\/ folder/);
  });

  it("is known to the command line before a row is read", () => {
    const out = join(folder, "cli");
    const args = [
      "normalize",
      join(clean.root, "hh.jsonl"),
      "--adapter",
      "hh-rlhf",
      "--out",
      out,
      "--workers",
      "1",
    ];
    const refused = cli([...args, "--research-mode", "--hf-layout"]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`--allow-research-data "${YES}"`),
    ]);
    expect(existsSync(out)).toBe(false);
    expect(cli([...args, "--research-mode", "--hf-layout", "--allow-research-data", YES]).code).toBe(0);
    expect(markOf(out, "run.json")).toEqual({ set: true, from: [] });
  });
});
