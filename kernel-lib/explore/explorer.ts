/** A threshold in a notebook: what it keeps, shown and counted, and the policy that comes of it. */

import { errorText, InputError, nearestNames } from "../errors";
import { noteInJournal } from "../kernel/journal";
import { displaySymbol, type MimeBundle } from "../notebook/display";
import { openWidget, type Widget } from "../notebook/widget";
import type { Table } from "../table/table";
import { type Counted, countRows } from "./count-rows";
import type { LiveRows } from "./live-rows";
import { LiveSession } from "./live-session";
import { nearestRows } from "./nearest-rows";
import { boundsOf, policyOf } from "./policy";
import type { Bounds, RowExcerpt, Selection, Sketch } from "./protocol";
import { rowExcerpts } from "./row-excerpts";
import { bridgeModule, staticBundle } from "./static-output";

/** Which rows are kept: a SQL predicate wherever text is taken. */
export class ThresholdPolicy {
  constructor(
    /** DuckDB predicate over the table's columns, true for rows that are kept. */
    readonly sql: string,
    /** The same as a TypeScript function over a row. */
    readonly code: string,
  ) {}

  toString(): string {
    return this.sql;
  }

  [displaySymbol](): MimeBundle {
    return { "text/plain": `${this.sql}\n${this.code}` };
  }
}

/** @internal What `explore` hands over. */
export interface ExplorerParts {
  readonly table: Table;
  readonly sketch: Sketch;
  /** Reads the rows into memory; called once at most. */
  readonly load: () => Promise<LiveRows>;
  /** Why there are no live counts; null where they are possible. */
  readonly staticOnly: string | null;
  readonly onClose: () => void;
}

/**
 * An open threshold explorer. As the last expression of a cell it shows histograms with bounds that can be dragged:
 * counted in the page by bins, and on the project's kernel exactly over all rows. Moving a handle changes `selection`
 * and nothing else; `commit` turns it into code.
 */
export class Explorer {
  private held: Selection;
  private loading: Promise<LiveRows> | null = null;
  private session: LiveSession | null = null;
  private widget: Widget | null = null;

  /** @internal Explorers come from `explore`. */
  constructor(private readonly parts: ExplorerParts) {
    this.held = parts.sketch.selection;
  }

  /** The bounds as they stand: where the page's handles are, or what `set` said last. */
  get selection(): Selection {
    return this.held;
  }

  /** Counts by bins and groups: what the page draws without a kernel. */
  get sketch(): Sketch {
    return { ...this.parts.sketch, selection: this.held };
  }

  /**
   * Changes bounds; what is not named stays. Kept: lower <= value < upper, null is no bound.
   * @throws InputError for a column that is not explored and for bounds that are not numbers or cross.
   * @example t.set({ nll_mean: { lower: 0.5, upper: 4, nulls: "drop" } })
   */
  set(change: Readonly<Record<string, Partial<Bounds>>>): this {
    const names = this.parts.sketch.columns.map(({ name }) => name);
    const next: Record<string, Bounds> = { ...this.held };
    for (const [name, bounds] of Object.entries(change)) {
      this.check(name);
      next[name] = checked(name, { ...boundsOf(this.held, name), ...bounds });
    }
    this.held = Object.fromEntries(names.map((name) => [name, boundsOf(next, name)]));
    this.session?.push();
    return this;
  }

  /**
   * The selection as a predicate: for `filter`, for pools, and for promotion. It stays as it is when bounds move later.
   * @throws InputError when a column has null or NaN values and nobody said what becomes of them.
   * @example ds.filter(t.policy().sql)
   */
  policy(): ThresholdPolicy {
    const { columns } = this.parts.sketch;
    const open = columns.flatMap((column) => {
      const { nulls, nans } = boundsOf(this.held, column.name);
      return [
        ...(column.nulls > 0 && nulls === "undecided" ? [{ column, what: "nulls", n: column.nulls }] : []),
        ...(column.nans > 0 && nans === "undecided" ? [{ column, what: "nans", n: column.nans }] : []),
      ];
    });
    if (open.length > 0) {
      const said = open.map(
        ({ column, what, n }) => `${n} ${what === "nulls" ? "null" : "NaN"} in ${column.name}`,
      );
      const [first] = open;
      throw new InputError(
        `explore ${this.parts.sketch.origin}: undecided what becomes of ${said.join(" and ")}; say so in the page, or ` +
          `t.set({ ${JSON.stringify(first!.column.name)}: { ${first!.what}: "drop" } }) or "keep"`,
      );
    }
    const { sql, code } = policyOf(columns, this.held);
    return new ThresholdPolicy(sql, code);
  }

  /** The rows that the selection keeps. */
  kept(): Table {
    return this.parts.table.filter(this.policy().sql);
  }

  /** The other rows. */
  dropped(): Table {
    return this.parts.table.filter(`(${this.policy().sql}\n) is not true`);
  }

  /** Rows and tokens kept, by group and by bin, exact. Undecided nulls and NaN count as dropped. Loads the rows once. */
  async counts(): Promise<Counted> {
    return countRows(await this.rowsInMemory(), this.parts.sketch, this.held);
  }

  /**
   * The five rows next to a bound on both sides, nearest first, among rows that the other columns keep.
   * @example (await t.rows("nll_mean", "upper")).dropped
   */
  async rows(
    column: string,
    side: "lower" | "upper",
  ): Promise<{ readonly kept: readonly RowExcerpt[]; readonly dropped: readonly RowExcerpt[] }> {
    this.check(column);
    const { table, sketch } = this.parts;
    const rows = await this.rowsInMemory();
    const { kept, dropped } = nearestRows(rows, sketch, this.held, { column, side });
    const excerpts = await rowExcerpts(table, rows, sketch, [...kept, ...dropped]);
    return { kept: excerpts.slice(0, kept.length), dropped: excerpts.slice(kept.length) };
  }

  /**
   * Prints the line of code that keeps what the selection keeps, values written out, and notes it in the journal of
   * executed cells. Nothing else follows a slider.
   * @throws InputError as `policy` does.
   * @example t.commit()
   */
  commit({
    as = "kept",
    of = "table",
  }: {
    readonly as?: string;
    readonly of?: string;
  } = {}): ThresholdPolicy {
    const policy = this.policy();
    const line = `const ${as} = ${of}.filter(${templateLiteral(policy.sql)});`;
    console.log(line);
    noteInJournal(line);
    return policy;
  }

  /** Lets go of the rows in memory and of the page, which says that it is disconnected. */
  close(): void {
    this.session?.close();
    this.widget?.close();
    this.session = null;
    this.widget = null;
    this.loading = null;
    this.parts.onClose();
  }

  async [displaySymbol](): Promise<MimeBundle> {
    const bundle = staticBundle(this.sketch);
    const missing = this.connect();
    return missing === null ? bundle : { ...bundle, "text/plain": `${bundle["text/plain"]} · ${missing}` };
  }

  /** Opens the way between page and kernel; why there is none otherwise. */
  private connect(): string | null {
    const { sketch, table, staticOnly } = this.parts;
    if (staticOnly !== null) return staticOnly;
    if (this.session !== null) return null;
    const widget = openWidget({
      esm: bridgeModule(),
      state: { explorer: sketch.id },
      onMessage: (content) => this.session?.receive(content),
      onClose: () => {
        this.session?.close();
        this.session = null;
        this.widget = null;
      },
    });
    if (widget === null) return NO_KERNEL;
    this.widget = widget;
    const rows = this.rowsInMemory();
    rows.catch((error: unknown) => {
      console.error(`explorer of ${sketch.columns.map(({ name }) => name).join(", ")}: ${errorText(error)}`);
    });
    this.session = new LiveSession({
      ...{ table, sketch, rows },
      send: (answer) => widget.send(answer),
      selection: () => this.held,
      onSelection: (selection) => {
        this.held = { ...this.held, ...selection };
      },
    });
    return null;
  }

  private rowsInMemory(): Promise<LiveRows> {
    this.loading ??= this.parts.load().catch((error: unknown) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }

  private check(column: string): void {
    const names = this.parts.sketch.columns.map(({ name }) => name);
    if (names.includes(column)) return;
    const near = nearestNames(column, names);
    throw new InputError(
      `explore: column ${JSON.stringify(column)} is not explored here, expected ${(near.length > 0 ? near : names).join(" or ")}`,
    );
  }
}

const NO_KERNEL =
  "static: counts by bins; exact counts and rows next to the bounds need the project's kernel (corpuslab kernel install --user)";

function checked(name: string, bounds: Bounds): Bounds {
  for (const side of ["lower", "upper"] as const) {
    const value: unknown = bounds[side];
    if (value === null || (typeof value === "number" && Number.isFinite(value))) continue;
    throw new InputError(
      `explore: ${side} bound of ${name} is ${String(value)}, expected a finite number or null`,
    );
  }
  for (const kind of ["nulls", "nans"] as const) {
    if (["undecided", "keep", "drop"].includes(bounds[kind])) continue;
    throw new InputError(
      `explore: ${kind} of ${name} is ${String(bounds[kind])}, expected keep, drop or undecided`,
    );
  }
  const unknown = Object.keys(bounds).find((key) => !["lower", "upper", "nulls", "nans"].includes(key));
  if (unknown !== undefined) {
    throw new InputError(`explore: ${name} has ${unknown}, expected lower, upper, nulls, nans`);
  }
  if (bounds.lower !== null && bounds.upper !== null && bounds.lower >= bounds.upper) {
    throw new InputError(
      `explore: bounds of ${name} are ${bounds.lower} and ${bounds.upper}, expected lower < upper`,
    );
  }
  return bounds;
}

function templateLiteral(sql: string): string {
  return `\`${sql.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\``;
}
