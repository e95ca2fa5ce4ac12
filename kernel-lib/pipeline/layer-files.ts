/** Files of a layer as a whole. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../engine/commit";
import { ShardError } from "../errors";

/** Folders that only a pipeline's run writes. */
const OWN = ["verdicts", "flags", "overlays", "quarantine", ".run/verdicts", ".run/groups"];

/** @throws ShardError for a file that a task wrote, now or before the run was resumed, and that is gone. */
export function checkWritten(out: string, written: ReadonlySet<string>): void {
  const gone = [...written].filter((name) => !existsSync(join(out, name))).sort();
  if (gone.length === 0) return;
  throw new ShardError(
    `${out}: ${gone.length} of the files that this run wrote are gone (${gone.slice(0, 3).join(", ")}): run it again with --overwrite`,
  );
}

/** Takes away files that no task of this run wrote: those of parts that were cut otherwise before. */
export function removeLayerOrphans(out: string, written: ReadonlySet<string>): void {
  for (const folder of OWN) {
    for (const name of listFiles(join(out, folder))) {
      if (!written.has(`${folder}/${name}`)) rmSync(join(out, folder, name));
    }
  }
}
