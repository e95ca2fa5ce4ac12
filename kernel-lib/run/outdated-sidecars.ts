/** Scores and vectors of rows that a resumed run has made anew. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { statePath } from "../engine/commit";
import { isOfOtherRows, rowsBasis } from "../run-folder/rows-basis";

const MANIFESTS = { scores: "score.json", embeddings: "embed.json" } as const;

/**
 * The folders below scores/ and embeddings/ that were computed from other rows than those of rows/ stand in
 * `.run/outdated/` now, where nobody reads them: new rows can have the keys of old ones. Returns their names.
 */
export function setOutdatedAside(out: string): string[] {
  const basis = rowsBasis(out);
  const moved: string[] = [];
  for (const [kind, manifest] of Object.entries(MANIFESTS)) {
    if (!existsSync(join(out, kind))) continue;
    for (const name of readdirSync(join(out, kind))) {
      const folder = join(out, kind, name);
      if (!isOfOtherRows(join(folder, manifest), basis)) continue;
      const aside = statePath(out, join("outdated", kind, name));
      rmSync(aside, { recursive: true, force: true });
      mkdirSync(dirname(aside), { recursive: true });
      renameSync(folder, aside);
      moved.push(`${kind}/${name}`);
    }
  }
  return moved.sort();
}
