/** What subsets of a table hold. */

import { InputError, nearestNames } from "../errors";
import { counted, percent, thousands } from "../notebook/counts";
import type { Figure } from "../plot/figure";
import type { Table } from "../table/table";
import type { Counted, CountedSubset, MissingSubset, SubsetCounts } from "./subset-counts";
import { subsetsFigure } from "./subsets-figure";
import { subsetsHtml } from "./subsets-html";

export interface Subset extends Pick<CountedSubset, "name" | "about" | "sql" | "lines"> {
  /** Its rows, read when they are asked for. */
  readonly table: Table;
  /** @internal Whether the rows of a group are in it. */
  readonly member: (group: Readonly<Record<string, unknown>>) => boolean;
}

interface Parts {
  readonly subsets: readonly Subset[];
  readonly missing: readonly MissingSubset[];
  /** Rows that are alike in domain, subsets and reason. */
  readonly groups: readonly Readonly<Record<string, unknown>>[];
  readonly rest: Table;
  readonly models: readonly string[];
}

/** Subsets, their counts by domain, and the rest with its reasons. Shows itself in a notebook. */
export class SubsetsResult implements SubsetCounts {
  readonly subsets: readonly (CountedSubset & { readonly table: Table })[];
  readonly missing: SubsetCounts["missing"];
  readonly total: Counted;
  readonly domains: ReadonlyMap<string, Counted>;
  readonly overlaps: SubsetCounts["overlaps"];
  readonly rest: SubsetCounts["rest"];
  /** The rows in no subset, with the column `rest_reason`. */
  readonly restTable: Table;
  readonly models: readonly string[];

  /** @internal Made by `subsets`. */
  constructor({ subsets, missing, groups, rest, models }: Parts) {
    const domains = groups.map(domainOf);
    this.total = sum(groups);
    this.missing = missing;
    this.models = models;
    this.restTable = rest;
    this.domains = byName(groups, domains);
    this.subsets = subsets.map(({ member, ...subset }) => {
      const mine = groups.filter(member);
      return { ...subset, ...sum(mine), domains: byName(mine, mine.map(domainOf)) };
    });
    this.overlaps = subsets.flatMap((a, i) =>
      subsets.slice(i + 1).flatMap((b) => {
        const { rows } = sum(groups.filter((group) => a.member(group) && b.member(group)));
        return rows > 0 ? [{ of: [a.name, b.name] as const, rows }] : [];
      }),
    );
    const left = groups.filter(({ reason }) => reason !== null);
    this.rest = [
      ...byName(
        left,
        left.map(({ reason }) => String(reason)),
      ),
    ].map(([reason, counts]) => ({ reason, ...counts }));
  }

  /** The rows of a subset. @throws InputError for an unknown name. */
  table(name: string): Table {
    const found = this.subsets.find((subset) => subset.name === name);
    if (found) return found.table;
    const names = this.subsets.map((subset) => subset.name);
    const near = nearestNames(name, names);
    throw new InputError(
      `subsets: no subset ${name}; ${near.length > 0 ? `did you mean ${near[0]}?` : `there are ${names.join(", ")}`}`,
    );
  }

  /** Rows of each subset by domain, as a figure of its own. */
  get figure(): Figure {
    return subsetsFigure(this);
  }

  toJSON(): Record<string, unknown> {
    const plain = ({ rows, tokens, scoredTokens }: Counted) => ({
      rows,
      tokens,
      scored_tokens: scoredTokens,
    });
    const named = (map: ReadonlyMap<string, Counted>) =>
      Object.fromEntries([...map].map(([name, counts]) => [name, plain(counts)]));
    return {
      ...{ format: "corpuslab.subsets", version: 1, models: this.models, ...plain(this.total) },
      subsets: this.subsets.map(({ name, about, sql, lines, domains, table: _, ...counts }) => ({
        ...{ name, about, predicate: sql, lines, ...plain(counts), domains: named(domains) },
      })),
      missing: this.missing,
      overlaps: this.overlaps,
      rest: this.rest.map(({ reason, ...counts }) => ({ reason, ...plain(counts) })),
    };
  }

  toString(): string {
    const { total, subsets, overlaps, rest, missing, models } = this;
    const width = Math.max(...[...subsets, ...missing].map(({ name }) => name.length), 4);
    const left = rest.reduce((n, { rows }) => n + rows, 0);
    return [
      `Subsets of ${counted(total.rows, "row")}${models.length > 0 ? ` by the scores of ${models.join(", ")}` : ""}`,
      ...subsets.map(
        ({ name, rows, tokens, scoredTokens, domains }) =>
          `  ${name.padEnd(width)}  ${thousands(rows)} rows (${percent(rows, total.rows)}), ${thousands(tokens)} tokens (estimated), ${thousands(scoredTokens)} scored` +
          `\n  ${" ".repeat(width)}  ${[...domains].map(([domain, counts]) => `${domain} ${thousands(counts.rows)}`).join(", ")}`,
      ),
      ...missing.map(({ name, columns }) => `  ${name.padEnd(width)}  needs ${columns.join(", ")}`),
      ...overlaps.map(({ of, rows }) => `  ${counted(rows, "row")} in ${of.join(" and ")}`),
      `  ${"rest".padEnd(width)}  ${thousands(left)} rows in none (${percent(left, total.rows)})`,
      ...rest.map(({ reason, rows }) => `    ${thousands(rows)}  ${reason}`),
    ].join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return { "text/plain": this.toString(), "text/html": subsetsHtml(this) };
  }
}

type Group = Readonly<Record<string, unknown>>;

function domainOf({ domain }: Group): string {
  return domain === null ? "(none)" : String(domain);
}

function sum(groups: readonly Group[]): Counted {
  const add = (name: string) => groups.reduce((total, group) => total + Number(group[name]), 0);
  return { rows: add("rows"), tokens: add("tokens"), scoredTokens: add("scored") };
}

/** Counts by name, most rows first, ties by name. */
function byName(groups: readonly Group[], names: readonly string[]): ReadonlyMap<string, Counted> {
  const found = [...new Set(names)].map(
    (name) => [name, sum(groups.filter((_, i) => names[i] === name))] as const,
  );
  return new Map(found.sort(([a, x], [b, y]) => y.rows - x.rows || (a < b ? -1 : 1)));
}
