/** The built-in flags. */
import type { Step } from "../step";
import { alignment } from "./alignment";
import { diversity } from "./diversity";
import { form } from "./form";
import { gopherQuality } from "./gopher-quality";
import { grounding } from "./grounding";
import { language } from "./language";
import { length } from "./length";
import { privateData } from "./private-data";
import { qualityScore } from "./quality-score";
import { repetition } from "./repetition";
import { safety } from "./safety";
import { structure } from "./structure";
import { tokens } from "./tokens";

const ALL = [
  length,
  form,
  repetition,
  gopherQuality,
  language,
  structure,
  diversity,
  privateData,
  safety,
  alignment,
  grounding,
  qualityScore,
  tokens,
];

/**
 * The built-in flags by name, in the order in which they are computed.
 * @example [...FLAGS.keys()]
 */
export const FLAGS: ReadonlyMap<string, Step> = new Map(
  ALL.map((flag) => [flag.name, flag as unknown as Step]),
);

/** What `normalize` computes when it is not told otherwise: what costs nothing. */
export const DEFAULT_FLAGS: readonly string[] = [length.name];
