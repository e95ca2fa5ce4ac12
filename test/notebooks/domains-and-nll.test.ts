/** notebooks/03-domains-and-nll.ipynb from start to end, as nbconvert runs it, in a workspace of its own. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { initWorkspace } from "../../kernel-lib/workspace";
import { kernelMissing, PYTHON, ROOT } from "../kernel/kernel-session";

type Data = Readonly<Record<string, unknown>>;

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs: readonly {
    readonly output_type: string;
    readonly data?: Data;
    readonly evalue?: string;
  }[];
}

const text = (value: unknown) => (Array.isArray(value) ? value.join("") : String(value));

describe.skipIf(kernelMissing !== null)(`03-domains-and-nll.ipynb (${kernelMissing ?? "executed"})`, () => {
  let folder: string;
  let cells: Cell[];
  let scored: Table;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "corpuslab-notebook-"));
    const { root } = initWorkspace(join(folder, "workspace"));
    const install = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");
    createRequire(__filename)(install).installKernelspec({ dir: join(folder, "jupyter") });
    const nbconvert = join(
      dirname(PYTHON),
      process.platform === "win32" ? "jupyter-nbconvert.exe" : "jupyter-nbconvert",
    );
    const notebook = join(root, "notebooks", "03-domains-and-nll.ipynb");
    await promisify(execFile)(nbconvert, ["--to", "notebook", "--execute", "--inplace", notebook], {
      env: { ...process.env, JUPYTER_PATH: join(folder, "jupyter"), JUPYTER_DATA_DIR: join(folder, "data") },
    });
    cells = JSON.parse(readFileSync(notebook, "utf8")).cells.filter(
      (cell: Cell) => cell.cell_type === "code",
    );
    scored = await open(join(root, "out", "domains"));
  }, 400_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the cell whose source contains `part` shows. */
  function shown(part: string): Data {
    const cell = cells.find(({ source }) => text(source).includes(part));
    return cell?.outputs.find(({ output_type }) => output_type === "execute_result")?.data ?? {};
  }

  it("shows every figure in three forms, without an error", () => {
    expect(
      cells.flatMap(({ outputs }) => outputs.filter(({ output_type }) => output_type === "error")),
    ).toEqual([]);
    const figures = cells.filter(({ source }) => text(source).includes("plot."));
    expect(figures).toHaveLength(11);
    for (const { source, outputs } of figures) {
      const data = outputs.find(({ output_type }) => output_type === "execute_result")?.data ?? {};
      expect({ source: text(source), types: Object.keys(data).sort() }).toEqual({
        source: text(source),
        types: ["application/vnd.plotly.v1+json", "image/svg+xml", "text/plain"],
      });
      expect(text(data["image/svg+xml"])).toMatch(/^<svg .*<\/svg>$/s);
    }
  });

  it("states the rows that have no score", async () => {
    const [facts] = await scored.sql("select count(*) as n, count(nll_mean) as scored from this").toArray();
    const { n, scored: with_ } = facts as { n: number; scored: number };
    const written = (count: number) => count.toLocaleString("en-US");
    expect(text(shown('histogram(scored, "nll_mean"')["text/plain"])).toContain(
      `n = ${written(with_)} of ${written(n)} rows; ${n - with_} null left out`,
    );
    expect(with_).toBeGreaterThan(180);
    expect(text(shown('scoreRun(run, "demo"')["text/plain"])).toContain(
      `${written(with_)} of ${written(n)} rows scored by demo`,
    );
    expect(
      await scored.filter("(nll_mean is null) <> (score_reason is not null) or not (nll_mean > 0)").count(),
    ).toBe(0);
  });

  it("draws percentiles within splits that follow the contract's formula", async () => {
    const rows = await scored.filter("nll_mean is not null").select(["split", "nll_mean"]).toArray();
    const counts = new Array<number>(20).fill(0);
    for (const { split, nll_mean } of rows) {
      const same = rows.filter((row) => row.split === split);
      const smaller = same.filter((row) => (row.nll_mean as number) < (nll_mean as number)).length;
      const equal = same.filter((row) => row.nll_mean === nll_mean).length;
      counts[Math.min(19, Math.floor((100 * (smaller + 0.5 * equal)) / same.length / 5))]!++;
    }
    const figure = shown('histogram(scored, "percentile_within_split"')["application/vnd.plotly.v1+json"] as {
      data: { x: number[]; y: number[] }[];
    };
    const drawn = counts.map((_, i) => figure.data.reduce((total, { y }) => total + y[i + 1]!, 0));
    expect(figure.data[0]!.x).toEqual([0, ...Array.from({ length: 21 }, (_, i) => 5 * i)]);
    expect(drawn).toEqual(counts);
  });

  it("scores broken answers higher than clean ones", () => {
    const table = text(shown("as auc")["text/plain"]);
    const auc = [...table.matchAll(/(garbage|shuffled)\D+([\d.]+)/g)].map(([, version, value]) => [
      version,
      Number(value),
    ]);
    expect(auc.map(([version]) => version)).toEqual(["garbage", "shuffled"]);
    for (const [, value] of auc) expect(value).toBeGreaterThan(0.95);
  });

  it("shows tokens and subsets", async () => {
    const [clean, shuffled] = [shown("showTokens(broken[0]"), shown("showTokens(broken[1]")];
    const mean = (data: Data) => Number(/NLL ([\d.]+) nats per token/.exec(text(data["text/plain"]))?.[1]);
    expect(mean(shuffled)).toBeGreaterThan(mean(clean));
    expect(text(clean["text/html"])).toContain("The most surprising tokens");
    const found = text(shown("await subsets(run)")["text/plain"]);
    const anchors = await scored.filter("meta_correct_count >= 1 and percentile_within_split <= 30").count();
    expect(found).toMatch(new RegExp(`anchor +${anchors} rows`));
    expect(found).toContain("restoration  needs nll_delta_percentile");
  });
});
