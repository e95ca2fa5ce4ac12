import { describe, expect, it } from "vitest";
import { generateDemo } from "../../kernel-lib/demo/generate-demo";
import { InputError } from "../../kernel-lib/errors";
import { inventory } from "../../kernel-lib/inventory/inventory-of";
import { plot } from "../../kernel-lib/plot/plot";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { temporaryFolder } from "../run/run-cli";

describe("plot.coverage", () => {
  const folder = temporaryFolder();

  it("shows the shares that the inventory counted", async () => {
    await generateDemo(folder, { rows: 300, shapes: ["high_math", "tool_calling"] });
    const found = await inventory(await resolveSource("corpuslab/demo", { hubDir: folder }));
    const figure = await plot.coverage(Promise.resolve(found));
    for (const split of found.splits) {
      const cell = figure.numbers.find((n) => n.split === split.split && n.field === "meta_correctness")!;
      expect([cell.rows, cell.share]).toEqual([
        split.coverage.fields.meta_correctness!.rows,
        split.coverage.fields.meta_correctness!.rows / split.sample_rows,
      ]);
    }
    const [x, y] = [figure.layout.xaxis, figure.layout.yaxis].map(
      (axis) => (axis as { ticktext: string[] }).ticktext,
    );
    expect(y).toEqual(found.splits.map(({ split }) => split));
    expect(x!.slice(0, 2)).toEqual(["correctness metadata", "tools"]);
    const never = Object.keys(found.splits[0]!.coverage.fields).filter((field) =>
      found.splits.every(({ coverage }) => coverage.fields[field]!.rows === 0),
    );
    expect(never).toContain("meta_cluster");
    expect(String(figure)).toContain(`in no split: ${never.join(", ")}`);
  });

  it("asks for an inventory", async () => {
    await expect(plot.coverage({} as never)).rejects.toThrow(InputError);
  });
});
