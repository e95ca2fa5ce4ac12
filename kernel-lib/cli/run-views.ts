/** view.sql of the runs that a command wrote sidecars into. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** view.sql of each run folder among these shows the sidecars that are there now. */
export async function writeViews(dirs: readonly string[]): Promise<void> {
  const { writeView } = await import("../run/view.js");
  for (const dir of dirs)
    if (existsSync(join(dir, "run.json")) && existsSync(join(dir, "rows"))) await writeView(dir);
}
