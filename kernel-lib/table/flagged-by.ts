/** What a flag made of a table's columns, and how: for reports. */
export interface FlaggedBy {
  readonly flag: string;
  readonly version: number;
  readonly kind: "built-in" | "promoted" | "classifier";
  /** Values of all its parameters. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Whether the parameters are the flag's defaults because nothing says which they were. */
  readonly assumed?: boolean;
  readonly columns: readonly {
    /** As the flag declares it. */
    readonly name: string;
    /** DuckDB type. */
    readonly type: string;
    /** As the table shows it. */
    readonly shownAs: string;
  }[];
}
