/** Files of a layer as a whole. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../engine/commit";

/** Folders that only a pipeline's run writes. */
const OWN = ["verdicts", "flags", "overlays", "quarantine", ".run/verdicts", ".run/groups"];

/** Takes away files that no task of this run wrote: those of parts that were cut otherwise before. */
export function removeLayerOrphans(out: string, written: ReadonlySet<string>): void {
  for (const folder of OWN) {
    for (const name of listFiles(join(out, folder))) {
      if (!written.has(`${folder}/${name}`)) rmSync(join(out, folder, name));
    }
  }
}
