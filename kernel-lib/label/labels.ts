/** `labels()`: what was said about rows, newest last. */

import { InputError } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { cutText, plainText } from "../notebook/plain-text";
import { datasetsOfRun } from "../run-folder";
import { type LabelAct, latest, type PatchAct, readLabels, readPatches } from "./acts";
import { labelFolder } from "./log";

export interface LabelsOptions {
  /** Only rows of this dataset. */
  readonly dataset?: string;
  /** Only rows of the datasets of this run, or of the run in this folder. */
  readonly run?: string | { readonly out: string };
  /** Only this row. */
  readonly rowKey?: string;
  /** Only this label. */
  readonly label?: string;
  /** Also what was taken back or said anew later; default false: what counts now. */
  readonly history?: boolean;
  /** Folder of the log; default `labels/` of the workspace. */
  readonly from?: string;
}

const SHOWN = 50;

/** Labels and patches of a log, in the order in which they were given. Shows itself in a notebook. */
export class LabelList {
  constructor(
    readonly labels: readonly LabelAct[],
    readonly patches: readonly PatchAct[],
    /** Lines that cannot be read, by file and line; they are passed over. */
    readonly problems: readonly string[],
    /** Folder of the log. */
    readonly folder: string,
  ) {}

  toString(): string {
    const lines = this.lines();
    if (lines.length === 0) return [`no labels in ${this.folder}`, ...this.problems].join("\n");
    const shown = lines.slice(-SHOWN).map((cells) => cells.map((cell) => cell || "-").join("  "));
    return [this.title(), ...shown, ...this.problems].join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const cell = (text: string, tag = "td") =>
      `<${tag} style="text-align:left;vertical-align:top;overflow-wrap:anywhere;padding-right:12px">${escapeHtml(text)}</${tag}>`;
    const head = ["row", "label", "reason", "author", "time"].map((name) => cell(name, "th")).join("");
    const body = this.lines()
      .slice(-SHOWN)
      .map((cells) => `<tr>${cells.map((text) => cell(text)).join("")}</tr>`)
      .join("");
    const table = body === "" ? "" : `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
    const notes = this.problems.map((problem) => `<div>⚠ ${escapeHtml(plainText(problem))}</div>`).join("");
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(`<div style="opacity:.8">${escapeHtml(this.title())}</div>${table}${notes}`),
    };
  }

  toJSON(): object {
    return { labels: this.labels, patches: this.patches, problems: this.problems };
  }

  private title(): string {
    const count = (n: number, one: string, many: string) =>
      `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
    const lines = this.labels.length + this.patches.length;
    const last = lines > SHOWN ? `, the last ${SHOWN} shown` : "";
    return `${count(this.labels.length, "label", "labels")}, ${count(this.patches.length, "patch", "patches")} in ${this.folder}${last}`;
  }

  private lines(): string[][] {
    const text = (value: string | null) => plainText(cutText(value ?? "", 200));
    const labels = this.labels.map((act) => ({ act, what: act.label ?? "(taken back)" }));
    const patches = this.patches.map((act) => ({
      act,
      what: act.text_id === null ? "(patch taken back)" : `patch ${act.text_id.slice(0, 12)}`,
    }));
    return [...labels, ...patches]
      .sort((a, b) => (a.act.time < b.act.time ? -1 : a.act.time > b.act.time ? 1 : 0))
      .map(({ act, what }) => [act.row_key, what, act.reason, act.author, act.time].map(text));
  }
}

/**
 * The labels and patches that count now (`history`: all that were ever given), from the workspace's log.
 * @throws InputError where there is no workspace.
 * @example labels({ label: "bad" })
 */
export function labels({
  run,
  dataset,
  rowKey,
  label,
  history = false,
  from,
}: LabelsOptions = {}): LabelList {
  const folder = labelFolder(from);
  const datasets = run === undefined ? null : datasetsOfRun(typeof run === "string" ? run : run.out);
  if (run !== undefined && datasets === null) {
    throw new InputError(`labels: ${typeof run === "string" ? run : run.out} holds no finished run`);
  }
  const wanted = (act: { row_key: string; dataset: string }) =>
    (datasets === null || datasets.some((name) => act.row_key.startsWith(`${name}@`))) &&
    (dataset === undefined || act.dataset === dataset) &&
    (rowKey === undefined || act.row_key === rowKey);
  const ofLabels = readLabels(folder);
  const ofPatches = readPatches(folder);
  const now = <Act extends LabelAct | PatchAct>(acts: readonly Act[], stands: (act: Act) => boolean): Act[] =>
    (history ? [...acts] : [...latest(acts).values()].filter(stands)).filter(wanted);
  return new LabelList(
    now(ofLabels.acts, (act) => act.label !== null).filter(
      (act) => label === undefined || act.label === label,
    ),
    label === undefined ? now(ofPatches.acts, (act) => act.text !== null) : [],
    [...ofLabels.problems, ...ofPatches.problems],
    folder,
  );
}
