/** A split: the side of each row, and what was asked and got. */
import type { RowGroup, Shares } from "./assign-splits";
import { REST } from "./assign-splits";
import type { GroupedRows } from "./group-rows";
import { splitBundle } from "./split-display";

export interface SplitParts {
  readonly grouped: GroupedRows;
  readonly groups: readonly RowGroup[];
  /** Of each row the number of its group. */
  readonly numberOf: Uint32Array;
  /** Of each group its side. */
  readonly sides: readonly string[];
  readonly shares: Shares;
  readonly seed: number;
  readonly stratify: readonly string[];
}

/** One row of split.parquet. */
export interface SplitRow {
  readonly row_key: string;
  readonly id: string | null;
  /** `train`, `validation` or `test`. */
  readonly split_assigned: string;
  /** The smallest row_key of the rows that it stays together with; its own where it is alone. */
  readonly split_group: string;
}

/** Rows of one side, of all or of one stratum. */
export interface SideCount {
  /** Empty for all rows. */
  readonly stratum: string;
  readonly side: string;
  readonly asked: number;
  readonly rows: number;
  readonly got: number;
}

/** A split without leaks; as the last value of a cell it shows itself. */
export class SplitResult {
  /** @internal Made by `splitWithoutLeaks`. */
  constructor(private readonly parts: SplitParts) {}

  get rows(): number {
    return this.parts.numberOf.length;
  }

  /** Rows that stay together as one. */
  get groups(): number {
    return this.parts.groups.length;
  }

  /** Rows of the largest group, and its side. */
  get largest(): { readonly rows: number; readonly side: string; readonly key: string } {
    const { groups, sides } = this.parts;
    let at = 0;
    groups.forEach((group, i) => {
      if (group.rows > groups[at]!.rows) at = i;
    });
    const group = groups[at];
    return { rows: group?.rows ?? 0, side: sides[at] ?? REST, key: group?.key ?? "" };
  }

  /** What was asked and got: of all rows, then by stratum where that was asked for. */
  get counts(): readonly SideCount[] {
    const { grouped, numberOf, sides, shares, stratify } = this.parts;
    const { stratum, strata } = grouped.facts;
    const names = [REST, ...Object.keys(shares)];
    const rest = 1 - Object.values(shares).reduce((sum, share) => sum + share, 0);
    const found = strata.map(() => new Map<string, number>());
    numberOf.forEach((group, row) => {
      const of = found[stratum[row]!]!;
      of.set(sides[group]!, (of.get(sides[group]!) ?? 0) + 1);
    });
    const of = (name: string, counts: readonly ReadonlyMap<string, number>[]): SideCount[] => {
      const rows = (side: string) => counts.reduce((sum, each) => sum + (each.get(side) ?? 0), 0);
      const all = names.reduce((sum, side) => sum + rows(side), 0);
      return names.map((side) => ({
        stratum: name,
        side,
        asked: shares[side] ?? rest,
        rows: rows(side),
        got: all === 0 ? 0 : rows(side) / all,
      }));
    };
    const order = strata.map((_, i) => i).sort((a, b) => (strata[a]! < strata[b]! ? -1 : 1));
    return [
      ...of("", found),
      ...(stratify.length > 0 ? order.flatMap((i) => of(strata[i]!, [found[i]!])) : []),
    ];
  }

  /** The side of a row by its number in the order of the tables. */
  sideOf(row: number): string {
    return this.parts.sides[this.parts.numberOf[row]!]!;
  }

  /** The rows in the order of the tables. */
  *assigned(): Generator<SplitRow, void, void> {
    const { grouped, groups, numberOf, sides } = this.parts;
    for (let row = 0; row < numberOf.length; row++) {
      const group = numberOf[row]!;
      yield {
        row_key: grouped.keyOf(row),
        id: grouped.facts.ids[row]!,
        split_assigned: sides[group]!,
        split_group: groups[group]!.key,
      };
    }
  }

  /** @internal Of each row the number of its table. */
  *tables(): Generator<number, void, void> {
    for (const [table, rows] of this.parts.grouped.facts.rowsOf.entries())
      for (let row = 0; row < rows; row++) yield table;
  }

  /** What split.json holds, the same for the same rows. */
  toJSON(): Record<string, unknown> {
    const { grouped, shares, seed, stratify } = this.parts;
    const { view, system, ngram, bands, rowsPerBand, hashes, threshold, near } = grouped.settings;
    return {
      ...{ shares, seed, stratify, together: [...grouped.facts.together.keys()] },
      compared: { view, system, ngram, threshold, near, hashes, bands, rowsPerBand },
      ...{ rows: this.rows, groups: this.groups, largest: this.largest },
      joined: grouped.counts,
      counts: this.counts,
    };
  }

  toString(): string {
    return splitBundle(this, this.parts)["text/plain"];
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return splitBundle(this, this.parts);
  }
}
