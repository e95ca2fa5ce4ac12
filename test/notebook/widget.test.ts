import { afterEach, expect, it } from "vitest";
import { missingOnThisKernel } from "../../kernel-lib/notebook/missing-on-this-kernel";
import { hasWidgets, openWidget, setWidgetHost, type Widget } from "../../kernel-lib/notebook/widget";

const options = { esm: "", state: {}, onMessage: () => undefined };

afterEach(() => {
  delete (globalThis as { [key: symbol]: unknown })[Symbol.for("corpuslab.widgets")];
});

it("opens widgets where a kernel says how", () => {
  const widget: Widget = { view: { "text/plain": "w" }, send: () => undefined, close: () => undefined };
  setWidgetHost(() => widget);
  expect(hasWidgets()).toBe(true);
  expect(openWidget(options)).toBe(widget);
  expect(missingOnThisKernel()).toBeNull();
});

it("opens none elsewhere, and says what is missing", () => {
  expect(openWidget(options)).toBeNull();
  expect(missingOnThisKernel()).toBe(
    "This is not a notebook: live controls and the journal of cells need one.",
  );
});
