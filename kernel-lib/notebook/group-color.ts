/**
 * The color of a group, the same in every figure, session and machine, because it follows from the name alone. Okabe–Ito
 * hues that stand out from a white and from a dark page; where two groups of one figure share a color, `groupStyles`
 * tells them apart by dash and hatching, which also serves readers who see no hue.
 */

/** How a group is drawn. `dash` and `pattern` are plotly's names. */
export interface GroupStyle {
  readonly color: string;
  readonly dash: Dash;
  /** Hatching of areas; "" is a plain area. */
  readonly pattern: "" | "/" | "x" | "." | "-";
}
type Dash = "solid" | "dash" | "dot" | "dashdot" | "longdash";

const BLUE = "#0072b2";
const SKY = "#56b4e9";
const GREEN = "#009e73";
const VERMILLION = "#d55e00";
const ORANGE = "#e69f00";
const PURPLE = "#cc79a7";
const RED = "#a03a3a";
const OLIVE = "#999933";

/** For what is no group of its own: null, `other`, and the groups that are added up. */
export const NEUTRAL_COLOR = "#757575";

/** Names whose color is agreed: domains, difficulty, splits, answers. */
const AGREED: ReadonlyMap<string, string> = new Map([
  ["math", BLUE],
  ["proof", SKY],
  ["science", GREEN],
  ["agentic", VERMILLION],
  ["chat_if", ORANGE],
  ["code", PURPLE],
  ["safety", RED],
  ["multilingual", OLIVE],
  ["other", NEUTRAL_COLOR],
  ["low", SKY],
  ["medium", ORANGE],
  ["high", VERMILLION],
  ["train", BLUE],
  ["validation", ORANGE],
  ["test", GREEN],
  ["true", BLUE],
  ["false", ORANGE],
  ["on", BLUE],
  ["off", ORANGE],
]);
const PALETTE = [BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, RED, OLIVE] as const;
const LOOKS: readonly Omit<GroupStyle, "color">[] = [
  { dash: "solid", pattern: "" },
  { dash: "dash", pattern: "/" },
  { dash: "dot", pattern: "." },
  { dash: "dashdot", pattern: "x" },
  { dash: "longdash", pattern: "-" },
];

/**
 * The color of the group with this name, as `#rrggbb`; null is gray. The nine domains and common split names have agreed
 * colors, any other name one of eight by its hash.
 * @example groupColor("math") // "#0072b2"
 */
export function groupColor(name: string | null): string {
  if (name === null) return NEUTRAL_COLOR;
  return AGREED.get(name) ?? PALETTE[hash(name) % PALETTE.length]!;
}

/**
 * How the groups of one figure are drawn, in the order given: each in its color, and a second, third … group of the same
 * color dashed and hatched. Which of them is plain follows from the names, not from their order.
 * @example groupStyles(["train", "math"]).map(({ dash }) => dash) // ["dash", "solid"]: math and train are both blue
 */
export function groupStyles(names: readonly (string | null)[]): GroupStyle[] {
  const taken = new Map<string, number>();
  const styles = new Map<string | null, GroupStyle>();
  for (const name of [...names].sort(byName)) {
    const color = groupColor(name);
    const before = taken.get(color) ?? 0;
    taken.set(color, before + 1);
    styles.set(name, { color, ...LOOKS[before % LOOKS.length]! });
  }
  return names.map((name) => styles.get(name)!);
}

/** Names with an agreed color first, so that they stay plain; then in code-unit order; null last. */
function byName(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const agreed = Number(AGREED.has(b)) - Number(AGREED.has(a));
  return agreed !== 0 ? agreed : a < b ? -1 : Number(a > b);
}

/** FNV-1a over UTF-16 code units, with the bits mixed at the end. */
function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 12)) >>> 0;
}
