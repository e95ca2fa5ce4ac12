import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  display,
  displaySymbol,
  inNotebook,
  isDisplayable,
  mimeBundle,
} from "../../kernel-lib/notebook/display";
import { type Execution, KernelSession, kernelMissing, printed, ROOT } from "../kernel/kernel-session";

afterEach(() => vi.restoreAllMocks());

describe("mimeBundle", () => {
  it("is the value's own bundle, or its text", async () => {
    const figure = { [displaySymbol]: () => ({ "text/plain": "fig", "text/html": "<b>fig</b>" }) };
    expect(await mimeBundle(figure)).toEqual({ "text/plain": "fig", "text/html": "<b>fig</b>" });
    expect(await mimeBundle("two\nlines")).toEqual({ "text/plain": "two\nlines" });
    expect(await mimeBundle({ a: [1] })).toEqual({ "text/plain": "{ a: [ 1 ] }" });
    expect(await mimeBundle({ [displaySymbol]: () => ({ "text/html": "" }) })).toHaveProperty("text/plain");
  });

  it("says what it left out of long values", async () => {
    const { "text/plain": text } = await mimeBundle({ long: "x".repeat(10_001) });
    expect(text).toContain("... 1 more character");
  });
});

describe("isDisplayable", () => {
  it("wants a method, not just a key", () => {
    expect([null, undefined, 1, {}, { [displaySymbol]: 1 }].map(isDisplayable)).toEqual(Array(5).fill(false));
    expect(isDisplayable({ [displaySymbol]: () => ({}) })).toBe(true);
  });
});

describe("display", () => {
  it("prints text outside a notebook", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    expect(inNotebook()).toBe(false);
    const shown = await display({
      [displaySymbol]: () => ({ "text/plain": "plain", "text/html": "<b></b>" }),
    });
    await shown.update("next");
    expect(log.mock.calls).toEqual([["plain"], ["next"]]);
  });
});

describe.skipIf(kernelMissing !== null)(`display on stock tslab (${kernelMissing ?? "driven"})`, () => {
  let kernel: KernelSession;
  beforeAll(async () => {
    kernel = await KernelSession.start(ROOT, "stock-tslab");
  });
  afterAll(async () => {
    await kernel.stop();
  });
  const shown = ({ outputs }: Execution) =>
    outputs
      .filter(({ type }) => type.endsWith("display_data"))
      .map(({ type, content }) => [type, content.data]);

  it("sends all MIME types in one output and replaces it, and has no journal", async () => {
    const cell = await kernel.run(`import { display, executedCells } from "corpuslab";
const value = (html: string) => ({ [Symbol.for("corpuslab.display")]: () => ({ "text/plain": "p", "text/html": html }) });
const handle = await display(value("<b>1</b>"));
await handle.update(value("<b>2</b>"));
console.log(executedCells().length);`);
    expect(shown(cell)).toEqual([
      ["display_data", { "text/plain": "p", "text/html": "<b>1</b>" }],
      ["update_display_data", { "text/plain": "p", "text/html": "<b>2</b>" }],
    ]);
    expect(printed(cell)).toBe("0\n");
  });
});
