/** The clusters of a table's rows. */
import { resolve } from "node:path";
import { InputError } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import { displaySymbol } from "../notebook/display";
import { escapeHtml as e } from "../notebook/escape-html";
import { cutText, plainText } from "../notebook/plain-text";
import type { Table } from "../table/table";
import { saveSidecar } from "./value-table";

export interface ClusterSummary {
  /** 0 for the largest. */
  readonly cluster: number;
  /** Its terms with commas between them. */
  readonly label: string;
  /** Words that its rows have and others do not, the most telling first. */
  readonly terms: readonly string[];
  readonly rows: number;
  /** 0..1 of the rows with a vector. */
  readonly share: number;
  /** The rows nearest to its center, and the beginnings of their texts. */
  readonly examples: readonly { readonly row_key: string; readonly text: string }[];
}

interface ClusterFacts {
  readonly table: Table;
  readonly file: string;
  readonly list: readonly ClusterSummary[];
  readonly origin: string;
  readonly vectors: string;
  readonly sampled: number;
  readonly seed: number;
}

const SHOWN_CHARACTERS = 160;

/** What `clusters` found. Shows itself in a notebook. */
export class Clusters {
  /** The rows with `cluster`, `cluster_label` and `cluster_similarity`. */
  readonly table: Table;
  /** The largest first. */
  readonly list: readonly ClusterSummary[];

  /** @internal */
  constructor(private readonly facts: ClusterFacts) {
    this.table = facts.table;
    this.list = facts.list;
  }

  /** The rows of one cluster, nearest to its center first. @example found.rows(0).head(5) */
  rows(cluster: number): Table {
    if (!this.list.some((one) => one.cluster === cluster))
      throw new InputError(`rows: cluster ${cluster}, expected a number from 0 to ${this.list.length - 1}`);
    return this.table.sql(
      `select * from this where cluster = ${cluster} order by cluster_similarity desc, row_key`,
    );
  }

  /**
   * Writes the columns as `flags/cluster.v1/` of the run, so that `open` and pools have them from then on. Returns the
   * folder. @throws InputError when the table is not of a run and none is named.
   */
  async save(run: string | null = this.table.state.run): Promise<string> {
    if (run === null)
      throw new InputError("save: the table is not of a run; name its folder: clusters.save(folder)");
    const { vectors, seed, sampled, file } = this.facts;
    return await saveSidecar(resolve(run), "cluster", file, { vectors, k: this.list.length, seed, sampled });
  }

  toString(): string {
    return [
      this.title(),
      ...this.list.map(
        ({ cluster, rows, share, label }) =>
          `${String(cluster).padStart(3)}  ${whole(rows).padStart(9)}  ${percent(share).padStart(6)}  ${plainText(label)}`,
      ),
    ].join("\n");
  }

  [displaySymbol](): Record<string, string> {
    const cell = (text: string, style = "") =>
      `<td style="text-align:left;vertical-align:top;overflow-wrap:anywhere;white-space:normal${style}" dir="auto">${text}</td>`;
    const lines = this.list.map(({ cluster, rows, share, label, examples }) => {
      const bar = `<div style="height:.45em;width:${Math.max(1, Math.round(100 * share))}px;background:#0072b2;border-radius:2px"></div>`;
      const said = examples
        .map(({ text }) => `<div>${e(cutText(plainText(text), SHOWN_CHARACTERS))}</div>`)
        .join("");
      return `<tr>${cell(String(cluster))}${cell(`${whole(rows)}${bar}`)}${cell(`<b>${e(plainText(label))}</b>`, ";max-width:16em")}${cell(said, ";max-width:48em")}</tr>`;
    });
    const header = ["cluster", "rows", "terms", "nearest to its center"]
      .map((name) => `<th style="text-align:left">${name}</th>`)
      .join("");
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(
        `<div>${e(plainText(this.title()))}</div><table><thead><tr>${header}</tr></thead><tbody>${lines.join("")}</tbody></table>`,
      ),
    };
  }

  private title(): string {
    const { origin, vectors, sampled } = this.facts;
    const rows = this.list.reduce((sum, one) => sum + one.rows, 0);
    const how = sampled < rows ? `, centers from a sample of ${whole(sampled)}` : "";
    return `${this.list.length} clusters of ${whole(rows)} rows of ${origin} by ${vectors} vectors${how}`;
  }
}

function whole(n: number): string {
  return n.toLocaleString("en-US");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
