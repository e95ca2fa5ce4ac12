/** The answer of `why`, and how it shows itself: the verdict first, then the reasons. */

import type { LabelAct, PatchAct } from "../label/acts";
import { datasetHtml } from "../notebook/dataset-html";
import { cutText, plainText } from "../notebook/plain-text";
import type { DuplicateCluster } from "./duplicate-cluster";
import { type Fact, factsHtml, factsText, headHtml, noteHtml, sectionHtml } from "./facts-html";
import type { FoundRow } from "./find-rows";
import { differing, layerFacts, layersVerdict } from "./layer-facts";
import type { LayerLife } from "./layer-life";
import type { FailedCondition, Pools } from "./pool-verdicts";
import type { QuarantinedRow } from "./quarantined-row";

/** A line of decisions/ about a row. */
export interface Decision {
  readonly stage: string;
  readonly version: string;
  /** `reject` took the row out of rows/; `mark` states a fact. */
  readonly action: string;
  readonly reason: string;
  readonly evidence: string | null;
}

/** All that a run says about one written row. */
export interface WhyRow {
  readonly found: FoundRow;
  readonly decisions: readonly Decision[];
  /** The canonical quality columns. */
  readonly quality: Readonly<Record<string, unknown>>;
  /** Size, rendering and domain. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly sidecars: readonly {
    readonly sidecar: string;
    readonly values: Readonly<Record<string, unknown>>;
  }[];
  readonly duplicates: DuplicateCluster | null;
  /** Null where no pools were built, and for refused and dropped rows, which are in none. */
  readonly pools: Pools | null;
  readonly poolsFolder: string | null;
  /** Every act of the workspace's logs on this row, the last of which counts. */
  readonly labels: readonly LabelAct[];
  readonly patches: readonly PatchAct[];
  /** What pipelines did with it, the first one first; empty where none ran, and for refused rows, which none reached. */
  readonly layers: readonly LayerLife[];
}

/** Why a row is in or out of a run. Shows itself in a notebook. */
export class Why {
  constructor(
    /** What was asked for: a row_key, id or text_id. */
    readonly key: string,
    /** Folder of the run that was asked. */
    readonly run: string,
    /** Why that run was asked. */
    readonly because: string,
    /** Rows that have the key; `rows` tells at most 20 of them. */
    readonly total: number,
    readonly rows: readonly WhyRow[],
    /** The row, where it could not be read. */
    readonly quarantined: QuarantinedRow | null,
  ) {}

  /** Verdict and reasons as text, row after row. */
  toString(): string {
    const parts = this.parts().map(({ title, facts, alarm, sections }) =>
      [
        ...[title, ...alarm, factsText(facts)],
        ...sections.map((section) => `${section.heading}\n${factsText(section.facts)}`),
      ].join("\n"),
    );
    return [...parts, this.asked()].join("\n\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const html = this.parts().map(
      ({ title, out, facts, alarm, sections }) =>
        headHtml(title, out) +
        alarm.map((text) => headHtml(text, true)).join("") +
        factsHtml(facts) +
        sections.map((section) => sectionHtml(section.heading) + factsHtml(section.facts)).join(""),
    );
    html.push(noteHtml(this.asked()));
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(`<div style="max-width:70em">${html.join("")}</div>`),
    };
  }

  private asked(): string {
    const more =
      this.total > this.rows.length && this.rows.length > 0 ? `, ${this.rows.length} of them told` : "";
    const several = this.total > 1 ? `${this.total.toLocaleString("en-US")} rows have this id${more}; ` : "";
    return `${several}run ${this.run} (${this.because})`;
  }

  private parts(): Part[] {
    if (this.quarantined)
      return [{ ...quarantinedFacts(this.quarantined), out: true, alarm: [], sections: [] }];
    return this.rows.map((row) => ({
      ...rowFacts(row),
      out: row.found.refusal !== null || layersVerdict("", row.layers) !== null,
      alarm: differing(row.layers).map(({ step }) =>
        line(`DIFFERS: ${step} answers otherwise now than the run holds, see below`),
      ),
      sections: row.layers.map((layer, i) => layerFacts(layer, i + 1, row.layers.length)),
    }));
  }
}

/** What is told of a row: the verdict, what is wrong with it, the facts of the run, and a section for each pipeline. */
interface Part {
  readonly title: string;
  readonly out: boolean;
  readonly alarm: readonly string[];
  readonly facts: Fact[];
  readonly sections: readonly { readonly heading: string; readonly facts: Fact[] }[];
}

function quarantinedFacts(row: QuarantinedRow): { title: string; facts: Fact[] } {
  const offset =
    row.offset === null ? "" : `, byte ${row.offset.toLocaleString("en-US")} of the unpacked file`;
  return {
    title: `OUT: ${line(row.rowKey)} could not be read (${line(row.reason)})`,
    facts: [
      ["error", line(row.detail)],
      ["source", line(`${row.file} line ${row.row + 1}${offset}`)],
      ["of", line(`${row.dataset}, ${row.subset}/${row.split}, revision ${row.sourceRevision}`)],
      ["begins with", JSON.stringify(plainText(row.beginning))],
      ["kept in", `${line(row.quarantineFile)} line ${row.line}, with all its bytes`],
    ],
  };
}

function rowFacts(row: WhyRow): { title: string; facts: Fact[] } {
  const { found, decisions, duplicates } = row;
  const { refusal } = found;
  const verdict = refusal
    ? `OUT: ${found.rowKey} was refused by ${refusal.stage} (${refusal.reason})`
    : (layersVerdict(found.rowKey, row.layers) ??
      (row.layers.length > 0
        ? `IN: ${found.rowKey} was kept by every step`
        : `IN: ${found.rowKey} is a row of the run`));
  const facts: Fact[] = [];
  if (refusal) facts.push(["because", line(refusal.detail)]);
  facts.push(["stands in", line(`${found.file}, row ${found.position}`)]);
  facts.push([
    "source",
    line(`${found.sourceFile} row ${found.sourceRow}, revision ${found.sourceRevision}`),
  ]);
  facts.push(["of", line(`${found.dataset}, ${found.subset}/${found.split}`)]);
  facts.push(["id", line(`${found.id}, text_id ${found.textId}`)]);
  for (const decision of decisions) facts.push(["decision", decisionText(decision)]);
  if (decisions.length === 0 && !refusal)
    facts.push(["decisions", "none against it: no stage refused or marked it"]);
  facts.push(["quality", pairs(row.quality, "quality_")]);
  facts.push(["facts", pairs(row.facts)]);
  for (const { sidecar, values } of row.sidecars)
    facts.push([sidecar.replace(/^flags\//, ""), pairs(values)]);
  if (duplicates) facts.push(["duplicates", duplicatesText(duplicates)]);
  facts.push(...poolFacts(row));
  for (const [i, act] of row.labels.entries()) {
    facts.push([
      i === row.labels.length - 1 ? "label" : "label before",
      said(act.label === null ? "taken back" : act.label, act),
    ]);
  }
  for (const [i, act] of row.patches.entries()) {
    facts.push([
      i === row.patches.length - 1 ? "patch" : "patch before",
      said(act.text_id === null ? "taken back" : `text_id ${act.text_id}`, act),
    ]);
  }
  return { title: line(verdict), facts };
}

/** `train.jsonl line 3, revision …`: lines count from 1, rows from 0 as everywhere in a run. */
export function sourcePlace({ sourceFile, sourceRow, sourceRevision }: SourcePlace): string {
  const lines = /\.(jsonl|ndjson)(\.gz)?$/i.test(sourceFile);
  const place = lines ? `line ${sourceRow + 1}` : `row ${sourceRow} (from 0)`;
  return `${sourceFile} ${place}, revision ${sourceRevision}`;
}

type SourcePlace = Pick<FoundRow, "sourceFile" | "sourceRow" | "sourceRevision">;

function decisionText({ stage, version, action, reason, evidence }: Decision): string {
  const what = action === "reject" ? "refused" : action === "mark" ? "marked" : action;
  return line(
    `${stage} v${version.replace(/^v/, "")} ${what} it: ${reason}${evidence === null ? "" : `; ${evidence}`}`,
  );
}

function duplicatesText({ kept, isKept, duplicates, members }: DuplicateCluster): string {
  const others = members.map(line).join(", ");
  const more = duplicates > members.length ? ` and ${duplicates - members.length} more` : "";
  const head = isKept ? "this row is kept" : `${line(kept)} is kept`;
  return `${duplicates + 1} rows have this text; ${head}; duplicates of it: ${others}${more}`;
}

function poolFacts({ pools, poolsFolder, found, layers }: WhyRow): Fact[] {
  if (found.refusal || layers.some(({ kept }) => !kept))
    return poolsFolder === null ? [] : [["pools", "none: pools hold kept rows only"]];
  if (pools === null) return [["pools", "none were built: corpuslab pools <run>"]];
  const facts: Fact[] = [];
  const held = pools.verdicts.filter(({ holds }) => holds).map(({ pool }) => line(pool));
  facts.push(["in pools", held.join(", ") || "none"]);
  const left = pools.verdicts.filter(({ holds, note }) => !holds || note !== null);
  if (left.length > 0) {
    const lines = left.map(({ pool, failed, note }) =>
      line(
        `${pool}: ${[...failed.map(failedText), ...(note === null ? [] : [note])].join("; ") || "its files lack the row"}`,
      ),
    );
    facts.push(["not in", lines.join("\n")]);
  }
  return facts;
}

/** `meta_correctness is null, wanted (meta_correctness >= 0.875)` */
function failedText({ condition, values }: FailedCondition): string {
  const has = Object.entries(values).map(([name, value]) =>
    value === null ? `${name} is null` : `${name} is ${valueText(value)}`,
  );
  return `${has.join(", ")}${has.length > 0 ? ", " : ""}wanted ${condition}`;
}

function said(
  what: string,
  { reason, author, time }: { reason: string | null; author: string; time: string },
): string {
  return line(`${what}${reason === null ? "" : ` (${reason})`} · ${author}, ${time}`);
}

function pairs(values: Readonly<Record<string, unknown>>, prefix = ""): string {
  const texts = Object.entries(values).map(
    ([name, value]) => `${name.replace(prefix, "")} ${valueText(value)}`,
  );
  return line(texts.join(", ")) || "none";
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueText).join(" + ");
  if (typeof value === "string") return cutText(value, 200);
  if (typeof value === "object") return cutText(JSON.stringify(value) ?? "", 200);
  return String(value);
}

function line(text: string): string {
  return plainText(cutText(text, 2000));
}
