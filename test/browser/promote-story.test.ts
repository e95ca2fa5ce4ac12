/** notebooks/04-promote.ipynb by hand: cell by cell in a real JupyterLab, the threshold dragged, with no restart. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initWorkspace } from "../../kernel-lib/workspace";
import { ExplorerFrame } from "./explorer-frame";
import { Lab, labMissing, waitFor } from "./lab";

describe.skipIf(labMissing !== null)("the story of a promotion in JupyterLab", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.start();
    initWorkspace(join(lab.folder, "work"));
  }, 120_000);
  afterAll(() => lab?.stop());

  it("goes from a dragged threshold to two versions and what changed", { timeout: 240_000 }, async () => {
    const notebook = await lab.open("work/notebooks/04-promote.ipynb");
    const sources = (await notebook.page.evaluate(
      "jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(({ cell_type, source }) => cell_type === 'code' ? source : '')",
    )) as string[];
    const shown = new Map<string, string>();
    const run = async (part: string): Promise<string> => {
      const cell = sources.findIndex((source) => source.includes(part));
      const text = await notebook.run(cell);
      expect(await notebook.errors()).toEqual([]);
      shown.set(sources[cell]!, text);
      return text;
    };

    await run("await normalize(");
    await run("await explore(");
    const explorer = new ExplorerFrame(notebook.page);
    await waitFor("the explorer is live", async () => (await explorer.badge().textContent()) === "live");
    await explorer.drag("upper", "stats_approx_tokens", 0.55);
    const limit = (await explorer.bound("upper", "stats_approx_tokens"))!;
    expect([limit > 50, limit < 250]).toEqual([true, true]);
    expect(await run("t.commit(")).toContain(`"stats_approx_tokens" < ${limit}`);

    const constant = sources.indexOf("const maxTokens = 400;");
    await notebook.page.evaluate(
      `jupyterapp.shell.currentWidget.content.widgets[${constant}].model.sharedModel.setSource("const maxTokens = ${limit};")`,
    );
    await notebook.command("docmanager:save");
    for (const source of sources.slice(constant).filter((text) => text !== "")) await run(source);

    const said = (part: string) => [...shown].find(([source]) => source.includes(part))![1];
    expect(said("const first =")).toMatch(
      new RegExp(`^keep_short@1[\\s\\S]*maxTokens\\s*= ${limit}, a parameter`),
    );
    expect(said("const second =")).toMatch(/^keep_short@2[\s\S]*maxTokens\s*= 250, a parameter/);
    expect(said("kept === inCell")).toBe("true");
    expect(said("await diff(")).toMatch(/the same code[\s\S]*dropped → kept/);
    expect(said("await why(")).toContain("keep_short@2");
    const page = readFileSync(join(lab.folder, "work", "pipelines", "keep_short", "v1", "page.html"), "utf8");
    expect(page).toContain(`parameter, ${limit}; cell `);
  });
});
