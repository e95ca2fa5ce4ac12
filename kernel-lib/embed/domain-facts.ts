/** What `classifyDomains` found, and how. */
import type { Table } from "../table/table";
import type { DomainMeasure } from "./domain-measure";

export interface DomainFacts {
  readonly table: Table;
  /** @internal Parquet file with the values by row_key. */
  readonly file: string;
  readonly origin: string;
  readonly model: {
    readonly kind: "head" | "prototypes";
    readonly domains: readonly string[];
    readonly learnedFrom: readonly number[];
  };
  /** Name of the model of the vectors. */
  readonly vectors: string;
  readonly minConfidence: number;
  /** Column with the domain that the source states. */
  readonly column: string;
  /** On rows of known domain that were not learned from; null where no row has one. */
  readonly measure: DomainMeasure | null;
  readonly seed: number;
  /** @internal row_keys by the index that `measure.wrong` names. */
  readonly keys: readonly string[];
}
