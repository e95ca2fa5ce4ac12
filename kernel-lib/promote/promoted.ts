/** A version of a step, as a cell shows it. */
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { cutText } from "../notebook/plain-text";
import type { StepManifest } from "../steps/manifest";
import type { VersionPlace } from "../steps/versions";

/** What was found out about the golden rows, by form. */
export const AGREED_THREE =
  "the cell, the version and the pipeline executor agree on each, in another order and in other batches too";

const AGREED: Readonly<Record<StepManifest["form"], string>> = {
  function: "the cell and the version agree on each, in any order",
  sql: "within the table and alone, shuffled and in other batches, each got the same answer",
  group: "within the table and in their groups alone, shuffled, each got the same answer",
  external:
    "the program gave the same answer to each when it was started anew, shuffled and in other batches",
};

/** What the text is called that people read. */
export const SOURCE_NAME: Readonly<Record<StepManifest["form"], string>> = {
  function: "step.ts",
  sql: "step.sql",
  group: "rule",
  external: "command and files",
};

/** `filter`, or `filter (sql, not sliced)`. */
export function kindText(kind: string, form: StepManifest["form"]): string {
  return form === "function" ? kind : `${kind} (${form}, not sliced)`;
}

/** Characters of a parameter's value that are shown. */
const MOST_SHOWN = 400;

/** A promoted step: where it is, what it is, and how it was proven. Shows itself. */
export class Promoted {
  readonly name: string;
  readonly version: number;
  /** `keep_short@2`: how pipelines and the command line name it. */
  readonly ref: string;
  readonly folder: string;
  /** False when a version with this very code and these parameters was there before. */
  readonly isNew: boolean;

  constructor(
    place: VersionPlace,
    readonly manifest: StepManifest,
    /** The text of step.ts. */
    readonly source: string,
    { isNew }: { readonly isNew: boolean },
  ) {
    this.name = place.name;
    this.version = place.version;
    this.ref = `${place.name}@${place.version}`;
    this.folder = place.folder;
    this.isNew = isNew;
  }

  /** What was written and what was compared, in lines. */
  toString(): string {
    const { proof, captured, values, kind, form } = this.manifest;
    const outcomes = Object.entries(proof.outcomes).map(([name, rows]) => `${rows} ${name}`);
    const constants = captured.map(({ name, as, cell, line }) =>
      as === "param"
        ? `  param  ${name} = ${JSON.stringify(values[name])} (cell ${cell}, line ${line})`
        : `  frozen ${name} (cell ${cell}, line ${line})`,
    );
    const params = givenParams(this.manifest);
    return [
      `${this.ref}: a ${kindText(kind, form)}${this.isNew ? "" : ", the same code and parameters as before: nothing was written"}; ${this.folder}`,
      `checked on ${proof.rows} rows of ${this.manifest.table} (${outcomes.join(", ")}): ${proof.executor ? AGREED_THREE : AGREED[form]}`,
      `strata: ${Object.entries(proof.strata)
        .map(([name, rows]) => `${name} ${rows}`)
        .join(", ")}`,
      ...constants,
      ...params.map(([name, value]) => `  param  ${name} = ${cutText(JSON.stringify(value), MOST_SHOWN)}`),
    ].join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const { proof, captured, values, kind, form, table } = this.manifest;
    const agreed = proof.executor ? AGREED_THREE : AGREED[form];
    const outcomes = Object.entries(proof.outcomes).map(([name, rows]) => `${rows} ${name}`);
    const constants: [string, string, string][] = [
      ...captured.map(({ name, as, cell, line }): [string, string, string] => [
        name,
        as === "param" ? `= ${JSON.stringify(values[name])}, a parameter` : "frozen into the code",
        `cell ${cell}, line ${line}`,
      ]),
      ...givenParams(this.manifest).map(([name, value]): [string, string, string] => [
        name,
        `= ${cutText(JSON.stringify(value), MOST_SHOWN)}, a parameter`,
        "",
      ]),
    ];
    const strata = Object.entries(proof.strata).map(([name, rows]) => [String(rows), name]);
    return {
      "text/plain": `${this.toString()}\n\n${this.source}`,
      "text/html": datasetHtml(
        `<div><div><b style="font-size:1.1em">${escapeHtml(this.ref)}</b> · ${escapeHtml(kindText(kind, form))}${this.isNew ? "" : " · the same code and parameters as before: nothing was written"}</div>` +
          `<div style="opacity:.75;overflow-wrap:anywhere">${escapeHtml(this.folder)}</div>` +
          `<div style="margin:.5em 0">Checked on <b>${proof.rows} rows</b> of ${escapeHtml(table)} (${escapeHtml(outcomes.join(", "))}): ${escapeHtml(agreed)}.</div>` +
          (constants.length > 0 ? htmlTable(constants) : "") +
          folded("which rows were compared (a row may count in several lines)", htmlTable(strata)) +
          folded(
            SOURCE_NAME[form],
            `<pre style="overflow-x:auto;padding:.6em;border:1px solid #8886">${escapeHtml(this.source)}</pre>`,
          ) +
          "</div>",
      ),
    };
  }
}

/** Parameters that were given, not taken from cells. */
function givenParams({ values, captured }: StepManifest): [string, unknown][] {
  return Object.entries(values).filter(([name]) => captured.every((one) => one.name !== name));
}

function htmlTable(lines: readonly (readonly string[])[]): string {
  const cell = (text: string) => `<td style="text-align:left">${escapeHtml(text)}</td>`;
  return `<table style="margin:.3em 0">${lines.map((cells) => `<tr>${cells.map(cell).join("")}</tr>`).join("")}</table>`;
}

function folded(title: string, html: string): string {
  return `<details><summary style="cursor:pointer">${escapeHtml(title)}</summary>${html}</details>`;
}
