/** A source cut down to one split. */

import { InputError, nearestNames } from "../errors";
import type { Source } from "../source/source";

/** `source` with the split `name` alone, of one subset or of all. Throws InputError with the nearest names. */
export function onlySplit(source: Source, name: string, subset: string | undefined): Source {
  const inSubset = source.splits.filter((part) => subset === undefined || part.subset === subset);
  const splits = inSubset.filter((part) => part.split === name);
  if (splits.length > 0) return { ...source, splits };
  const names = [...new Set(inSubset.map((part) => part.split))];
  const near = nearestNames(name, names);
  const hint =
    near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${names.join(", ") || "none"}`;
  throw new InputError(
    `split ${name}: not in ${source.dataset}${subset === undefined ? "" : ` (subset ${subset})`}; ${hint}`,
  );
}
