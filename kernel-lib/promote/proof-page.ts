/** `page.html` of a version: what it is, and what was compared, for a reader without a notebook. */
import { escapeHtml } from "../notebook/escape-html";
import type { StepManifest } from "../steps/manifest";
import { kindText, SOURCE_NAME } from "./promoted";

const CHECKED: Readonly<Record<StepManifest["form"], string>> = {
  function:
    "The function of the cell and this version gave the same answer for each of these rows of TABLE: in the order of the table, shuffled, and in batches of another size.",
  sql: "Not sliced: a predicate. DuckDB gave the same answer for each of these rows of TABLE: within the whole table, and alone, shuffled, in batches of another size.",
  group:
    "Not sliced: a rule over groups. DuckDB gave the same answer for each of these rows of TABLE: within the whole table, and in their groups alone, shuffled.",
  external:
    "Not sliced: a program, of which this version holds the files and no more; the interpreter and what it loads from elsewhere are not pinned. It gave the same answer for each of these rows of TABLE twice: in the order of the table, and started anew, shuffled, in batches of another size.",
};

/** The page, without scripts and without anything fetched. */
export function proofPage(manifest: StepManifest, source: string): string {
  const { name, version, kind, form, proof, captured, values } = manifest;
  const rows = (pairs: readonly (readonly [string, unknown])[]): string =>
    pairs
      .map(([key, value]) => `<tr><th>${escapeHtml(key)}</th><td>${escapeHtml(String(value))}</td></tr>`)
      .join("");
  const title = `${name}@${version}`;
  const constants =
    form === "function"
      ? captured.map(({ name: constant, as, cell, line }): [string, string] => [
          constant,
          `${as === "param" ? `parameter, ${JSON.stringify(values[constant])}` : "frozen into the code"}; cell ${cell}, line ${line}`,
        ])
      : Object.entries(values).map(([key, value]): [string, string] => [key, JSON.stringify(value)]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}th{text-align:left;font-weight:600;padding-right:2em;vertical-align:top;white-space:nowrap}
td{overflow-wrap:anywhere}pre{overflow-x:auto;padding:1em;border:1px solid #8888}</style></head>
<body><h1>${escapeHtml(title)}</h1>
<p>A ${kindText(kind, form)}, promoted by ${escapeHtml(manifest.author)} at ${escapeHtml(manifest.time)}.</p>
<h2>Check of ${proof.rows} rows</h2>
<p>${CHECKED[form].replace("TABLE", escapeHtml(manifest.table))} ${
    proof.executor
      ? `The executor of pipelines (a worker thread, Parquet in and out) gave it too for ${proof.executor.rows} of them, in one batch and, in another order, in batches of ${proof.executor.batch}. `
      : ""
  }It is a check of ${proof.rows} rows, not of all.</p>
<table>${rows(Object.entries(proof.outcomes))}</table>
<h3>Rows by stratum (a row may be in several)</h3><table>${rows(Object.entries(proof.strata))}</table>
<h2>${form === "function" ? "Values from cells" : "Parameters"}</h2>
${constants.length > 0 ? `<table>${rows(constants)}</table>` : "<p>none</p>"}
<h2>Identity</h2>
<table>${rows([
    ["code", manifest.code],
    ["parameters", manifest.config],
    ["reads", Object.keys(manifest.reads.properties).join(", ")],
    ["writes", Object.keys(manifest.writes.properties).join(", ") || "none"],
    ["packages inside", manifest.packages.map((one) => `${one.name} ${one.version}`).join(", ") || "none"],
    ["files inside", manifest.locals.join(", ") || "none"],
    ["compiler", manifest.compiler],
  ])}</table>
<h2>${SOURCE_NAME[form]}</h2><pre>${escapeHtml(source)}</pre></body></html>
`;
}
