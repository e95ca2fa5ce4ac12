/** The difference of two versions of a step over rows, and how it shows itself. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { quoteText } from "../db";
import { errorText, InputError, nearestNames } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import { readParquet } from "../run-folder";
import type { PinnedStep } from "../steps/pinned-step";
import type { Table } from "../table/table";
import { diffHtml } from "./diff-html";
import type { DiffJson, DirectionCount } from "./diff-json";
import { diffPage } from "./diff-page";
import { diffText } from "./diff-text";
import type { ShownExample } from "./examples";
import { writeMoved } from "./moved-file";
import { type SourceChange, sourceChange } from "./source-change";

/** What the rows that moved are read from. */
interface MovedSource {
  readonly table: Table;
  readonly key: "row_key" | "row_number";
  readonly files: readonly string[];
  readonly sources: readonly [PinnedStep, PinnedStep];
}

/** Which rows two versions of a step decide differently. Shows itself; `data` is the same as plain JSON. */
export class StepDiff {
  private readonly source: SourceChange | null;

  /** @internal Differences come from `diff`. */
  constructor(
    readonly data: DiffJson,
    private readonly examples: readonly ShownExample[],
    private readonly moved: MovedSource,
  ) {
    this.source = sourceChange(...moved.sources);
  }

  /** Rows and tokens by direction; those that differ first. */
  get directions(): readonly DirectionCount[] {
    return this.data.directions;
  }

  /** Rows that moved: kept or dropped otherwise, other values, another text, an error on one side. */
  get movedRows(): number {
    return this.directions.reduce((sum, { moved, rows }) => sum + (moved ? rows : 0), 0);
  }

  /**
   * The rows of one direction (its label or id), or all that differ, with all their columns.
   * @throws InputError for a direction that there is not, or rows without a row_key.
   * @example await showConversations(moved.rows("kept → dropped"))
   */
  rows(direction?: string): Table {
    const { table, key, files } = this.moved;
    if (key !== "row_key") {
      throw new InputError(
        `diff: the rows of ${table.origin} have no row_key, so those that moved cannot be found again; normalize them first`,
      );
    }
    const known = this.directions.filter(({ differs }) => differs);
    const wanted = known.find(({ id, label }) => direction === id || direction === label);
    if (direction !== undefined && !wanted) {
      const labels = known.map(({ label }) => label);
      const near = nearestNames(direction, labels);
      throw new InputError(
        `diff: no direction "${direction}", expected one of ${labels.join(", ")}${near.length > 0 ? `; did you mean ${near[0]}?` : ""}`,
      );
    }
    if (files.length === 0) return table.filter("false");
    const where = wanted ? ` where direction = ${quoteText(wanted.id)}` : "";
    return table.filter(`row_key in (select row_key from ${readParquet(files)}${where})`);
  }

  /**
   * The report is one file that needs nothing else; folders above it are made. `command`: how it was made, shown in it.
   * @returns its absolute path.
   * @throws InputError when it cannot be written.
   * @example moved.write("reports/keep-short.html")
   */
  write(path: string, { command }: { readonly command?: string } = {}): string {
    const target = resolve(path);
    const temporary = `${target}.${process.pid}.tmp`;
    const page = diffPage(this.data, this.html(), command ?? null);
    try {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(temporary, page, { flush: true });
      renameSync(temporary, target);
    } catch (cause) {
      rmSync(temporary, { force: true });
      throw new InputError(`diff: cannot write the report to ${path}: ${errorText(cause)}`, { cause });
    }
    return target;
  }

  /**
   * The rows that moved stand in a Parquet file, in their order: row_key, direction, because, before, after; of flags the
   * values of each column that differ (as JSON) and the difference of numbers. Returns its absolute path.
   * @throws InputError when it cannot be written.
   */
  async writeRows(path: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<string> {
    const { key, files } = this.moved;
    const columns = this.data.columns.map(({ name }) => name);
    return await writeMoved(
      resolve(path),
      { key, files, columns: this.data.kind === "flag" ? columns : [] },
      signal,
    );
  }

  toJSON(): DiffJson {
    return this.data;
  }

  toString(): string {
    return diffText(this.data);
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return { "text/plain": this.toString(), "text/html": datasetHtml(this.html()) };
  }

  private html(): string {
    return diffHtml(this.data, this.examples, this.source);
  }
}
