/** What one act of labeling or patching says: a line of the log. */

import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../errors";
import { type Log, readLog } from "./log";

const text = z.string().transform(wellFormed);

const common = {
  row_key: text,
  /** The dataset that the row comes from. */
  dataset: text,
  reason: text.nullable(),
  author: text,
  /** ISO 8601, UTC. */
  time: z.iso.datetime({ offset: true }),
};

/** A line of labels.jsonl. `label` null takes the row's label back. Of several lines for a row the last counts. */
export const labelAct = z.object({ ...common, label: text.nullable() });
export type LabelAct = z.infer<typeof labelAct>;

const message = z.object({
  role: text,
  name: text.nullable(),
  channel: text.nullable(),
  content: text.nullable(),
  reasoning_content: text.nullable(),
  tool_calls: text.nullable(),
});

/** A line of patches.jsonl. `text` null takes the row's patch back. Of several lines for a row the last counts. */
export const patchAct = z.object({
  ...common,
  /** The new conversation; null where the text alone was given. */
  messages: z.array(message).nullable(),
  /** The new text, and its sha1. */
  text: text.nullable(),
  text_id: z.string().nullable(),
  /** `text_id` of the row that was patched, where it was known. */
  of_text_id: z.string().nullable(),
});
export type PatchAct = z.infer<typeof patchAct>;

export function labelsPath(folder: string): string {
  return join(folder, "labels.jsonl");
}

export function patchesPath(folder: string): string {
  return join(folder, "patches.jsonl");
}

export function readLabels(folder: string): Log<LabelAct> {
  return readLog(labelsPath(folder), labelAct);
}

export function readPatches(folder: string): Log<PatchAct> {
  return readLog(patchesPath(folder), patchAct);
}

/** The act that counts for each row, in the order in which they were written. */
export function latest<Act extends { readonly row_key: string }>(acts: readonly Act[]): Map<string, Act> {
  const last = new Map<string, Act>();
  for (const act of acts) {
    last.delete(act.row_key);
    last.set(act.row_key, act);
  }
  return last;
}

/** Half a surrogate pair becomes U+FFFD, which is what every other file of a run holds for it. */
export function wellFormed(value: string): string {
  return /[\ud800-\udfff]/.test(value) ? Buffer.from(value, "utf8").toString("utf8") : value;
}

/** A row, or its row_key. */
export type RowOrKey = string | Readonly<Record<string, unknown>>;

/**
 * The key and dataset of a row.
 * @throws InputError for a row without row_key, and for a text that is none.
 */
export function keyOf(verb: string, row: RowOrKey | null | undefined): { row_key: string; dataset: string } {
  const key = typeof row === "string" ? row : row?.row_key;
  if (typeof key !== "string" || key === "") {
    throw new InputError(
      `${verb}: ${row === null || row === undefined ? `got ${row}` : "the row has no row_key"}, expected a row of a run ` +
        "with the column row_key, or a row_key; rows of a dataset have one once they are normalized",
    );
  }
  const parts = /^(.+?)@[^/]*\/.*#\d+$/s.exec(key);
  if (!parts) {
    throw new InputError(
      `${verb}: ${JSON.stringify(key.slice(0, 200))} is no row_key, expected dataset@revision/file#row; ` +
        "an id may stand on several rows: corpuslab why <id> --run DIR shows the row_key of each",
    );
  }
  const dataset = typeof row === "object" && typeof row?.dataset === "string" ? row.dataset : parts[1]!;
  return { row_key: key, dataset };
}

let known: string | null = null;

/** Who acts: as told, else git's user.name, else the user of this machine. */
export function authorOf(author: string | undefined): string {
  if (author !== undefined) return author;
  known ??=
    spawnSync("git", ["config", "user.name"], { encoding: "utf8" }).stdout?.trim() || userName() || "unknown";
  return known;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? "";
  }
}

/** The act as the log takes it. */
export function checked<Act>(verb: string, schema: z.ZodType<Act>, act: unknown): Act {
  const parsed = schema.safeParse(act);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  throw new InputError(`${verb}: ${issues.slice(0, 3).join("; ")}`);
}
