/** 02-thresholds.ipynb in real JupyterLab: bounds dragged by mouse and keys, counts as SQL says, reload, dead kernel. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { initWorkspace } from "../../kernel-lib/workspace";
import { ExplorerFrame } from "./explorer-frame";
import { Lab, type LabNotebook, labMissing, waitFor } from "./lab";

const TOKENS = "stats_approx_tokens";
/** Cells of the notebook, Markdown counted. */
const SET = 5;

describe.skipIf(labMissing !== null)(`02-thresholds.ipynb in JupyterLab (${labMissing ?? "driven"})`, () => {
  let lab: Lab;
  let notebook: LabNotebook;
  let explorer: ExplorerFrame;
  let rows: Table;

  beforeAll(async () => {
    lab = await Lab.start();
    const { root } = initWorkspace(join(lab.folder, "workspace"));
    notebook = await lab.open("workspace/notebooks/02-thresholds.ipynb", { height: 1400 });
    await notebook.runAll();
    explorer = new ExplorerFrame(notebook.page, notebook.page.locator(".jp-Notebook"));
    rows = await open(join(root, "out", "thresholds"));
  }, 300_000);
  afterAll(() => lab?.stop());

  const badge = (tier: string) =>
    waitFor(`the badge says ${tier}`, async () => (await explorer.badge().textContent()) === tier, {
      seconds: 30,
    });

  /** What the page shows equals SQL over the same rows, for the bounds that the page says it has. */
  async function holds(): Promise<{ lower: number | null; upper: number | null }> {
    const [lower, upper] = [await explorer.bound("lower", TOKENS), await explorer.bound("upper", TOKENS)];
    const where = [
      lower === null ? "true" : `${TOKENS} >= ${lower}`,
      upper === null ? "true" : `${TOKENS} < ${upper}`,
    ].join(" and ");
    const said = await rows
      .sql(
        `select meta_domain, count(*) n, count(*) filter (${where}) kept, coalesce(sum(${TOKENS}) filter (${where}), 0)::double tokens
         from this group by meta_domain order by n desc, meta_domain`,
      )
      .toArray();
    const sum = (name: string) => said.reduce((total, row) => total + Number(row[name]), 0);
    const expected = { rows: sum("kept"), tokens: sum("tokens") };
    await waitFor(
      `the page shows ${expected.rows} rows for ${where}`,
      async () => {
        const shown = await explorer.shown();
        return shown.rows === expected.rows && shown.tokens === expected.tokens;
      },
      { seconds: 15 },
    );
    expect(await explorer.groups()).toEqual(said.map(({ kept }) => Number(kept)));
    return { lower, upper };
  }

  it("is live, and stands where the cell set its bounds", async () => {
    await badge("live");
    expect(await holds()).toEqual({ lower: 100, upper: 400 });
  }, 90_000);

  it("counts as SQL does when it is dragged by the mouse, by keys and by typing", async () => {
    await explorer.drag("upper", TOKENS, 0.9);
    const dragged = await holds();
    expect(dragged.upper).toBeGreaterThan(400);
    await explorer.drag("lower", TOKENS, 0.6);
    expect((await holds()).lower).toBeGreaterThan(100);
    const handle = explorer.handle("upper", TOKENS);
    await handle.focus();
    for (const key of ["ArrowLeft", "ArrowLeft", "PageDown"]) await handle.press(key);
    expect((await holds()).upper).toBeLessThan(dragged.upper!);
    await explorer.input("lower", TOKENS).fill("123");
    await explorer.input("lower", TOKENS).press("Enter");
    expect((await holds()).lower).toBe(123);
    await waitFor(
      "rows on both sides of 123 are shown",
      async () => {
        const text = await explorer.frame.locator("body").innerText();
        return /\b123\b/.test(text) && text.includes("<|start|>");
      },
      { seconds: 15 },
    );
  }, 120_000);

  it("gives the cell what the page shows, and the page it after a reload", async () => {
    const before = await holds();
    await notebook.run(SET);
    await notebook.reload();
    await badge("live");
    expect(await holds()).toEqual({ lower: 100, upper: 400 });
    expect(before.lower).toBe(123);
    await explorer.input("upper", TOKENS).fill("333");
    await explorer.input("upper", TOKENS).press("Enter");
    expect(await holds()).toEqual({ lower: 100, upper: 333 });
    await notebook.reload();
    await badge("live");
    expect(await holds()).toEqual({ lower: 100, upper: 333 });
  }, 180_000);

  it("says that it is disconnected when the kernel is gone, and goes on counting by bins", async () => {
    const kernels = (await (await lab.api("/api/kernels")).json()) as { id: string }[];
    for (const { id } of kernels) await lab.api(`/api/kernels/${id}`, "DELETE");
    await badge("disconnected");
    await explorer.drag("lower", TOKENS, 0.3);
    await holds();
  }, 90_000);
});
