/** Whether the notebook's file still says what ran. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ExecutedCell } from "../kernel/journal";
import { hashOf, loadedHash } from "../kernel/loaded-files";

const notebook = z.object({
  cells: z.array(
    z.object({
      id: z.string().optional(),
      cell_type: z.string(),
      source: z.union([z.string(), z.array(z.string())]),
    }),
  ),
});

/** A cell whose text is not what the notebook shows. */
export interface StaleCell {
  readonly order: number;
  readonly what: string;
}

/** Path of the notebook that runs in this kernel, as Jupyter tells its kernels; null when it does not. */
export function notebookPath(env: NodeJS.ProcessEnv = process.env): string | null {
  const path = env.JPY_SESSION_NAME;
  return path?.endsWith(".ipynb") ? path : null;
}

/**
 * Of the cells in `orders`, those that were run again with another text since, and those whose saved text differs from
 * what ran. An edit that is not saved cannot be seen from here; a file that was last saved before the cell ran says nothing.
 */
export function staleCells(
  cells: readonly ExecutedCell[],
  orders: ReadonlySet<number>,
  path: string | null,
): StaleCell[] {
  const saved = path === null ? null : readNotebook(path);
  const stale: StaleCell[] = [];
  for (const { order, cellId, text, startedAt } of cells) {
    if (!orders.has(order) || cellId === null) continue;
    const last = cells.findLast((cell) => cell.cellId === cellId && cell.ok !== false)!;
    if (last.order !== order && last.text !== text) {
      stale.push({ order, what: `its cell was run again as cell ${last.order} with another text` });
      continue;
    }
    if (!saved || saved.at < startedAt) continue;
    const now = saved.texts.get(cellId);
    if (now === undefined) stale.push({ order, what: "its cell was deleted from the notebook" });
    else if (now.trimEnd() !== text.trimEnd()) {
      stale.push({ order, what: "the notebook's file holds another text in this cell" });
    }
  }
  return stale;
}

/** Local files, relative to `folder`, whose text is no longer what the cells of `orders` were given when they imported them. */
export function staleFiles(
  locals: readonly string[],
  folder: string,
  orders: readonly number[],
): { readonly order: number; readonly file: string }[] {
  return locals.flatMap((file) => {
    const path = join(folder, file);
    const order = orders.find((one) => {
      const held = loadedHash(path, one);
      return held !== null && held !== hashOf(readFileSync(path, "utf8"));
    });
    return order === undefined ? [] : [{ order, file }];
  });
}

/** Texts by cell id, and when they were saved. */
function readNotebook(
  path: string,
): { readonly texts: ReadonlyMap<string, string>; readonly at: number } | null {
  try {
    const at = statSync(path).mtimeMs;
    const { cells } = notebook.parse(JSON.parse(readFileSync(path, "utf8")));
    const known = cells.flatMap(({ id, cell_type, source }): [string, string][] =>
      id && cell_type === "code" ? [[id, Array.isArray(source) ? source.join("") : source]] : [],
    );
    return known.length > 0 ? { texts: new Map(known), at } : null;
  } catch {
    return null; // not saved yet, or no notebook: nothing to compare with
  }
}
