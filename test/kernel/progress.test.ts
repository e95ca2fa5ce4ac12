/** Long work in a cell of the real kernel: one output that moves, and one plain line in the end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Execution, KernelSession, kernelMissing, ROOT } from "./kernel-session";

interface Shown {
  readonly type: string;
  readonly id: string;
  readonly data: Record<string, string>;
}

function displays({ outputs }: Execution): Shown[] {
  return outputs
    .filter(({ type }) => /display_data$/.test(type))
    .map(({ type, content }) => ({
      type,
      id: (content.transient as { display_id: string }).display_id,
      data: content.data as Record<string, string>,
    }));
}

describe.skipIf(kernelMissing !== null)(`progress in a cell (${kernelMissing ?? "real kernel"})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-progress-"));
  let kernel: KernelSession;

  beforeAll(async () => {
    kernel = await KernelSession.start(ROOT);
    await kernel.run('import { buildPools, generateDemo, inventory, normalize, open } from "corpuslab"');
  });
  afterAll(async () => {
    await kernel.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const demo = (rows: number, more = "") =>
    `await generateDemo(${JSON.stringify(join(folder, "demo"))}, { rows: ${rows}${more} })`;

  it("is one output, changed in place at most ten times a second, that ends as one plain line", async () => {
    const cell = await kernel.run(`const made = ${demo(60_000)}`);
    const shown = displays(cell);
    const [first, ...updates] = shown;
    expect([first?.type, ...new Set(updates.map(({ type }) => type))]).toEqual([
      "display_data",
      "update_display_data",
    ]);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(1);
    expect(shown.map(({ data }) => data["text/plain"]).join("\n")).toMatch(
      /^generating · \d+% · [\d,]+ rows · [\d,]+ rows\/s · [\dminhs ]+ left$/m,
    );
    expect(first?.data["text/html"]).toContain('role="progressbar"');
    const last = shown.at(-1)!.data;
    expect(Object.keys(last)).toEqual(["text/plain"]);
    expect(last["text/plain"]).toMatch(/^generated 60,000 rows in [\d.minhs ]+, [\d,]+ rows\/s$/);
    expect(updates.length).toBeGreaterThan(2);
    expect(updates.length).toBeLessThanOrEqual(10 * cell.seconds + 1);
  });

  it("counts the rows of inventory and normalize, all stages in one output", async () => {
    const hubDir = JSON.stringify(join(folder, "demo"));
    const open = `const ds = await open("corpuslab/demo", { hubDir: ${hubDir} })`;
    expect(displays(await kernel.run(open))).toEqual([]);
    const read = displays(await kernel.run("const found = await inventory(ds, { sample: 2000 })"));
    expect(read.at(-1)?.data["text/plain"]).toMatch(/^read [\d,]+ rows in [\d.minhs ]+, [\d,]+ rows\/s$/);
    const out = JSON.stringify(join(folder, "run"));
    const run = displays(await kernel.run(`const run = await normalize(ds, { out: ${out}, limit: 1000 })`));
    expect(new Set(run.map(({ id }) => id)).size).toBe(1);
    expect(run.at(-1)?.data["text/plain"]).toMatch(
      /^normalized [\d,]+ rows in [\d.minhs ]+, [\d,]+ rows\/s$/,
    );
  });

  it("shows nothing when silenced, and nothing beside the caller's own listener", async () => {
    expect(displays(await kernel.run(demo(40_000, ", onProgress: null")))).toEqual([]);
    const own = await kernel.run(
      `let told = 0; ${demo(40_000, ", onProgress: ({ done }) => { told = done }")}; told`,
    );
    expect(displays(own)).toEqual([]);
    expect(own.outputs.find(({ type }) => type === "execute_result")?.content.data).toEqual({
      "text/plain": "40000",
    });
  });

  it("says how far work came that was interrupted, and the interrupt button stops it", async () => {
    const cell = await kernel.run(demo(5_000_000), { interrupt_after: 2 });
    expect(cell.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    const shown = displays(cell);
    for (let i = 0; i < 60 && !String(shown.at(-1)?.data["text/plain"]).includes(" stopped "); i++) {
      shown.push(...displays(await kernel.run("await new Promise((done) => setTimeout(done, 250))")));
    }
    expect(shown.at(-1)?.data["text/plain"]).toMatch(
      /^generating stopped at \d+%, [\d,]+ rows, after [\d.minhs ]+$/,
    );
  });
});
