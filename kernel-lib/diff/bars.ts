/** Small bars as static SVG, in colors that are told apart on light and dark pages and by color-blind readers. */
import { escapeHtml } from "../notebook/escape-html";

/** Okabe–Ito, a little lighter where that is needed on dark pages. */
const COLORS: Readonly<Record<string, string>> = {
  kept_to_dropped: "#d55e00",
  dropped_to_kept: "#2f8fd0",
  other_reason: "#e69f00",
  to_error: "#c2588f",
  from_error: "#7a68c7",
  changed: "#2f8fd0",
  rewritten_now: "#2f8fd0",
  left_now: "#d55e00",
  rewritten_otherwise: "#e69f00",
};
const QUIET = "rgba(128,128,128,.4)";

export function directionColor(id: string): string {
  return COLORS[id] ?? QUIET;
}

export interface BarPart {
  readonly id: string;
  readonly title: string;
  /** 0..1 of the bar. */
  readonly share: number;
}

/** Parts from left to right; what is not 0 is at least 2 pixels wide. */
export function stackedBar(parts: readonly BarPart[], width: number, height: number, label: string): string {
  const shown = parts.filter(({ share }) => share > 0);
  const widths = shown.map(({ share }) => Math.max(2, share * width));
  const over = widths.reduce((sum, one) => sum + one, 0) - width;
  const largest = widths.indexOf(Math.max(...widths));
  if (over > 0 && largest >= 0) widths[largest]! -= over;
  let x = 0;
  const rects = shown.map(({ id, title }, i) => {
    const rect = `<rect x="${fixed(x)}" y="0" width="${fixed(widths[i]!)}" height="${height}" fill="${directionColor(id)}"><title>${escapeHtml(title)}</title></rect>`;
    x += widths[i]!;
    return rect;
  });
  return svg(width, height, label, rects.join(""));
}

/** What is lost to the left of the middle, what is gained to the right; without a left side from the left edge on. */
export function twoSidedBar(
  left: readonly BarPart[] | null,
  right: readonly BarPart[],
  width: number,
  height: number,
  label: string,
): string {
  const middle = left === null ? 0.5 : width / 2;
  const room = width - middle;
  const side = (parts: readonly BarPart[], sign: -1 | 1) => {
    let at = middle;
    return parts
      .filter(({ share }) => share > 0)
      .map(({ id, title, share }) => {
        const wide = Math.max(1.5, share * room);
        const x = sign < 0 ? at - wide : at;
        at += sign * wide;
        return `<rect x="${fixed(x)}" y="1" width="${fixed(wide)}" height="${height - 2}" fill="${directionColor(id)}"><title>${escapeHtml(title)}</title></rect>`;
      })
      .join("");
  };
  const axis = `<rect x="${fixed(middle - 0.5)}" y="0" width="1" height="${height}" fill="rgba(128,128,128,.6)"/>`;
  return svg(width, height, label, side(left ?? [], -1) + side(right, 1) + axis);
}

function svg(width: number, height: number, label: string, inner: string): string {
  return (
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(label)}" ` +
    `style="display:block;max-width:100%" preserveAspectRatio="none">${inner}</svg>`
  );
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}
