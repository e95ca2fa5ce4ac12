/** An explorer as a picture, for places that run no script: each column's histogram, with what is kept marked. */
import { escapeHtml } from "../notebook/escape-html";
import { barHeights, binsOf, Cube, edgePositions, edgesOf, labeledEdges, snap, snapMoves } from "./cube";
import { count, line, percent, range, tick } from "./format";
import { boundsOf } from "./policy";
import type { Bounds, ColumnSketch, Sketch } from "./protocol";

const WIDTH = 760;
const PANEL = 190;
const LEFT = 24;
const PLOT = { width: WIDTH - 2 * LEFT, height: 110 };

/** An SVG document, 760 pixels wide, on a light ground of its own so that it reads on any page. */
export function pictureOf(sketch: Sketch): string {
  const { columns, total, origin, selection } = sketch;
  const counts = new Cube(sketch).count(selection);
  const height = 40 + PANEL * columns.length;
  const kept = counts
    ? `${count(counts.kept.rows)} of ${count(total.rows)} rows kept (${percent(counts.kept.rows, total.rows)})`
    : `${count(total.rows)} rows`;
  const panels = columns.map((column, c) =>
    panel(column, boundsOf(selection, column.name), counts?.columns[c] ?? [], 40 + c * PANEL),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="sans-serif" font-size="12" fill="#1f2328" role="img" aria-label="${escapeHtml(kept)}">` +
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>` +
    `<text x="${LEFT}" y="24" font-weight="bold" font-size="14">${escapeHtml(kept)}</text>` +
    `<text x="${WIDTH - LEFT}" y="24" text-anchor="end" fill="#59636e">${escapeHtml(short(origin, 50))}</text>${panels.join("")}</svg>`
  );
}

function panel(column: ColumnSketch, bounds: Bounds, kept: readonly number[], y: number): string {
  const bins = binsOf(column);
  const [from, to] = edgesOf(column, bounds);
  // beyond two columns nothing is counted, and the bounds are those that were set
  const said =
    kept.length > 0 && snapMoves(column, bounds)
      ? `${range(snap(column, bounds))} (bin edges nearest to: ${range(bounds)})`
      : range(bounds);
  const x = (edge: number) => LEFT + PLOT.width * (edgePositions(column)[edge] ?? 0);
  const base = y + 30 + PLOT.height;
  const bars = (counts: readonly number[], color: string) => {
    let path = "";
    barHeights(column, counts).forEach((height, i) => {
      const top = base - Math.max(1, PLOT.height * height);
      if (height > 0) path += `M${x(i).toFixed(1)} ${base}V${top.toFixed(1)}H${x(i + 1).toFixed(1)}V${base}`;
    });
    return `<path d="${path}" fill="${color}"/>`;
  };
  const missing = [
    column.nulls > 0 ? `${count(column.nulls)} null, ${bounds.nulls}` : "",
    column.nans > 0 ? `${count(column.nans)} NaN, ${bounds.nans}` : "",
  ].filter((part) => part !== "");
  const ticks = labeledEdges(column).map((edge) => {
    const anchor = edge === 0 ? "start" : edge === bins ? "end" : "middle";
    return `<text x="${x(edge).toFixed(1)}" y="${base + 16}" font-size="11" fill="#59636e" text-anchor="${anchor}">${tick(column.edges[edge]!)}</text>`;
  });
  const marks = [...(bounds.lower === null ? [] : [x(from)]), ...(bounds.upper === null ? [] : [x(to)])].map(
    (at) => `<path d="M${at.toFixed(1)} ${base}V${y + 26}" stroke="#1f2328" stroke-width="2"/>`,
  );
  return (
    `<text x="${LEFT}" y="${y + 16}"><tspan font-weight="bold">${escapeHtml(short(column.name, 40))}</tspan>` +
    `<tspan fill="#59636e" dx="8">${escapeHtml([said, column.unit ?? "", ...missing].filter(Boolean).join(" · "))}</tspan></text>` +
    `${bars(column.rows, "#c9d1d9")}${bars(kept, "#0072b2")}<path d="M${LEFT} ${base}H${WIDTH - LEFT}" stroke="#59636e"/>` +
    `${marks.join("")}${ticks.join("")}`
  );
}

function short(text: string, length: number): string {
  const shown = line(text);
  return shown.length > length ? `${shown.slice(0, length - 1)}…` : shown;
}
