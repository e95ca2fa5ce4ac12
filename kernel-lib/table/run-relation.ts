/** A finished run as one relation: its canonical rows joined with every sidecar by row_key. */

import { join } from "node:path";
import { quoteName } from "../db";
import { type RunFolder, readParquet, readRunFolder } from "../run-folder";
import { withDb } from "./db-pool";
import { ID_FILE, ID_ROW, type Relation } from "./relation";

/** The rows of the run in `folder`, in shard order, with the columns that `rows` of its view.sql has. */
export function runRelation(folder: string): Relation {
  let read: Promise<RunFolder> | null = null;
  return {
    identity: async () => ({ kind: "key" }),
    async sql(want, signal) {
      read ??= withDb((db) => readRunFolder(db, folder), { signal });
      const run = await read.catch((error: unknown) => {
        read = null;
        throw error;
      });
      const ids = want.ids ? `, '' as ${ID_FILE}, 0 as ${ID_ROW}` : "";
      if (run.shards.length === 0) return `select null::varchar as row_key${ids} where false`;
      const columns = run.sidecars.flatMap((sidecar, i) =>
        sidecar.columns.map(({ name, shownAs }) => `s${i}.${quoteName(name)} as ${quoteName(shownAs)}`),
      );
      const parquet = (inside: string, shards: readonly string[]) =>
        readParquet(
          shards.map((shard) => join(run.path, inside, shard)),
          ", union_by_name = true",
        );
      const joins = run.sidecars.map(
        (sidecar, i) =>
          `left join ${parquet(sidecar.folder, sidecar.shards)} s${i} on s${i}.row_key = r.row_key`,
      );
      return `select ${["r.*", ...columns].join(", ")}${ids} from ${parquet("rows", run.shards)} r ${joins.join(" ")}`;
    },
  };
}
