/** How many tokens the dropped rows have, as exactly as the tables say. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Found } from "./found";
import type { PlannedInput } from "./planned-input";

export interface TokenSavings {
  readonly dropped: number;
  readonly all: number;
  /**
   * What was added up: `body_tokens` of the sidecar tokens.v1 (exact, o200k), `stats_approx_tokens` of the rows (UTF-8 bytes of the text by
   * four), or the bytes of the rows' JSON lines by four.
   */
  readonly by: "body_tokens" | "stats_approx_tokens" | "bytes";
}

/** Tokens of the dropped rows and of all. Only for runs is a column read; lines are not read again. */
export async function tokenSavings(planned: readonly PlannedInput[], found: Found): Promise<TokenSavings> {
  const runs = planned.flatMap(({ run }) => (run === null ? [] : [run]));
  if (runs.length < planned.length || runs.length === 0) {
    const { dropped, all } = found.bytes;
    return { dropped: Math.ceil(dropped / 4), all: Math.ceil(all / 4), by: "bytes" };
  }
  const { Db } = await import("../db.js");
  const { RowBuffer } = await import("../db/row-buffer.js");
  const { parquetFiles, readParquet } = await import("../run-folder.js");
  const isExact = runs.every((run) => existsSync(join(run, "flags", "tokens.v1")));
  const [folder, column] = isExact ? ["flags/tokens.v1", "body_tokens"] : ["rows", "stats_approx_tokens"];
  const files = runs.flatMap((run) =>
    parquetFiles(join(run, folder!)).map((name) => join(run, folder!, name)),
  );
  const by = isExact ? "body_tokens" : "stats_approx_tokens";
  if (files.length === 0) return { dropped: 0, all: 0, by };
  const buffer = new RowBuffer("dropped", [["row_key", "VARCHAR"]]);
  const keys = found.duplicates.map(({ row_key }) => row_key);
  for (let from = 0; from < keys.length; from += 10_000) {
    const batch = keys.slice(from, from + 10_000);
    buffer.append([batch], batch.length);
  }
  const db = await Db.open({ threads: 1, memoryLimit: "400MB" });
  try {
    db.attach(buffer);
    const { dropped, all } = await db.one<{ dropped: number; all: number }>(
      `select coalesce(sum(${column}), 0)::double as "all", coalesce(sum(${column}) filter (row_key in (select row_key from dropped())), 0)::double as dropped
       from ${readParquet(files)}`,
    );
    return { dropped, all, by };
  } finally {
    db.close();
  }
}
