/** The token histogram of a split as inline SVG: each bar spans a doubling. */
import { escapeHtml } from "../notebook/escape-html";
import { whole } from "./coverage-table";
import type { InventorySplit } from "./inventory-json";

type Tokens = NonNullable<InventorySplit["coverage"]["tokens"]>;

const WIDTH = 640;
const HEIGHT = 120;
/** Room above the bars for their counts, and below for the edges. */
const ABOVE = 16;
const BELOW = 20;

/** Bars of rows per token range; the median and the 95th percentile as lines. */
export function renderTokenHistogram(tokens: Tokens): string {
  const { counts, edges } = tokens.histogram;
  if (counts.length === 0) return "";
  const tallest = Math.max(...counts, 1);
  const slot = WIDTH / counts.length;
  const base = ABOVE + HEIGHT;
  const bars = counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(2, (count / tallest) * HEIGHT);
    const top = base - height;
    const range = `${whole(edges[i]!)} to ${whole(edges[i + 1]!)} tokens: ${whole(count)} rows`;
    const label = count === 0 ? "" : text(slot * (i + 0.5), top - 4, whole(count), "middle");
    return `<rect x="${fixed(slot * i + 1)}" y="${fixed(top)}" width="${fixed(slot - 2)}" height="${fixed(height)}"><title>${range}</title></rect>${label}`;
  });
  const marks = (["median", "p95"] as const).map((name) => {
    const x = fixed(position(tokens[name], edges) * slot);
    return `<line x1="${x}" x2="${x}" y1="${ABOVE}" y2="${base}" class="${name}"/>`;
  });
  const ticks = edges.map((edge, i) => {
    const anchor = i === 0 ? "start" : i === edges.length - 1 ? "end" : "middle";
    return text(slot * i, base + 15, edge >= 1024 ? `${whole(edge / 1024)}k` : String(edge), anchor);
  });
  const label = `Estimated tokens a row: median ${whole(tokens.median)}, 95th percentile ${whole(tokens.p95)}`;
  return `<figure class="tokens"><figcaption>Rows by estimated tokens <span class="key median">median ${whole(tokens.median)}</span>
<span class="key p95">p95 ${whole(tokens.p95)}</span> <span class="dim">max ${whole(tokens.max)}; each bar doubles, k = 1,024</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${base + BELOW}" role="img" aria-label="${escapeHtml(label)}">${bars.join("")}${marks.join("")}
<line class="axis" x1="0" x2="${WIDTH}" y1="${base}" y2="${base}"/>${ticks.join("")}</svg></figure>`;
}

/** Where a value stands on the axis, in bars from the left; logarithmic within a bar. */
function position(value: number, edges: readonly number[]): number {
  let bar = 0;
  while (bar < edges.length - 2 && value >= edges[bar + 1]!) bar++;
  const low = edges[bar]!;
  const high = edges[bar + 1]!;
  return bar + (low === 0 ? value / high : Math.log(value / low) / Math.log(high / low));
}

function text(x: number, y: number, content: string, anchor: string): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${content}</text>`;
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}
