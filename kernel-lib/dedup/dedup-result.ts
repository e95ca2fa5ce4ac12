/** What dedup found: the dropped rows, and the report on them as a cell shows it. */
import { InputError } from "../errors";
import type { Figure } from "../plot/figure";
import { dedupBundle } from "./dedup-display";
import { matrixFigure, sizesFigure, thresholdsFigure } from "./dedup-figures";
import type { Duplicate, Found } from "./found";
import { shareFound } from "./lsh-theory";
import { type DedupSettings, SIGNATURE_VERSION } from "./settings";
import { NO_TEXT } from "./sign-module";
import type { TokenSavings } from "./token-savings";

export class DedupResult {
  /** @internal Made by `dedup`. */
  constructor(
    /** @internal */
    readonly found: Found,
    readonly settings: DedupSettings,
    /** Tokens of the dropped rows and of all, and what they were counted by. */
    readonly tokens: TokenSavings,
  ) {}

  /**
   * A figure: duplicates between `tables`, cluster `sizes`, or what other `thresholds` would drop (those of `whatIf`).
   * @example found.plot("tables")
   */
  plot(what: "tables" | "sizes" | "thresholds"): Figure {
    const draw = { tables: matrixFigure, sizes: sizesFigure, thresholds: thresholdsFigure }[what];
    if (draw === undefined)
      throw new InputError(`plot ${JSON.stringify(what)}: expected "tables", "sizes" or "thresholds"`);
    return draw(this);
  }

  /** A line for each dropped row, sorted by row_key. */
  get duplicates(): readonly Duplicate[] {
    return this.found.duplicates;
  }

  get rows(): number {
    return this.found.rows;
  }

  /** Rows that are kept. */
  get kept(): number {
    return this.found.rows - this.found.duplicates.length;
  }

  /** How many clusters there are of each size, the kept row included; smallest first. */
  get clusterSizes(): readonly { readonly size: number; readonly clusters: number }[] {
    const sizes = new Map<string, number>();
    for (const { cluster } of this.duplicates) sizes.set(cluster, (sizes.get(cluster) ?? 1) + 1);
    const counts = new Map<number, number>();
    for (const size of sizes.values()) counts.set(size, (counts.get(size) ?? 0) + 1);
    return [...counts].sort(([a], [b]) => a - b).map(([size, clusters]) => ({ size, clusters }));
  }

  /** Share of pairs of each similarity that the bands find, in theory. */
  get recallExpected(): readonly { readonly jaccard: number; readonly found: number }[] {
    const { bands, rowsPerBand } = this.settings;
    return [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95].map((jaccard) => ({
      jaccard,
      found: shareFound(jaccard, bands, rowsPerBand),
    }));
  }

  /** What dedup.json holds: settings and counts, the same for the same rows. */
  toJSON(): Record<string, unknown> {
    const { rows, names, rowsOf, matrix, withoutText, short, bytes, whatIf } = this.found;
    const exact = this.duplicates.filter(({ kind }) => kind !== "near").length;
    return {
      version: SIGNATURE_VERSION,
      settings: this.settings,
      rows,
      kept: this.kept,
      exact,
      near: this.duplicates.length - exact,
      tables: names.map((name, i) => ({ name, rows: rowsOf[i] })),
      matrix,
      without_text: Object.fromEntries(NO_TEXT.slice(1).map((why, i) => [why, withoutText[i + 1]])),
      fewer_words_than_ngram: short,
      bytes,
      tokens: this.tokens,
      cluster_sizes: this.clusterSizes,
      what_if: whatIf,
      recall_expected: this.recallExpected,
    };
  }

  toString(): string {
    return dedupBundle(this)["text/plain"];
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return dedupBundle(this);
  }
}
