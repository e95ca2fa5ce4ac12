/** The explorer in a real JupyterLab: live, after a reload, with its kernel dead, saved, and not trusted. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bounds, Selection } from "../../kernel-lib/explore/protocol";
import { bruteForce, open } from "../explore/brute-force";
import { COLUMNS, randomRows, sketchOf } from "../explore/sketch-of";
import { ExplorerFrame } from "./explorer-frame";
import { Lab, type LabNotebook, labMissing, waitFor } from "./lab";

const [TOKENS, PERCENTILE] = ["stats_approx_tokens", "percentile_within_split"];
const KEPT = `const kept = await ds.filter(t.policy().sql).sql("select count(*) as rows, sum(stats_approx_tokens)::bigint as tokens from this").toArray();
JSON.stringify(kept[0])`;

describe.skipIf(labMissing !== null)("the explorer in JupyterLab", () => {
  // JSON knows no NaN
  const rows = randomRows(4000).map(({ values: [tokens, p], ...row }) => ({
    ...row,
    values: [tokens!, Number.isNaN(p) ? null : p!] as const,
  }));
  const sketch = sketchOf(rows, COLUMNS);
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.start();
    const lines = rows.map(({ group, values: [tokens, percentile] }, i) =>
      JSON.stringify({
        ...{ id: `row-${i}`, meta_domain: group, text: `text of row ${i} <b>x</b>` },
        ...{ [TOKENS!]: tokens, [PERCENTILE!]: percentile },
      }),
    );
    writeFileSync(join(lab.folder, "rows.jsonl"), `${lines.join("\n")}\n`);
    lab.write("explore.ipynb", [
      `import { explore, open } from "corpuslab";
const ds = await open("rows.jsonl");
const t = await explore(ds, { columns: ["${TOKENS}", "${PERCENTILE}"], by: "meta_domain" });
t`,
      KEPT,
      `t.set({ ${TOKENS}: { lower: 777, upper: null } }); 1`,
    ]);
    lab.write("three.ipynb", [
      `import { explore, open } from "corpuslab";
const ds = (await open("rows.jsonl")).sql("select *, ${TOKENS} % 100 as third from this");
const t = await explore(ds, { columns: ["${TOKENS}", "${PERCENTILE}", "third"], by: "meta_domain" });
t`,
      "t",
    ]);
  });
  afterAll(() => lab?.stop());

  const tier = (explorer: ExplorerFrame, wanted: string) =>
    waitFor(`the badge says ${wanted}`, async () => (await explorer.badge().textContent()) === wanted);

  /** The bounds that the page says it has; nulls are dropped. */
  async function selectionOf(explorer: ExplorerFrame): Promise<Selection> {
    const bounds = async (name: string): Promise<Bounds> => ({
      ...{ ...open, nulls: "drop" },
      ...{ lower: await explorer.bound("lower", name), upper: await explorer.bound("upper", name) },
    });
    return { [TOKENS!]: await bounds(TOKENS!), [PERCENTILE!]: await bounds(PERCENTILE!) };
  }

  /** What the page shows is what a SQL query over the same rows counts, and what the rows say. */
  async function equalsSql(notebook: LabNotebook, explorer: ExplorerFrame): Promise<void> {
    const { kept } = bruteForce(rows, sketch, await selectionOf(explorer));
    await waitFor("the page shows exact counts", async () => (await explorer.shown()).rows === kept.rows);
    expect(await explorer.shown()).toEqual(kept);
    expect(JSON.parse((await notebook.run(1)).replace(/^'|'$/g, ""))).toEqual(kept);
  }

  it("counts live, survives a reload, and goes on without its kernel", { timeout: 300_000 }, async () => {
    const notebook = await lab.open("explore.ipynb");
    await notebook.run(0);
    const explorer = new ExplorerFrame(notebook.page);
    await tier(explorer, "live");
    const nulls = explorer.frame.getByRole("radiogroup", { name: `rows whose ${PERCENTILE} is null` });
    await nulls.getByRole("radio", { name: "drop" }).check();

    await explorer.drag("lower", TOKENS!, 0.5);
    await explorer.drag("upper", PERCENTILE!, 0.75);
    expect(await explorer.bound("lower", TOKENS!)).toBeGreaterThan(1);
    await equalsSql(notebook, explorer);
    for (const key of ["ArrowRight", "PageUp"]) await explorer.handle("lower", PERCENTILE!).press(key);
    await equalsSql(notebook, explorer);

    await explorer.input("lower", TOKENS!).fill("1001"); // no bin's edge
    await explorer.input("lower", TOKENS!).press("Enter");
    await explorer.frame.locator(".sides").waitFor();
    expect(await explorer.bound("lower", TOKENS!)).toBe(1001);
    await equalsSql(notebook, explorer);
    const numbers = async (side: number) =>
      (await explorer.frame.locator(`.sides > div:nth-child(${side}) .about b`).allTextContents()).map(
        (text) => Number(text.replaceAll(",", "")),
      );
    const [kept, dropped] = [await numbers(1), await numbers(2)];
    expect(Math.min(...kept)).toBeGreaterThanOrEqual(1001);
    expect(Math.max(...dropped)).toBeLessThan(1001);
    expect([kept.length > 0, dropped.length > 0]).toEqual([true, true]);
    const excerpts = await explorer.frame.locator(".sides pre").allTextContents();
    expect(excerpts.filter((text) => !text.includes("<b>x</b>"))).toEqual([]);

    await notebook.run(2);
    await waitFor(
      "the page takes what a cell set",
      async () => (await explorer.bound("lower", TOKENS!)) === 777,
    );
    await equalsSql(notebook, explorer);

    await notebook.reload();
    const again = new ExplorerFrame(notebook.page);
    await tier(again, "live");
    expect(await again.bound("lower", TOKENS!)).toBe(777);
    await equalsSql(notebook, again);

    const kernels = (await (await lab.api("/api/kernels")).json()) as { readonly id: string }[];
    for (const { id } of kernels) await lab.api(`/api/kernels/${id}`, "DELETE");
    await tier(again, "disconnected");
    await again.drag("upper", TOKENS!, 0.7);
    const { kept: without } = bruteForce(rows, sketch, await selectionOf(again));
    expect(await again.shown()).toEqual(without);
    expect(await again.bound("lower", TOKENS!)).not.toBe(777); // on a bin's edge again
    await notebook.page.close();
  });

  it("counts more than two columns by the kernel alone, in every view", { timeout: 120_000 }, async () => {
    const notebook = await lab.open("three.ipynb");
    await notebook.run(0);
    const cell = (i: number) =>
      new ExplorerFrame(notebook.page, notebook.page.locator(".jp-Notebook .jp-Cell").nth(i));
    const [explorer, second] = [cell(0), cell(1)];
    await tier(explorer, "live");
    await explorer.handle("lower", "third").press("PageUp");
    const lower = (await explorer.bound("lower", "third"))!;
    expect(lower).toBeGreaterThan(0);
    const kept = rows.filter(
      ({ values: [tokens, percentile] }) => percentile !== null && tokens % 100 >= lower,
    );
    await waitFor("the kernel's count", async () => (await explorer.shown()).rows === kept.length);

    await notebook.run(1);
    await tier(second, "live");
    await waitFor("the kernel's bound", async () => (await second.bound("lower", "third")) === lower);
    await second.handle("lower", "third").press("ArrowRight");
    await waitFor("both views move", async () => {
      const [one, two] = [await explorer.bound("lower", "third"), await second.bound("lower", "third")];
      return two! > lower && one === two;
    });
    await waitFor("both views count", async () => {
      const [one, two] = [(await explorer.shown()).rows, (await second.shown()).rows];
      return one < kept.length && one === two;
    });
    const kernels = (await (await lab.api("/api/kernels")).json()) as { readonly id: string }[];
    for (const { id } of kernels) await lab.api(`/api/kernels/${id}`, "DELETE");
    await tier(explorer, "disconnected");
    await explorer.handle("lower", "third").press("PageUp");
    expect(await explorer.frame.locator(".figure").first().textContent()).toBe("–");
    expect(await explorer.frame.locator(".summary .note").textContent()).toContain("need a running kernel");
    await notebook.page.close();
  });

  it("is saved with one static output, which works on its own or shows a picture", {
    timeout: 180_000,
  }, async () => {
    const file = join(lab.folder, "explore.ipynb");
    const saved = JSON.parse(readFileSync(file, "utf8"));
    const types = saved.cells[0].outputs.map(({ data }: { data?: object }) => Object.keys(data ?? {}).sort());
    expect(types).toEqual([["image/svg+xml", "text/html", "text/plain"]]);

    const trusted = await lab.open("explore.ipynb"); // a new kernel, which knows nothing of it
    const explorer = new ExplorerFrame(trusted.page);
    await tier(explorer, "static");
    await explorer.drag("lower", PERCENTILE!, 0.5);
    const selection = await selectionOf(explorer);
    expect(selection[PERCENTILE!]!.lower).toBeGreaterThan(40);
    await trusted.page.close();

    saved.cells[0].source = `${saved.cells[0].source}\n// written by another hand`;
    saved.cells[0].outputs[0].data["text/html"] += "<!-- and its output -->";
    writeFileSync(join(lab.folder, "untrusted.ipynb"), JSON.stringify(saved));
    const { page } = await lab.open("untrusted.ipynb");
    const output = page.locator(".jp-OutputArea-output").first();
    expect(await output.locator("iframe, style").count()).toBe(0);
    expect(await output.locator("img").isVisible()).toBe(true);
    const width = "document.querySelector('.jp-OutputArea-output img').naturalWidth";
    await waitFor("the picture is drawn", async () => (await page.evaluate(width)) === 760);
    expect(await output.innerText()).toContain("run “Trust Notebook”");
    expect(await output.locator("table").innerText()).toMatch(/math\s+[\d,]+\s+[\d,]+/);
    await page.close();
  });
});
