/** What a pipeline's run tells OpenLineage: the run it read, its folder, its code, and which columns follow from which. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../errors";
import {
  folderDataset,
  type LineageDataset,
  type LineageJob,
  type LineageOutcome,
} from "../openlineage/event";
import type { ColumnOrigin, LineageColumn } from "../openlineage/facets";
import { type Ledger, sum } from "../run/ledger";
import type { RunManifest } from "../run/manifest";
import { sizes, stageCounts } from "../run/run-lineage";
import { OVERLAY_COLUMNS } from "../run-folder/layered-rows";
import { duckdbType } from "../steps/duckdb-type";
import type { PinnedStep } from "../steps/pinned-step";
import type { InputRun } from "./input-run";
import type { Pipeline } from "./pipeline-file";
import { readsOf, writesOf } from "./segments";

/** The job, as START tells it. */
export function pipelineLineage(
  out: string,
  pipeline: Pipeline,
  { input, manifest }: { readonly input: InputRun; readonly manifest: RunManifest },
): LineageJob {
  const { config, code } = manifest;
  const params = pipeline.steps.map(({ ref, params }) => [ref, params] as const);
  return {
    ...{ name: `pipeline ${pipeline.name}`, type: "PIPELINE", version: code.corpuslab },
    code: codeOf(pipeline.steps),
    parameters: { ...config, ...Object.fromEntries(params) },
    inputs: [inputDataset(input)],
    outputs: outputDatasets(out, pipeline, input),
  };
}

/** What is known at its end. */
export function pipelineOutcome(
  out: string,
  pipeline: Pipeline,
  { input, ledger }: { readonly input: InputRun; readonly ledger: Ledger },
): LineageOutcome {
  return {
    stages: stageCounts(ledger),
    inputs: [{ ...inputDataset(input), counts: { rowCount: ledger.totals.rows_in } }],
    outputs: outputDatasets(out, pipeline, input, ledger),
  };
}

/** What failed, up to where it begins to quote: lineage may go to a server, and what a step said of a row does not. */
export function failureMessage(error: unknown): string {
  const [line = ""] = errorText(error).split("\n", 1);
  const quote = line.indexOf('"');
  return quote < 0 ? line : `${line.slice(0, quote)}…`;
}

function inputDataset({ run, folder }: InputRun): LineageDataset {
  return { ...folderDataset(run.out), columns: columnsOf({ folder }) };
}

function columnsOf({ folder }: Pick<InputRun, "folder">): LineageColumn[] {
  const sidecars = folder.sidecars.flatMap(({ columns }) =>
    columns.map(({ shownAs, type }) => ({ name: shownAs, type })),
  );
  return [...folder.columns.map(({ name, type }) => ({ name, type })), ...sidecars];
}

function outputDatasets(out: string, pipeline: Pipeline, input: InputRun, ledger?: Ledger): LineageDataset[] {
  const written = pipeline.steps.flatMap((step) =>
    writesOf(step).map((name) => ({ name, type: duckdbType(step.manifest.writes.properties[name]!) })),
  );
  const own = columnsOf(input).filter(({ name }) => !written.some((column) => column.name === name));
  const files = ["verdicts", "flags", "overlays"].map((name) => sizes(join(out, name)));
  const quarantined = ledger && sum(Object.values(ledger.totals.quarantined));
  return [
    {
      ...folderDataset(out),
      columns: [...own, ...written],
      follows: { input: folderDataset(input.run.out), columns: originsOf(pipeline.steps) },
      ...(ledger
        ? {
            counts: {
              rowCount: ledger.totals.rows_out,
              size: sum(files.map(({ size }) => size)),
              fileCount: sum(files.map(({ fileCount }) => fileCount)),
            },
          }
        : {}),
    },
    {
      ...folderDataset(join(out, "quarantine")),
      ...(quarantined === undefined
        ? {}
        : { counts: { rowCount: quarantined, ...sizes(join(out, "quarantine")) } }),
    },
  ];
}

/** Columns of the input behind what each step writes or decides, through flags that earlier steps wrote. */
function originsOf(steps: readonly PinnedStep[]): ColumnOrigin[] {
  const behind = new Map<string, readonly string[]>();
  return steps.flatMap((step) => {
    const { kind } = step.manifest;
    const from = [...new Set(readsOf(step).flatMap((name) => behind.get(name) ?? [name]))];
    const fields =
      kind === "filter" ? [null] : kind === "flag" ? writesOf(step) : Object.keys(OVERLAY_COLUMNS);
    for (const field of fields) if (field !== null) behind.set(field, from);
    return fields.map((field) => ({ field, from, by: step.ref }));
  });
}

function codeOf(steps: readonly PinnedStep[]): { readonly language: string; readonly text: string } {
  const languages = { function: "typescript", sql: "sql", group: "json", external: "json" } as const;
  const parts = steps.map(({ ref, folder, manifest }) => {
    const path = ["step.ts", "step.sql"].map((name) => join(folder, name)).find((one) => existsSync(one));
    const { form, group, command } = manifest;
    const text = path ? readFileSync(path, "utf8") : `${JSON.stringify(group ?? { command })}\n`;
    return { language: languages[form], text: `${form === "sql" ? "--" : "//"} ${ref}\n${text}` };
  });
  return {
    language: [...new Set(parts.map(({ language }) => language))].join("+"),
    text: parts.map(({ text }) => text).join("\n"),
  };
}
