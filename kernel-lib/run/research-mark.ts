/** The mark of research mode that a run will have, from its options and its sources. */

import { Db } from "../db";
import {
  inheritedMark,
  markedFiles,
  RESEARCH_SENTENCES,
  type ResearchMark,
  researchError,
} from "../run-folder/research-mode";
import type { Source } from "../source/source";
import type { NormalizeOptions } from "./normalize-options";

/**
 * Null where neither the options nor a source has the mark: a file of a marked run or of marked pools, wherever it was
 * copied to as Parquet.
 * @throws InputError, before any row is read, when the run would be laid out for publishing and nobody said that it may.
 */
export async function researchMarkOf(
  sources: readonly Source[],
  { researchMode = false, hfLayout, writeReadme, allowResearchData }: Omit<NormalizeOptions, "out">,
): Promise<ResearchMark | null> {
  const paths = (source: Source) => source.splits.flatMap(({ files }) => files.map(({ path }) => path));
  const mark = inheritedMark(
    researchMode,
    Object.fromEntries(sources.map((source) => [source.dataset, paths(source)])),
  );
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  const from = new Set(mark?.from ?? []);
  try {
    for (const source of sources)
      if ((await markedFiles(db, paths(source))).length > 0) from.add(source.dataset);
  } finally {
    db.close();
  }
  if (mark === null && from.size === 0) return null;
  if ((hfLayout || writeReadme) && allowResearchData?.trim() !== RESEARCH_SENTENCES.publish) {
    const what = researchMode ? "this run" : `${[...from].join(", ")}, which this run is made of,`;
    throw researchError("publish", what, allowResearchData);
  }
  return { set: researchMode, from: [...from].sort() };
}
