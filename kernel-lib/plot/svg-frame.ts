/** The static picture of a figure: title, notes, axes with titles and ticks, legend, on white. */
import { escapeHtml } from "../notebook/escape-html";
import type { GroupStyle } from "../notebook/group-color";
import { wrap } from "./figure";
import { type Axis, type Bands, scale, tickLabel, ticks } from "./scale";

export interface LegendEntry {
  readonly label: string;
  readonly style: GroupStyle;
}

export interface FrameOptions {
  readonly title: string;
  readonly notes: readonly string[];
  readonly x: Axis | Bands;
  readonly y: Axis | Bands;
  /** Drawn in the order given; none for one group. */
  readonly legend?: readonly LegendEntry[];
  /** Height of the plot area in pixels; default 280. */
  readonly height?: number;
  /** Space right of the plot area in pixels, for what `marks` writes there. */
  readonly right?: number;
  readonly marks: (area: Area) => readonly string[];
}

/** The plot area. `x` and `y` give the place of a value, or of the middle of a band by its number. */
export interface Area {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Extent of a band; 0 for numbers. */
  readonly bandX: number;
  readonly bandY: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const WIDTH = 760;
/** Mean width of a character of 12 px. */
const CHAR = 6.6;

/** The SVG document, 760 pixels wide. */
export function svgFrame({
  title,
  notes,
  x,
  y,
  legend = [],
  height = 280,
  right = 0,
  marks,
}: FrameOptions): string {
  const lines = notes.flatMap((note) => wrap(note, 115));
  const titles = wrap(title, 85);
  const longest = (labels: readonly string[]) =>
    Math.max(0, ...labels.map((label) => [...label].length)) * CHAR;
  const left =
    34 + Math.max(24, longest(isBands(y) ? y.names : ticks(y).map((value) => tickLabel(y, value))));
  const key = legend.length === 0 ? 0 : 44 + longest(legend.map(({ label }) => label));
  const top = 16 + 20 * titles.length + 16 * lines.length;
  const [end, bottom] = [WIDTH - 20 - right - key, top + height];
  const slanted = isBands(x) && longest(x.names) * x.names.length > 0.95 * (end - left);
  const under = isBands(x) ? (slanted ? longest(x.names) * 0.72 + 14 : 18) : 18;
  const area: Area = {
    ...{ left, right: end, top, bottom },
    x: isBands(x) ? bands(x, left, end) : scale(x, left, end),
    y: isBands(y) ? bands(y, top, bottom) : scale(y, bottom, top),
    bandX: isBands(x) ? (end - left) / Math.max(1, x.names.length) : 0,
    bandY: isBands(y) ? height / Math.max(1, y.names.length) : 0,
  };
  const total = Math.max(bottom + under + 30, top + 8 + 20 * legend.length);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${px(total)}" viewBox="0 0 ${WIDTH} ${px(total)}" font-family="sans-serif" font-size="12" fill="#222222" role="img" aria-label="${escapeHtml(title)}">`,
    `<rect width="${WIDTH}" height="${px(total)}" fill="#ffffff"/>`,
    ...titles.map((line, i) => text(12, 24 + 20 * i, line, 'font-weight="bold" font-size="15"')),
    ...lines.map((line, i) => text(12, 20 + 20 * titles.length + 16 * i, line, 'fill="#555555"')),
    ...xTicks(x, area, slanted),
    ...yTicks(y, area),
    ...marks(area),
    `<path d="M${px(left)} ${px(top)}V${px(bottom)}H${px(end)}" fill="none" stroke="#888888"/>`,
    text((left + end) / 2, bottom + under + 20, x.title, 'text-anchor="middle"'),
    `<text transform="translate(16 ${px((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${escapeHtml(y.title)}</text>`,
    ...legend.flatMap(({ label, style }, i) => {
      const at = top + 8 + 20 * i;
      const from = WIDTH - 8 - key;
      return [
        `<path d="M${px(from)} ${at}h26" stroke="${style.color}" stroke-width="3"${dashOf(style)}/>`,
        text(from + 32, at + 4, label),
      ];
    }),
    "</svg>",
  ].join("");
}

export function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${px(x)}" y="${px(y)}"${attributes === "" ? "" : ` ${attributes}`}>${escapeHtml(content)}</text>`;
}

/** A coordinate with one decimal. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const DASHES: Readonly<Record<GroupStyle["dash"], string>> = {
  solid: "",
  dash: "8 5",
  dot: "2 4",
  dashdot: "8 4 2 4",
  longdash: "14 5",
};

/** The attribute that dashes a line. */
export function dashOf({ dash }: GroupStyle): string {
  return DASHES[dash] === "" ? "" : ` stroke-dasharray="${DASHES[dash]}"`;
}

function isBands(axis: Axis | Bands): axis is Bands {
  return "names" in axis;
}

function bands({ names }: Bands, from: number, to: number): (index: number) => number {
  return (index) => from + ((index + 0.5) / Math.max(1, names.length)) * (to - from);
}

function xTicks(axis: Axis | Bands, { x, top, bottom }: Area, slanted: boolean): string[] {
  if (isBands(axis)) {
    return axis.names.map((name, i) =>
      slanted
        ? `<text transform="translate(${px(x(i) + 4)} ${px(bottom + 14)}) rotate(-45)" text-anchor="end">${escapeHtml(name)}</text>`
        : text(x(i), bottom + 18, name, 'text-anchor="middle"'),
    );
  }
  return ticks(axis, 7).flatMap((value) => [
    `<path d="M${px(x(value))} ${px(top)}V${px(bottom)}" stroke="#e4e4e4"/>`,
    text(x(value), bottom + 18, tickLabel(axis, value), 'text-anchor="middle"'),
  ]);
}

function yTicks(axis: Axis | Bands, { y, left, right }: Area): string[] {
  if (isBands(axis)) return axis.names.map((name, i) => text(left - 8, y(i) + 4, name, 'text-anchor="end"'));
  return ticks(axis, 6).flatMap((value) => [
    `<path d="M${px(left)} ${px(y(value))}H${px(right)}" stroke="#e4e4e4"/>`,
    text(left - 8, y(value) + 4, tickLabel(axis, value), 'text-anchor="end"'),
  ]);
}
