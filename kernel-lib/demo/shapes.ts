/** All splits of the demo dataset, one per source shape, in the order in which they are written. */
import { InputError, nearestNames } from "../errors";
import type { Shape } from "./shape";
import { CHAT_SHAPES } from "./shapes-chat";
import { INSTRUCTION_SHAPES } from "./shapes-instruction";
import { MATH_SHAPES } from "./shapes-math";
import { TOOL_SHAPES } from "./shapes-tools";

export const SHAPES: readonly Shape[] = [
  ...MATH_SHAPES,
  ...TOOL_SHAPES,
  ...CHAT_SHAPES,
  ...INSTRUCTION_SHAPES,
];

/** The shapes of these names, in the dataset's order; all of them when no names are given. */
export function chooseShapes(names?: readonly string[]): readonly Shape[] {
  if (names === undefined) return SHAPES;
  const known = SHAPES.map((shape) => shape.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearestNames(name, known);
    const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : `there are ${known.join(", ")}`;
    throw new InputError(`demo: unknown shape "${name}"; ${hint}`);
  }
  if (names.length === 0) throw new InputError("demo: no shape named, expected at least one");
  return SHAPES.filter((shape) => names.includes(shape.name));
}

/** How many rows each shape gets: by weight, at least one each, `rows` in all (largest remainders first). */
export function allotRows(shapes: readonly Shape[], rows: number): number[] {
  const all = shapes.reduce((sum, shape) => sum + shape.weight, 0);
  const free = rows - shapes.length;
  if (free < 0)
    throw new InputError(`demo: ${rows} rows for ${shapes.length} shapes, expected at least one row each`);
  const exact = shapes.map((shape) => (free * shape.weight) / all);
  const counts = exact.map((share) => 1 + Math.floor(share));
  const order = exact
    .map((share, i) => ({ i, rest: share - Math.floor(share) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  let left = rows - counts.reduce((sum, count) => sum + count, 0);
  for (const { i } of order) if (left-- > 0) counts[i]!++;
  return counts;
}
