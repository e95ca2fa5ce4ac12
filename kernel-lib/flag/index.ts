/** The built-in flags, by name. */
import type { Step } from "../step";
import { length } from "./length";

export const FLAGS: ReadonlyMap<string, Step> = new Map([[length.name, length as unknown as Step]]);
