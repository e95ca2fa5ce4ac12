/** How the coverage of a split is read: with the adapter its description names, else with the one its rows suggest. */
import { resolveAdapter } from "../normalize/adapters";
import { bundledDescriptions, describedAdapter, loadDescriptions } from "../normalize/description";
import { detectAdapter } from "../normalize/detect-adapter";
import { firstRows } from "../source/first-rows";
import type { Source } from "../source/source";
import { coverageWith } from "./adapter-coverage";
import type { CoverageChoice, CoverageChooser } from "./coverage";

export interface ChooseCoverageOptions {
  /** Adapter reference that holds for all splits, e.g. `instruction-response?prompt=q&response=a`. */
  readonly adapter?: string | undefined;
  /** Folders with descriptions beside the built-in ones; the later folder wins. */
  readonly folders?: readonly string[] | undefined;
}

/** Chooses by description, else by detection; where no shape or several fit, the question is kept as the note. */
export function chooseCoverage(
  source: Source,
  { adapter, folders = [] }: ChooseCoverageOptions = {},
): CoverageChooser {
  const description = loadDescriptions([bundledDescriptions(), ...folders]).get(source.dataset);
  return async (split) => {
    if (adapter !== undefined) return chosen(adapter, null);
    if (description) return chosen(describedAdapter(description, split.subset, split.split), null);
    const sample = await firstRows(split.files);
    if (sample.length === 0) return { adapter: null, note: null, of: null };
    const found = detectAdapter(new Set(sample.flatMap((row) => [...row.raw.keys()])), sample);
    if ("ambiguous" in found) return { adapter: null, note: found.question, of: null };
    return chosen(found.reference, `detected: ${found.why}`);
  };
}

function chosen(reference: string, note: string | null): CoverageChoice {
  return { adapter: reference, note, of: coverageWith(resolveAdapter(reference)) };
}
