/** The token histogram of a split as inline SVG. */
import { escapeHtml, whole } from "./coverage-table";
import type { InventorySplit } from "./inventory-json";

type Tokens = NonNullable<InventorySplit["coverage"]["tokens"]>;

const WIDTH = 640;
const HEIGHT = 120;
const AXIS = 22;

/** Bars of rows per token range; the median and the 95th percentile as lines. */
export function renderTokenHistogram(tokens: Tokens): string {
  const { counts, edges } = tokens.histogram;
  const tallest = Math.max(...counts, 1);
  const low = edges[0]!;
  const span = edges[edges.length - 1]! - low || 1;
  const x = (value: number) => ((value - low) / span) * WIDTH;
  const bars = counts.map((count, i) => {
    const left = (i / counts.length) * WIDTH;
    const height = count === 0 ? 0 : Math.max(2, (count / tallest) * HEIGHT);
    const range = `${whole(edges[i]!)} – ${whole(edges[i + 1]!)} tokens: ${whole(count)} rows`;
    return `<rect x="${fixed(left + 1)}" y="${fixed(HEIGHT - height)}" width="${fixed(WIDTH / counts.length - 2)}" height="${fixed(height)}"><title>${range}</title></rect>`;
  });
  const lines = [
    [tokens.median, "median"],
    [tokens.p95, "p95"],
  ] as const;
  const marks = lines.map(
    ([value, name]) =>
      `<line x1="${fixed(x(value))}" x2="${fixed(x(value))}" y1="0" y2="${HEIGHT}" class="${name}"/>`,
  );
  const label = `Estimated tokens a row: median ${whole(tokens.median)}, p95 ${whole(tokens.p95)}`;
  return `<figure class="tokens"><figcaption>Estimated tokens a row <span class="key median">median ${whole(tokens.median)}</span>
<span class="key p95">p95 ${whole(tokens.p95)}</span> <span class="dim">max ${whole(tokens.max)}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT + AXIS}" role="img" aria-label="${escapeHtml(label)}">${bars.join("")}${marks.join("")}
<line class="axis" x1="0" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}"/>
<text x="0" y="${HEIGHT + 15}">${whole(low)}</text><text x="${WIDTH}" y="${HEIGHT + 15}" text-anchor="end">${whole(tokens.max)}</text></svg></figure>`;
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}
