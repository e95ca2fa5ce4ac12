/** One OpenLineage event: a run of a job, what it read and what it wrote. Spec 2-0-2. */
import { type ColumnOrigin, type Facet, Facets, type LineageColumn, type StageCounts } from "./facets";
import type { LineageSettings } from "./settings";

export type EventType = "START" | "COMPLETE" | "FAIL" | "ABORT";

/** A dataset by its place: namespace and name together are a URI, as OpenLineage's naming rules want it. */
export interface LineageDataset {
  readonly namespace: string;
  readonly name: string;
  /** Revision. */
  readonly version?: string;
  readonly columns?: readonly LineageColumn[];
  readonly counts?: { readonly rowCount?: number; readonly size?: number; readonly fileCount?: number };
  /** Of an output: which columns of which input its columns and rows follow from. */
  readonly follows?: {
    readonly input: { readonly namespace: string; readonly name: string };
    readonly columns: readonly ColumnOrigin[];
  };
}

/** What is known of a run before it begins. */
export interface LineageJob {
  /** `normalize owner/name`, `pipeline drop_short`. */
  readonly name: string;
  /** `NORMALIZE` or `PIPELINE`. */
  readonly type: string;
  /** Version of the library. */
  readonly version: string;
  readonly code?: { readonly language: string; readonly text: string };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
}

/** What is known when it is done. */
export interface LineageOutcome {
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
  readonly stages: readonly StageCounts[];
}

export interface EventDetails {
  readonly type: EventType;
  readonly time: Date;
  readonly runId: string;
  /** Of a FAIL or ABORT. */
  readonly message?: string;
  /** Of a COMPLETE. */
  readonly outcome?: LineageOutcome;
}

/** The folder on this machine as a dataset. */
export function folderDataset(path: string): { readonly namespace: string; readonly name: string } {
  return { namespace: "file", name: path };
}

/** The event as JSON. */
export function lineageEvent(
  job: LineageJob,
  { namespace, parent }: Pick<LineageSettings, "namespace" | "parent">,
  { type, time, runId, message, outcome }: EventDetails,
): Record<string, unknown> {
  const facets = new Facets(job.version);
  const { inputs, outputs } = outcome ?? job;
  return {
    eventType: type,
    eventTime: time.toISOString(),
    producer: facets.producer,
    schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    run: {
      runId,
      facets: {
        processing_engine: facets.processingEngine(),
        executionParameters: facets.parameters(job.parameters),
        ...(parent ? { parent: facets.parent(parent.run, parent.job) } : {}),
        ...(message === undefined ? {} : { errorMessage: facets.errorMessage(message) }),
        ...(outcome ? { corpuslab_ledger: facets.ledger(outcome.stages) } : {}),
      },
    },
    job: {
      ...{ namespace, name: job.name },
      facets: {
        jobType: facets.jobType(job.type),
        ...(job.code ? { sourceCode: facets.sourceCode(job.code.language, job.code.text) } : {}),
      },
    },
    inputs: inputs.map((dataset) => ({
      ...common(facets, dataset),
      inputFacets: dataset.counts ? { inputStatistics: facets.inputStatistics(dataset.counts) } : {},
    })),
    outputs: outputs.map((dataset) => ({
      ...common(facets, dataset),
      outputFacets: dataset.counts ? { outputStatistics: facets.outputStatistics(dataset.counts) } : {},
    })),
  };
}

function common(
  facets: Facets,
  { namespace, name, version, columns, follows }: LineageDataset,
): { namespace: string; name: string; facets: Record<string, Facet> } {
  return {
    ...{ namespace, name },
    facets: {
      ...(version === undefined ? {} : { version: facets.datasetVersion(version) }),
      ...(columns ? { schema: facets.schema(columns) } : {}),
      ...(follows ? { columnLineage: facets.columnLineage(follows.input, follows.columns) } : {}),
    },
  };
}
