/** The library on an unwrapped tslab: what a user of another kernel has, and what is said about the rest. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelSession, kernelMissing, printed, ROOT } from "./kernel-session";

describe.skipIf(kernelMissing !== null)(
  `stock tslab (${kernelMissing ?? "driven by jupyter_client"})`,
  () => {
    let kernel: KernelSession;
    beforeAll(async () => {
      kernel = await KernelSession.start(ROOT, "stock-tslab");
    });
    afterAll(async () => {
      await kernel.stop();
    });

    it("says in one line what is missing and how to get it", async () => {
      const cell = await kernel.run(
        'console.log((require("corpuslab/dist/notebook/missing-on-this-kernel") as any).missingOnThisKernel())',
      );
      expect(printed(cell)).toBe(
        "This kernel has no live controls, no journal of cells, and shows no last expressions: choose the kernel " +
          '"TypeScript (corpuslab)"; where it is not listed, run: corpuslab kernel install --user\n',
      );
    });

    it("opens no widget and notes nothing in a journal, without failing", async () => {
      const cell = await kernel.run(`const { openWidget } = require("corpuslab/dist/notebook/widget") as any;
const { executedCells, noteInJournal, hasJournal } = require("corpuslab/dist/kernel/journal") as any;
console.log(openWidget({ esm: "", state: {}, onMessage() {} }), noteInJournal("x"), hasJournal(), executedCells())`);
      expect(printed(cell)).toBe("null null false []\n");
    });

    it("shows values by display, several MIME types in one output", async () => {
      const cell = await kernel.run(
        `import { display } from "corpuslab";
await display({ [Symbol.for("corpuslab.display")]: () => ({ "text/html": "<b>1</b>", "text/plain": "1" }) });`,
      );
      expect(
        cell.outputs.filter(({ type }) => type === "display_data").map(({ content }) => content.data),
      ).toEqual([{ "text/html": "<b>1</b>", "text/plain": "1" }]);
    });
  },
);
