import { inNotebook } from "./display";
import { hasWidgets } from "./widget";

/**
 * One line that says what does not work here and how to get it; null where everything works. On stock tslab rows, charts
 * and reports are shown, but nothing can be live and nothing is journaled; outside a notebook nothing is shown at all.
 */
export function missingOnThisKernel(): string | null {
  if (hasWidgets()) return null;
  if (!inNotebook()) return "This is not a notebook: live controls and the journal of cells need one.";
  return (
    "This kernel has no live controls, no journal of cells, and shows no last expressions: choose the kernel " +
    '"TypeScript (corpuslab)"; where it is not listed, run: corpuslab kernel install --user'
  );
}
