/** One explored column: its histogram, its bounds as numbers, its percentiles, and what becomes of null and NaN. */

import { binsOf, percentilesOf, type Side } from "../cube";
import { count, line, percent, value } from "../format";
import type { Bounds, ColumnSketch, Missing } from "../protocol";
import { h, setText } from "./element";
import { Histogram, type HistogramEvents } from "./histogram";

export interface PanelEvents extends HistogramEvents {
  /** A bound was typed; null is none. */
  type(side: Side, bound: number | null): void;
  decide(what: "nulls" | "nans", decision: Missing): void;
}

const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
const DECISIONS: readonly Missing[] = ["undecided", "keep", "drop"];

export class ColumnPanel {
  readonly element: HTMLElement;
  private readonly histogram: Histogram;
  private readonly inputs: Readonly<Record<Side, HTMLInputElement>>;
  private readonly percentiles: readonly HTMLElement[];
  private readonly radios: Record<"nulls" | "nans", HTMLInputElement[]> = { nulls: [], nans: [] };
  private readonly keptMissing: Record<"nulls" | "nans", HTMLElement | null> = { nulls: null, nans: null };

  constructor(
    private readonly column: ColumnSketch,
    index: number,
    private readonly events: PanelEvents,
  ) {
    const name = line(column.name);
    this.histogram = new Histogram(column, events);
    this.inputs = { lower: this.input("lower"), upper: this.input("upper") };
    this.percentiles = SHARES.map(() => h("td"));
    const heading = h("h2", { id: `column-${index}`, title: name, dir: "auto" }, name);
    const scale = [column.unit, column.log ? "log scale" : null].filter((part) => part !== null).map(line);
    this.element = h(
      "section",
      { class: "column", "aria-labelledby": `column-${index}` },
      h("header", {}, heading, h("span", { class: "unit" }, scale.join(", "))),
      h(
        "div",
        { class: "bounds" },
        h("label", {}, "from ", this.inputs.lower),
        h("label", {}, "to below ", this.inputs.upper),
      ),
      this.histogram.element,
      this.percentileTable(),
      this.missingRow("nulls", "null", column.nulls, index),
      this.missingRow("nans", "NaN", column.nans, index),
    );
  }

  draw(bounds: Bounds, kept: readonly number[], said: string): void {
    this.histogram.draw(bounds, kept, said);
    for (const side of ["lower", "upper"] as const) {
      const input = this.inputs[side];
      const text = bounds[side] === null ? "" : String(bounds[side]);
      if (input.value !== text) input.value = text;
    }
    percentilesOf(this.column, kept, SHARES).forEach((p, i) => {
      setText(this.percentiles[i]!, p === null ? "–" : value(Number(p.toPrecision(4))));
    });
    const bins = binsOf(this.column);
    this.drawMissing("nulls", bounds.nulls, kept[bins] ?? 0);
    this.drawMissing("nans", bounds.nans, kept[bins + 1] ?? 0);
  }

  private drawMissing(what: "nulls" | "nans", decision: Missing, kept: number): void {
    for (const radio of this.radios[what]) radio.checked = radio.value === decision;
    const note = this.keptMissing[what];
    if (note) setText(note, decision === "undecided" ? "dropped until decided" : `${count(kept)} kept`);
    note?.classList.toggle("open", decision === "undecided");
  }

  private input(side: Side): HTMLInputElement {
    const input = h("input", {
      type: "number",
      step: "any",
      placeholder: side === "lower" ? "lowest" : "highest",
      "aria-label": `${side} bound of ${line(this.column.name)} as a number`,
    });
    input.addEventListener("change", () => {
      const typed = input.valueAsNumber;
      this.events.type(side, Number.isFinite(typed) ? typed : null);
    });
    return input;
  }

  private percentileTable(): HTMLElement {
    const { column } = this;
    const before = percentilesOf(column, column.rows, SHARES);
    const cell = (p: number | null) => h("td", {}, p === null ? "–" : value(Number(p.toPrecision(4))));
    return h(
      "table",
      { class: "percentiles" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col", title: "From the bins, by interpolation" }, "percentile ≈"),
          ...SHARES.map((share) => h("th", { scope: "col" }, `p${Math.round(100 * share)}`)),
        ),
      ),
      h(
        "tbody",
        {},
        h("tr", {}, h("th", { scope: "row" }, "all rows"), ...before.map(cell)),
        h("tr", {}, h("th", { scope: "row" }, "kept rows"), ...this.percentiles),
      ),
    );
  }

  /** A row of its own for what has no place in the histogram. */
  private missingRow(what: "nulls" | "nans", shown: string, rows: number, index: number): HTMLElement {
    const share = percent(
      rows,
      this.column.rows.reduce((a, b) => a + b, 0),
    );
    const label = h(
      "span",
      { class: "what" },
      h("b", {}, shown),
      rows === 0 ? " none" : ` ${count(rows)} rows (${share})`,
    );
    if (rows === 0) return h("div", { class: "missing none" }, label);
    const note = h("span", { class: "note" });
    this.keptMissing[what] = note;
    const choices = DECISIONS.map((decision) => {
      const radio = h("input", { type: "radio", name: `${what}-${index}`, value: decision });
      radio.addEventListener("change", () => this.events.decide(what, decision));
      this.radios[what].push(radio);
      return h("label", {}, radio, decision);
    });
    return h(
      "div",
      {
        class: "missing",
        role: "radiogroup",
        "aria-label": `rows whose ${line(this.column.name)} is ${shown}`,
      },
      label,
      h("span", { class: "choices" }, ...choices),
      note,
    );
  }
}
