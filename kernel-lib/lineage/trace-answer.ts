/** The answer of `trace`, and how it shows itself: the source row beside what became of it. */

import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { cutText, plainText } from "../notebook/plain-text";
import { type Fact, factsHtml, factsText, headHtml, noteHtml } from "./facts-html";
import type { FoundRow } from "./find-rows";
import { sourcePlace } from "./why-answer";

/** Whether what stands in the source is the row of the run. */
export interface Check {
  /** Null where the source is gone. */
  readonly same: boolean | null;
  readonly says: string;
}

export interface TracedRow {
  readonly rowKey: string;
  readonly dataset: string;
  readonly revision: string;
  /** Where the run read the dataset from. */
  readonly origin: string;
  readonly file: string;
  /** 0-based. */
  readonly row: number;
  /** sha256 of the file as the run read it. */
  readonly sha256: string | null;
  /** The file on this machine; null where it is gone. */
  readonly path: string | null;
  /** Places where the file was sought. */
  readonly looked: readonly string[];
  /** Byte in the unpacked file; null where the format has none. */
  readonly offset: number | null;
  /** The source row as it stands in the file (JSON text; Parquet and CSV rows as JSON). */
  readonly source: string | null;
  /** Column → JSON text of its value, digits as in the source; null where the row cannot be read. */
  readonly columns: Readonly<Record<string, string>> | null;
  readonly error: string | null;
  readonly check: Check;
  /** What became of it; null for a quarantined row. */
  readonly canonical: FoundRow | null;
}

const CELL = 2000;

/** Where rows come from. Shows itself in a notebook. */
export class Trace {
  constructor(
    /** What was asked for: a row_key, id or text_id. */
    readonly key: string,
    /** Folder of the run that was asked. */
    readonly run: string,
    /** Why that run was asked. */
    readonly because: string,
    /** Rows that have the key; `rows` has at most 5 of them. */
    readonly total: number,
    readonly rows: readonly TracedRow[],
  ) {}

  /** Whether every row was found in its source as it was. */
  get same(): boolean {
    return this.rows.every(({ check }) => check.same === true);
  }

  toString(): string {
    const parts = this.rows.map((row) =>
      [
        titleOf(row),
        factsText(placeFacts(row)),
        "source row",
        factsText(sourceFacts(row)),
        "canonical row",
        factsText(canonicalFacts(row)),
      ].join("\n"),
    );
    return [...parts, this.asked()].join("\n\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const side = (title: string, facts: readonly Fact[]) =>
      `<div style="flex:1 1 24em;min-width:0"><b>${escapeHtml(title)}</b>${factsHtml(facts)}</div>`;
    const html = this.rows.map(
      (row) =>
        headHtml(titleOf(row), row.check.same !== true) +
        factsHtml(placeFacts(row)) +
        `<div style="display:flex;flex-wrap:wrap;gap:8px 24px;margin-top:6px">` +
        `${side("source row", sourceFacts(row))}${side("canonical row", canonicalFacts(row))}</div>`,
    );
    html.push(noteHtml(this.asked()));
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(`<div style="max-width:90em">${html.join("")}</div>`),
    };
  }

  private asked(): string {
    const several =
      this.total > 1
        ? `${this.total.toLocaleString("en-US")} rows have this id${this.total > this.rows.length ? `, ${this.rows.length} of them traced` : ""}; `
        : "";
    return `${several}run ${this.run} (${this.because})`;
  }
}

function titleOf({ rowKey, check }: TracedRow): string {
  const word = check.same === null ? "SOURCE GONE" : check.same ? "SAME" : "CHANGED";
  return line(`${word}: ${rowKey}`);
}

function placeFacts(row: TracedRow): Fact[] {
  const { path, looked, origin, offset, sha256 } = row;
  const place = { sourceFile: row.file, sourceRow: row.row, sourceRevision: row.revision };
  const byte = offset === null ? "" : `, byte ${offset.toLocaleString("en-US")} of the unpacked file`;
  return [
    ["check", line(row.check.says)],
    ["dataset", line(row.dataset)],
    ["source", line(sourcePlace(place) + byte)],
    ["file", line(path ?? `gone; it was sought at ${looked.join(" and ") || "no place"}`)],
    ["origin", line(`${origin || "unknown"}${sha256 === null ? "" : `, sha256 of the file then ${sha256}`}`)],
  ];
}

function sourceFacts({ columns, source, error }: TracedRow): Fact[] {
  if (columns) return Object.entries(columns).map(([name, json]) => [line(name), line(json)]);
  if (source === null) return [["", "not there"]];
  return [
    ["error", line(error ?? "")],
    ["bytes", line(source)],
  ];
}

function canonicalFacts({ canonical }: TracedRow): Fact[] {
  if (!canonical) return [["", "none: the row could not be read and is in quarantine"]];
  const { rowKey, id, textId, dataset, subset, split, file, position, refusal } = canonical;
  return [
    ["row_key", line(rowKey)],
    ["id", line(id)],
    ["text_id", line(textId)],
    ["dataset", line(dataset)],
    ["subset/split", line(`${subset}/${split}`)],
    ["stands in", line(`${file}, row ${position}`)],
    ...(refusal
      ? ([["refused", line(`${refusal.stage}: ${refusal.reason}; ${refusal.detail}`)]] as const)
      : []),
  ];
}

function line(text: string): string {
  return plainText(cutText(text, CELL));
}
