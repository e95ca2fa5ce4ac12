/** The built-in flags. */
import type { Step } from "../step";
import { length } from "./length";

/**
 * The built-in flags by name, as `normalize` computes them.
 * @example [...FLAGS.keys()]
 */
export const FLAGS: ReadonlyMap<string, Step> = new Map([[length.name, length as unknown as Step]]);
