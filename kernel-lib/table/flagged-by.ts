/** What a flag made of a table's columns, and how: for reports. */
export interface FlaggedBy {
  readonly flag: string;
  readonly version: number;
  /** `other`: promoted by a user, or of a model. */
  readonly kind: "built-in" | "classifier" | "other";
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
