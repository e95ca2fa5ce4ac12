/** `view.sql` of a pipeline's run: the rows that it kept, and why it dropped the others, for any DuckDB from 1.2 on. */
import { join, relative, sep } from "node:path";
import { Db, quoteName } from "../db";
import { writeFileDurably } from "../engine/commit";
import { emptySelect, inRun, ledgerSelect } from "../run/view";
import type { RunFolder, Sidecar } from "../run-folder";
import type { LayerManifest } from "../run-folder/layer-manifest";
import { OVERLAY_COLUMNS } from "../run-folder/layered-rows";
import { withLayer } from "../run-folder/layers";

const HEADER = `-- Views over this run of a pipeline, for DuckDB 1.2 or later; nothing is copied and nothing but Parquet and JSON is read.
--   rows       rows that were kept, with the columns of all flags and scores; rewritten texts in the place of the old ones
--   decisions  one line for each row that was dropped: by which step, and why
--   ledger     rows in, out, rejected and quarantined (by reason) for each step and split
-- From this folder:        duckdb -init view.sql        Python: duckdb.sql(open("view.sql").read())
-- From anywhere else, say where the folder is, before this file is read and in each later session that uses the views:
--   SET VARIABLE corpuslab_run = '/path/to/this/folder';
-- The rows stand in the input's folder, and are found from this one: move both together. Verdicts go by position, so
-- files are listed in the order of the rows.
`;

/** Writes `<out>/view.sql` for a layer over `input`, all other files of which are there but run.json. */
export async function writeLayerView(out: string, input: RunFolder, manifest: LayerManifest): Promise<void> {
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    writeFileDurably(join(out, "view.sql"), layerViewSql(await withLayer(db, input, out, manifest), out));
  } finally {
    db.close();
  }
}

/** SQL that creates the views `rows`, `decisions` and `ledger` over a layer in `out`. */
export function layerViewSql(run: RunFolder, out: string): string {
  const decisions =
    "SELECT r.row_key, r.id, v.step AS stage, 'v' || split_part(v.step, '@', 2) AS version, 'reject' AS action, " +
    "v.reason, NULL::VARCHAR AS evidence";
  const isEmpty = run.shards.length === 0;
  return `${HEADER}
CREATE OR REPLACE VIEW rows AS
${isEmpty ? emptySelect(run.sidecars) : keptSelect(run, out)};

CREATE OR REPLACE VIEW decisions AS
${isEmpty ? `${decisions.replaceAll(/[rv]\.(\w+)/g, "NULL::VARCHAR AS $1")} WHERE false` : `${decisions}\n${fromVerdicts(run, out)}\nWHERE NOT v.kept`};

CREATE OR REPLACE VIEW ledger AS
${ledgerSelect()};
`;
}

function keptSelect(run: RunFolder, out: string): string {
  const overlays = run.layers.flatMap((layer) => layer.overlays);
  const replaced = Object.keys(OVERLAY_COLUMNS).map((name) => {
    const cases = overlays
      .map((_, i) => `WHEN o${i + 1}.text_id IS NOT NULL THEN o${i + 1}.${name}`)
      .reverse();
    return `CASE ${cases.join(" ")} ELSE r.${name} END AS ${name}`;
  });
  const own = overlays.length === 0 ? "r.*" : `r.* REPLACE (${replaced.join(",\n  ")})`;
  const values = run.sidecars.flatMap(({ columns }, i) =>
    columns.map(({ name, shownAs }) => `s${i + 1}.${quoteName(name)} AS ${quoteName(shownAs)}`),
  );
  return [
    `SELECT ${[own, ...values].join(",\n  ")}`,
    fromVerdicts(run, out),
    ...overlays.map((path, i) => `POSITIONAL JOIN ${parquet(out, path, run.shards)} o${i + 1}`),
    ...run.sidecars.map(
      (sidecar: Sidecar, i) =>
        `LEFT JOIN ${parquet(out, sidecar.path, sidecar.shards)} s${i + 1} ON s${i + 1}.row_key = r.row_key`,
    ),
    "WHERE v.kept",
  ].join("\n");
}

function fromVerdicts(run: RunFolder, out: string): string {
  const { path, verdicts } = run.layers.at(-1)!;
  const names = verdicts.map((file) => relative(path, file));
  return `FROM ${parquet(out, join(run.path, "rows"), run.shards)} r\nPOSITIONAL JOIN ${parquet(out, path, names)} v`;
}

/** Files of a folder, found from the run's own. */
function parquet(out: string, folder: string, names: readonly string[]): string {
  const inside = relative(out, folder).split(sep).join("/");
  const paths = names.map((name) => inRun(inside === "" ? name : `${inside}/${name}`));
  return `read_parquet([${paths.join(",\n  ")}], hive_partitioning = false)`;
}
