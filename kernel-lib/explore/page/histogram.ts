/**
 * One column's histogram with its two handles. A handle is a slider to the keyboard and to screen readers; the mouse or a
 * finger moves the nearer handle from anywhere on the plot.
 */

import {
  barHeights,
  binsOf,
  boundsAt,
  edgeAt,
  edgePositions,
  edgesOf,
  labeledEdges,
  positionOf,
  type Side,
} from "../cube";
import { line, tick, value } from "../format";
import type { Bounds, ColumnSketch } from "../protocol";
import { h, svg } from "./element";

export interface HistogramEvents {
  /** A handle is to stand at this edge. */
  move(side: Side, edge: number): void;
}

const KEYS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

export class Histogram {
  readonly element: HTMLElement;
  private readonly kept = svg("path", { class: "kept" });
  private readonly shades = { lower: h("div", { class: "shade" }), upper: h("div", { class: "shade" }) };
  private readonly handles: Readonly<Record<Side, HTMLElement>>;
  private readonly plot: HTMLElement;
  private edges: readonly [number, number];

  constructor(
    private readonly column: ColumnSketch,
    private readonly events: HistogramEvents,
  ) {
    const bins = binsOf(column);
    this.edges = [0, bins];
    this.handles = { lower: this.handle("lower"), upper: this.handle("upper") };
    const bars = svg(
      "svg",
      { viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { class: "all", d: this.path(column.rows) }),
      this.kept,
    );
    this.plot = h("div", { class: "plot" }, bars, this.shades.lower, this.shades.upper);
    this.plot.append(this.handles.lower, this.handles.upper);
    this.plot.addEventListener("pointerdown", (event) => this.grab(event));
    this.element = h("div", { class: "histogram" }, this.plot, this.axis());
    if (bins === 0) this.handles.lower.hidden = this.handles.upper.hidden = true;
  }

  /** Draws the kept rows of each bin, and the handles where the bounds are. `said` follows a bound's value for screen readers. */
  draw(bounds: Bounds, kept: readonly number[], said: string): void {
    this.edges = edgesOf(this.column, bounds);
    this.kept.setAttribute("d", this.path(kept));
    const places = {
      lower: bounds.lower === null ? 0 : positionOf(this.column, bounds.lower),
      upper: bounds.upper === null ? 1 : positionOf(this.column, bounds.upper),
    };
    this.shades.lower.style.width = `${100 * places.lower}%`;
    this.shades.upper.style.width = `${100 * (1 - places.upper)}%`;
    for (const side of ["lower", "upper"] as const) {
      const handle = this.handles[side];
      const bound = bounds[side];
      handle.style.left = `${100 * places[side]}%`;
      handle.setAttribute("aria-valuenow", String(bound ?? this.outermost(side)));
      handle.setAttribute("aria-valuetext", `${this.spoken(side, bound)}; ${said}`);
    }
  }

  private spoken(side: Side, bound: number | null): string {
    if (bound === null) return `no ${side} bound`;
    return `${side === "lower" ? "at least" : "below"} ${value(bound)}${this.column.unit ? ` ${this.column.unit}` : ""}`;
  }

  private outermost(side: Side): number {
    const { edges } = this.column;
    return (side === "lower" ? edges[0] : edges.at(-1)) ?? 0;
  }

  private handle(side: Side): HTMLElement {
    const handle = h("div", {
      class: `handle ${side}`,
      role: "slider",
      tabindex: 0,
      "aria-label": `${side} bound of ${line(this.column.name)}`,
      "aria-orientation": "horizontal",
      "aria-valuemin": this.outermost("lower"),
      "aria-valuemax": this.outermost("upper"),
    });
    handle.addEventListener("keydown", (event) => {
      const step = KEYS[event.key];
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.moveTo(side, this.edges[side === "lower" ? 0 : 1] + step);
    });
    return handle;
  }

  /** The handles keep at least one bin between them. */
  private moveTo(side: Side, edge: number): void {
    const [from, to] = this.edges;
    const [least, most] = side === "lower" ? [0, to - 1] : [from + 1, binsOf(this.column)];
    this.events.move(side, Math.min(Math.max(edge, least), most));
  }

  private grab(event: PointerEvent): void {
    const bins = binsOf(this.column);
    if (event.button !== 0 || bins === 0) return;
    event.preventDefault();
    const box = this.plot.getBoundingClientRect();
    const edgeUnder = (x: number) => edgeAt(this.column, (x - box.left) / box.width);
    const side = this.nearer(event, edgeUnder(event.clientX));
    const handle = this.handles[side];
    handle.focus({ preventScroll: true });
    this.plot.setPointerCapture(event.pointerId);
    this.plot.classList.add("dragging");
    let last = -1;
    const drag = ({ clientX }: PointerEvent) => {
      const edge = edgeUnder(clientX);
      if (edge !== last) this.moveTo(side, edge);
      last = edge;
    };
    if (!this.isHandle(event.target)) drag(event);
    const done = new AbortController();
    const { signal } = done;
    const drop = () => {
      done.abort();
      this.plot.classList.remove("dragging");
    };
    this.plot.addEventListener("pointermove", drag, { signal });
    this.plot.addEventListener("pointerup", drop, { signal });
    this.plot.addEventListener("pointercancel", drop, { signal });
    this.plot.addEventListener("lostpointercapture", drop, { signal });
  }

  private isHandle(target: EventTarget | null): boolean {
    return target === this.handles.lower || target === this.handles.upper;
  }

  private nearer(event: PointerEvent, edge: number): Side {
    if (event.target === this.handles.lower) return "lower";
    if (event.target === this.handles.upper) return "upper";
    const [from, to] = this.edges;
    return Math.abs(edge - from) < Math.abs(edge - to) ? "lower" : "upper";
  }

  /** A bar a bin; one that holds a row is always seen. */
  private path(counts: readonly number[]): string {
    const positions = edgePositions(this.column);
    let path = "";
    barHeights(this.column, counts).forEach((height, i) => {
      if (height === 0) return;
      const [from, to] = [1000 * positions[i]!, 1000 * positions[i + 1]!];
      path += `M${from.toFixed(2)} 100V${(100 - Math.max(1, 100 * height)).toFixed(1)}H${to.toFixed(2)}V100`;
    });
    return path;
  }

  private axis(): HTMLElement {
    const axis = h("div", { class: "axis", "aria-hidden": "true" });
    for (const edge of labeledEdges(this.column)) {
      const label = h("span", {}, tick(this.column.edges[edge]!));
      label.style.left = `${100 * edgePositions(this.column)[edge]!}%`;
      axis.append(label);
    }
    return axis;
  }
}

/** The bounds of a column with one handle moved to an edge. */
export function moved(column: ColumnSketch, bounds: Bounds, side: Side, edge: number): Bounds {
  const [from, to] = edgesOf(column, bounds);
  const next = side === "lower" ? boundsAt(column, edge, to) : boundsAt(column, from, edge);
  return { ...bounds, [side]: next[side] };
}
