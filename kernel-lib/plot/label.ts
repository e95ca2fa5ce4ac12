/** Names and numbers as figures show them: text of a dataset stays text in SVG, in plotly and in a terminal. */

import { percent as percentOf } from "../notebook/counts";
import { plainText } from "../notebook/plain-text";

const MAX_LABEL = 40;

/**
 * The name of a group for people: cut to 40 characters, control characters and direction overrides replaced. Null is
 * `null`; the text "null" and the empty text stand in quotation marks.
 */
export function groupLabel(name: string | null): string {
  if (name === null) return "null";
  if (name === "" || name === "null") return JSON.stringify(name);
  return cutText(name, MAX_LABEL);
}

/** Labels of groups, all different: names that look alike once they are cut get a number. */
export function groupLabels(names: readonly (string | null)[]): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    const label = groupLabel(name);
    let unique = label;
    for (let i = 2; seen.has(unique); i++) unique = `${label} (${i})`;
    seen.add(unique);
    return unique;
  });
}

/** At most `length` characters on one line, harmless to look at. */
export function cutText(text: string, length: number): string {
  // Long before it is cut for good: a name may be megabytes.
  const line = cleanText(text.slice(0, length * 2));
  const characters = [...line];
  if (characters.length <= length && text.length <= length * 2) return line;
  return `${characters.slice(0, length - 1).join("")}…`;
}

/** Without what steers a page or terminal, and without what XML forbids. */
function cleanText(text: string): string {
  return plainText(text).replace(/[\u200e\u200f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd");
}

/** Text for plotly, which reads tags and entities in titles, legends and tick labels. */
export function plotlyText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * A plotly axis of names: places 0, 1, 2 … with names as tick labels. As categories, a name such as `__proto__` would be
 * looked up in an object.
 */
export function nameAxis(labels: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    ...{ type: "linear", tickmode: "array", showgrid: false, zeroline: false },
    tickvals: labels.map((_, i) => i),
    ticktext: labels.map(plotlyText),
  };
}

/** `1,204` */
export { thousands as whole } from "../notebook/counts";

/** Up to six significant digits, with separators, and an exponent where it is shorter. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e12 || size < 1e-4)) {
    return value
      .toExponential(5)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  }
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

/** A share 0..1 as `12.5%`. */
export function percent(share: number): string {
  return percentOf(share, 1);
}
