/** Which rows a sidecar was computed from: what is kept when a run is made anew has to be of the same rows. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parquetFiles } from "../run-folder";

/** Field of score.json, embed.json and flag.json. */
export const ROWS_BASIS = "rows_basis";

/** SHA-256 over names and sizes of the shards of rows/; the same for a copy of the run. */
export function rowsBasis(run: string): string {
  const hash = createHash("sha256");
  for (const shard of parquetFiles(join(run, "rows")))
    hash.update(`${shard}\t${statSync(join(run, "rows", shard)).size}\n`);
  return hash.digest("hex");
}

/** True when the manifest at `path` says that its sidecar is of other rows than `basis`; false where it says nothing. */
export function isOfOtherRows(path: string, basis: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const said = (JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>)[ROWS_BASIS];
    return typeof said === "string" && said !== basis;
  } catch {
    return false; // A damaged manifest is told where it is read.
  }
}
