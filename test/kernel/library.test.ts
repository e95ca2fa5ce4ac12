/** The library in a cell: types, completion, doc comments, journal and interrupt, in the project and far from it. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelSession, kernelMissing, printed, ROOT, result } from "./kernel-session";

const places = [
  ["the project's notebooks", () => ROOT],
  ["a folder without node_modules", () => mkdtempSync(join(tmpdir(), "corpuslab-far-"))],
] as const;

describe.skipIf(kernelMissing !== null).each(places)(
  `library in a cell, in %s (${kernelMissing ?? "driven"})`,
  (_, place) => {
    let kernel: KernelSession;
    let folder: string;
    beforeAll(async () => {
      folder = place();
      kernel = await KernelSession.start(folder);
    });
    afterAll(async () => {
      await kernel.stop();
      if (folder !== ROOT) rmSync(folder, { recursive: true });
    });

    it("knows Node before anything is imported", async () => {
      const cell = await kernel.run(
        "const controller = new AbortController(); setTimeout(() => 1, 1); typeof require",
      );
      expect(result(cell)).toEqual({ "text/plain": "function" });
    });

    it("imports with types: a wrong argument is refused before it runs", async () => {
      const ran = await kernel.run(
        'import { parseHarmony, executedCells } from "corpuslab"; typeof parseHarmony',
      );
      expect(result(ran)).toEqual({ "text/plain": "function" });
      const { reply } = await kernel.run("parseHarmony(5)");
      expect(reply.evalue).toBe(
        "1:14 - Argument of type 'number' is not assignable to parameter of type 'string'.",
      );
    });

    it("completes names of the library and shows their doc comments", async () => {
      const imported = await kernel.complete(
        'import { parseHar } from "corpuslab"',
        "import { parseHar".length,
      );
      expect(imported.matches).toContain("parseHarmony");
      const { matches } = await kernel.complete('parseHarmony("").o');
      expect(matches[0]).toBe("ok");
      const { data } = await kernel.inspect("executedCells");
      expect(data["text/plain"]).toContain("The cells that ran in this kernel so far, oldest first");
    });

    it("keeps a journal: text, hash, order, success and the front end's id", async () => {
      await kernel.run("const failing: number = 'x'", { cell_id: "cell-a" });
      const code = "JSON.stringify(executedCells().slice(-2))";
      const cells = JSON.parse(
        result(await kernel.run(code, { cell_id: "cell-b" }))!["text/plain"] as string,
      );
      const hash = (text: string) => createHash("sha256").update(text).digest("hex");
      const failing = "const failing: number = 'x'";
      const startedAt = expect.any(Number);
      expect(cells).toEqual([
        { order: 4, text: failing, hash: hash(failing), startedAt, ok: false, cellId: "cell-a", notes: [] },
        { order: 5, text: code, hash: hash(code), startedAt, ok: null, cellId: "cell-b", notes: [] },
      ]);
      const [first, second] = (cells as { startedAt: number }[]).map((cell) => cell.startedAt);
      expect(second! - first!).toBeGreaterThanOrEqual(0);
      await kernel.run("1", { silent: true });
      expect(result(await kernel.run("executedCells().map(({ ok }) => ok).join()"))).toEqual({
        "text/plain": "true,true,false,false,true,true,",
      });
    });

    it("shows a value and replaces it where it stands", async () => {
      const cell = await kernel.run(
        'import { display } from "corpuslab"; const bar = await display("10%"); await bar.update("100%")',
      );
      const shown = cell.outputs.filter(({ type }) => type.endsWith("display_data"));
      expect(shown.map(({ type, content }) => [type, content.data])).toEqual([
        ["display_data", { "text/plain": "10%" }],
        ["update_display_data", { "text/plain": "100%" }],
      ]);
      const ids = shown.map(({ content }) => (content.transient as { display_id: string }).display_id);
      expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(ids[1]).toBe(ids[0]);
    });

    it("imports a file beside the notebook", async () => {
      writeFileSync(join(folder, "beside_cell.ts"), "export const beside: number = 7;\n");
      try {
        expect(result(await kernel.run('import { beside } from "./beside_cell"; beside'))).toEqual({
          "text/plain": "7",
        });
      } finally {
        rmSync(join(folder, "beside_cell.ts"));
      }
    });

    it("passes an interrupt to the library's work, and forgets it at the next cell", async () => {
      const work = `const { interruptSignal } = require("corpuslab/dist/interrupt") as { interruptSignal(): AbortSignal };
const stopped = new Promise<void>((done) => interruptSignal().addEventListener("abort", () => done()));
stopped.then(() => console.log("work stopped"));
await new Promise((done) => setTimeout(done, 30_000));`;
      // On a busy machine a cell compiles for more than a second, and an interrupt in that time is lost (README).
      const { reply, seconds } = await kernel.run(work, { interrupt_after: 4 });
      expect(reply.ename).toBe("Interrupted");
      expect(seconds).toBeLessThan(20); // of 30
      const next = await kernel.run('require("corpuslab/dist/interrupt").interruptSignal().aborted');
      expect(result(next)).toEqual({ "text/plain": "false" });
      expect(printed(next)).toBe("");
    });
  },
);
