/** What a run tells OpenLineage: its sources, its folder, and where the rows went. */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { listFiles } from "../engine/commit";
import {
  folderDataset,
  type LineageDataset,
  type LineageJob,
  type LineageOutcome,
} from "../openlineage/event";
import type { StageCounts } from "../openlineage/facets";
import { ROW_COLUMNS } from "../row";
import { addUp, type Ledger, sum } from "./ledger";
import type { RunManifest } from "./manifest";

/** The job of a normalize run, as START tells it. */
export function normalizeLineage(out: string, { config, code, inputs }: RunManifest): LineageJob {
  return {
    name: `normalize ${inputs.map(({ dataset }) => dataset).join(" ")}`,
    ...{ type: "NORMALIZE", version: code.corpuslab, parameters: config },
    inputs: inputs.map(sourceDataset),
    outputs: runDatasets(out),
  };
}

/** What is known at its end: rows and bytes read and written, by dataset and by stage. */
export function normalizeOutcome(out: string, { inputs }: RunManifest, ledger: Ledger): LineageOutcome {
  const stages = stageCounts(ledger);
  const first = ledger.splits.filter(({ stage }) => stage === stages[0]?.stage);
  return {
    stages,
    inputs: inputs.map((input) => ({
      ...sourceDataset(input),
      counts: {
        rowCount: sum(first.filter(({ dataset }) => dataset === input.dataset).map(({ rows_in }) => rows_in)),
        size: sum(input.files.map(({ bytes }) => bytes)),
        fileCount: input.files.length,
      },
    })),
    outputs: runDatasets(out, ledger),
  };
}

/** Rows of each stage over all splits, in the order of the stages. */
export function stageCounts({ splits }: Ledger): StageCounts[] {
  return [...new Set(splits.map(({ stage }) => stage))].map((stage) => {
    const mine = splits.filter((entry) => entry.stage === stage);
    return {
      stage,
      rowsIn: sum(mine.map(({ rows_in }) => rows_in)),
      rowsOut: sum(mine.map(({ rows_out }) => rows_out)),
      rejected: addUp(mine.map(({ rejected }) => rejected)),
      quarantined: addUp(mine.map(({ quarantined }) => quarantined)),
    };
  });
}

/** Datasets of the Hub by their names there, others by their place on this machine. */
function sourceDataset({ dataset, revision, origin }: RunManifest["inputs"][number]): LineageDataset {
  const place =
    revision === "local" ? folderDataset(resolve(origin)) : { namespace: "hf://datasets", name: dataset };
  return { ...place, version: revision };
}

/** The run folder, which is what later runs read, and what did not get into its rows. */
function runDatasets(out: string, ledger?: Ledger): LineageDataset[] {
  const columns = Object.entries(ROW_COLUMNS).map(([name, type]) => ({ name, type }));
  const parts = [
    { path: out, files: "rows", rows: ledger?.totals.rows_out, columns },
    {
      ...{ path: join(out, "rejected"), files: "rejected" },
      rows: ledger && sum(Object.values(ledger.totals.rejected)),
      columns: [...columns, ...["reject_reason", "reject_detail"].map((name) => ({ name, type: "VARCHAR" }))],
    },
    {
      ...{ path: join(out, "quarantine"), files: "quarantine" },
      rows: ledger && sum(Object.values(ledger.totals.quarantined)),
    },
  ];
  return parts.map(({ path, files, rows, ...rest }) => ({
    ...folderDataset(path),
    ...("columns" in rest && rest.columns ? { columns: rest.columns } : {}),
    ...(rows === undefined ? {} : { counts: { rowCount: rows, ...sizes(join(out, files)) } }),
  }));
}

/** Bytes and files below a folder; none where it is not there. */
export function sizes(folder: string): { readonly size: number; readonly fileCount: number } {
  const files = listFiles(folder);
  return { size: sum(files.map((name) => statSync(join(folder, name)).size)), fileCount: files.length };
}
