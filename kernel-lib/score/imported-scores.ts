/** What an import of scores did. */
import { relative } from "node:path";
import { counted, percent, thousands } from "../notebook/counts";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { cutLine } from "../notebook/plain-text";
import type { ScoreCounts } from "./put-scores";
import type { ReferenceFacts } from "./reference";
import type { ScoreKey } from "./score-file";

export interface ImportReport {
  readonly key: ScoreKey;
  /** Of the file. */
  readonly lines: number;
  /** Rows of the run that found a line. */
  readonly rowsMatched: number;
  /** Lines whose values stand beside a row: a score, or why there is none. */
  readonly used: number;
  /** Why not → lines; they are kept in not-used.jsonl. */
  readonly notUsed: Readonly<Record<string, number>>;
  /** Why not → the key of the first such line. */
  readonly examples: Readonly<Record<string, string>>;
  /** Keys that several rows of the run have, and those rows: they share a score. */
  readonly sharedKeys: { readonly keys: number; readonly rows: number };
}

/** Words for what a person has to know of a line that was not used. */
const WORDS: Readonly<Record<string, string>> = {
  no_key: "have no key",
  no_such_row: "are of no row of this run",
  repeats_another_line: "repeat another line",
  contradictory_scores: "contradict another line of the same key: none of them counts",
  other_text: "have the key of a row and the text_id of another text",
  ambiguous_id: "have an id whose rows have different texts; join by text_id",
  unreadable: "cannot be read",
};

/** Scores that stand beside the rows now. Shows itself in a notebook. */
export class ImportedScores {
  constructor(
    /** The run. */
    readonly out: string,
    /** `<run>/scores/<name>.v1` */
    readonly folder: string,
    readonly name: string,
    readonly model: string,
    readonly counts: ScoreCounts,
    readonly report: ImportReport,
    /** What was compared with a reference checkpoint. */
    readonly reference: ReferenceFacts | null,
  ) {}

  /** What happened, a fact a line. */
  private lines(): string[] {
    const { counts, report, reference } = this;
    const { keys, rows } = report.sharedKeys;
    return [
      `${thousands(counts.scored)} of ${counted(counts.rows, "row")} have a score (${percent(counts.scored, counts.rows)}), ${thousands(counts.tokens)} scored tokens` +
        (counts.truncated > 0 ? `, ${counted(counts.truncated, "row")} truncated` : ""),
      ...Object.entries(counts.unscored).map(([reason, n]) => `no score: ${reason}: ${counted(n, "row")}`),
      `${thousands(report.used)} of ${counted(report.lines, "line")} used, joined by ${report.key}`,
      ...Object.entries(report.notUsed).map(([why, n]) => {
        const example = report.examples[why];
        return `${counted(n, "line")} ${WORDS[why] ?? why}${example === undefined ? "" : ` (first: ${cutLine(example, 80)})`}`;
      }),
      ...(keys > 0 ? [`${counted(rows, "row")} share ${counted(keys, "key")}, and their scores`] : []),
      ...(reference ? [reference.words] : []),
      ...(Object.keys(report.notUsed).length > 0
        ? ["what was not used is in not-used.jsonl beside the scores"]
        : []),
    ];
  }

  toString(): string {
    return [
      `Scores of ${this.model} in ${relative(process.cwd(), this.folder) || "."}`,
      ...this.lines().map((line) => `  ${line}`),
    ].join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const items = this.lines().map((line) => `<li>${escapeHtml(line)}</li>`);
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(
        `<div style="text-align:left"><b>Scores of ${escapeHtml(this.model)}</b> <code>${escapeHtml(`scores/${this.name}.v1`)}</code><ul style="margin:.2em 0 0">${items.join("")}</ul></div>`,
      ),
    };
  }
}
