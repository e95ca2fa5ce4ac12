/** Facets of OpenLineage events: what is said beside a job, a run and a dataset, each with the schema that it follows. */

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [field: string]: unknown;
}

export interface LineageColumn {
  readonly name: string;
  /** DuckDB type. */
  readonly type: string;
}

/** Which columns a column, or which rows stay (`field` null), follows from. */
export interface ColumnOrigin {
  readonly field: string | null;
  readonly from: readonly string[];
  /** What makes it: `long_math@3`. */
  readonly by: string;
}

/** Rows that went through a stage. */
export interface StageCounts {
  readonly stage: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Reason → rows. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly quarantined: Readonly<Record<string, number>>;
}

/** Builds facets in the name of one version of the library. */
export class Facets {
  constructor(readonly version: string) {}

  /** A package URL: who says it. */
  get producer(): string {
    return `pkg:npm/corpuslab@${this.version}`;
  }

  schema(columns: readonly LineageColumn[]): Facet {
    const fields = columns.map(({ name, type }, i) => ({ name, type, ordinal_position: i + 1 }));
    return this.official("SchemaDatasetFacet", "1-2-0", { fields });
  }

  datasetVersion(datasetVersion: string): Facet {
    return this.official("DatasetVersionDatasetFacet", "1-0-1", { datasetVersion });
  }

  columnLineage(input: { namespace: string; name: string }, origins: readonly ColumnOrigin[]): Facet {
    const inputs = (type: string, subtype: string) => (origin: ColumnOrigin) =>
      origin.from.map((field) => ({
        ...{ namespace: input.namespace, name: input.name, field },
        transformations: [{ type, subtype, description: origin.by, masking: false }],
      }));
    const fields = origins.flatMap((origin) =>
      origin.field === null
        ? []
        : [[origin.field, { inputFields: inputs("DIRECT", "TRANSFORMATION")(origin) }] as const],
    );
    const dataset = origins.filter(({ field }) => field === null).flatMap(inputs("INDIRECT", "FILTER"));
    return this.official("ColumnLineageDatasetFacet", "1-2-0", {
      fields: Object.fromEntries(fields),
      dataset,
    });
  }

  inputStatistics(counts: { rowCount?: number; size?: number; fileCount?: number }): Facet {
    return this.official("InputStatisticsInputDatasetFacet", "1-0-0", counts);
  }

  outputStatistics(counts: { rowCount?: number; size?: number; fileCount?: number }): Facet {
    return this.official("OutputStatisticsOutputDatasetFacet", "1-0-2", counts);
  }

  jobType(jobType: string): Facet {
    return this.official("JobTypeJobFacet", "2-0-4", {
      processingType: "BATCH",
      integration: "CORPUSLAB",
      jobType,
    });
  }

  sourceCode(language: string, sourceCode: string): Facet {
    return this.official("SourceCodeJobFacet", "1-0-1", { language, sourceCode });
  }

  processingEngine(): Facet {
    return this.official("ProcessingEngineRunFacet", "1-1-1", {
      ...{ name: "corpuslab", version: this.version, openlineageAdapterVersion: this.version },
    });
  }

  parameters(values: Readonly<Record<string, unknown>>): Facet {
    const parameters = Object.entries(values).map(([key, value]) => ({ key, value: JSON.stringify(value) }));
    return this.official("ExecutionParametersRunFacet", "1-0-0", { parameters });
  }

  errorMessage(message: string): Facet {
    return this.official("ErrorMessageRunFacet", "1-0-1", { message, programmingLanguage: "TypeScript" });
  }

  parent(run: string, job: { namespace: string; name: string }): Facet {
    return this.official("ParentRunFacet", "1-2-0", { run: { runId: run }, job });
  }

  /** Where the rows of each stage went: ledger-run-facet.json. */
  ledger(stages: readonly StageCounts[]): Facet {
    return {
      _producer: this.producer,
      _schemaURL: `${this.producer}#dist/openlineage/ledger-run-facet.json`,
      stages,
    };
  }

  private official(name: string, version: string, fields: Readonly<Record<string, unknown>>): Facet {
    return {
      _producer: this.producer,
      _schemaURL: `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`,
      ...fields,
    };
  }
}
