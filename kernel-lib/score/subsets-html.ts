/** Subsets as HTML for a cell: static, escaped, readable on light and dark pages. */
import { counted, percent, thousands } from "../notebook/counts";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml as e } from "../notebook/escape-html";
import { groupStyles } from "../notebook/group-color";
import { cell, heading, MUTED, number, table } from "../notebook/table-html";
import type { SubsetCounts } from "./subset-counts";

export function subsetsHtml(result: SubsetCounts): string {
  const { total, models, missing, overlaps } = result;
  const remarks = [
    ...overlaps.map(({ of, rows }) => `${counted(rows, "row")} in ${of.join(" and ")}`),
    ...missing.map(
      ({ name, columns }) =>
        `${name} is left out: there is no column ${columns.join(", ")}${columns.some((column) => column.startsWith("nll_delta")) ? "; compare with a reference checkpoint: corpuslab scores RUN NAME --reference OTHER" : ""}`,
    ),
  ];
  return datasetHtml(
    `<div class="corpuslab-subsets" style="text-align:left;line-height:1.45;max-width:96em">` +
      `<div style="font-size:1.15em;font-weight:600">Subsets of ${e(counted(total.rows, "row"))}</div>` +
      `<div style="${MUTED}">${e(models.length > 0 ? `by the scores of ${models.join(", ")}` : "by the scores of the table")}</div>` +
      barsHtml(result) +
      remarks.map((remark) => `<div style="${MUTED}">${e(remark)}</div>`).join("") +
      `<div style="display:flex;flex-wrap:wrap;gap:0 56px;align-items:flex-start">${domainsHtml(result)}${restHtml(result)}</div></div>`,
  );
}

/** A line a subset: counts, and a bar whose parts are the domains. */
function barsHtml({ total, subsets, domains }: SubsetCounts): string {
  const names = [...domains.keys()];
  const styles = groupStyles(names);
  const most = Math.max(1, ...subsets.map(({ rows }) => rows));
  const lines = subsets.map(({ name, about, rows, tokens, scoredTokens, domains: mine, lines: keep }) => {
    const parts = names.flatMap((domain, i) => {
      const n = mine.get(domain)?.rows ?? 0;
      if (n === 0) return [];
      const title = `${name}, ${domain}: ${thousands(n)} rows`;
      return [
        `<span title="${e(title)}" style="display:block;height:14px;width:${((100 * n) / most).toFixed(2)}%;min-width:2px;background:${styles[i]!.color}"></span>`,
      ];
    });
    const why = keep.map((line) => `${line.if}  — ${line.why}`).join("\n");
    return [
      cell(`<b>${e(name)}</b>`, "white-space:nowrap"),
      number(thousands(rows)),
      number(percent(rows, total.rows)),
      number(thousands(tokens)),
      number(thousands(scoredTokens)),
      cell(
        `<div role="img" aria-label="${e(`${name}: ${thousands(rows)} rows`)}" style="display:flex;gap:1px;width:18em">${parts.join("")}</div>`,
      ),
      cell(`<span title="${e(why)}">${e(about)}</span>`, "max-width:34em"),
    ];
  });
  const key = names.map(
    (name, i) =>
      `<span style="display:inline-flex;align-items:center;margin-right:14px"><span style="display:inline-block;width:.8em;height:.8em;background:${styles[i]!.color};margin-right:.4em"></span>${e(name)}</span>`,
  );
  return (
    `<div style="margin:8px 0 2px">${table(["subset", "rows", "share", "tokens (est.)", "scored tokens", "", ""], lines)}</div>` +
    `<div style="margin:4px 0 8px;font-size:.92em">${key.join("")}</div>`
  );
}

function domainsHtml({ subsets, domains }: SubsetCounts): string {
  const lines = [...domains].map(([domain, all]) => [
    cell(e(domain)),
    number(thousands(all.rows)),
    ...subsets.map(({ domains: mine }) => {
      const n = mine.get(domain)?.rows ?? 0;
      const share = n === 0 ? "" : percent(n, all.rows);
      return number(
        `${thousands(n)} <span style="${MUTED};display:inline-block;min-width:3.6em">${share}</span>`,
      );
    }),
  ]);
  return `<div style="min-width:0">${heading("By domain, and share of the domain")}${table(["domain", "rows", ...subsets.map(({ name }) => name)], lines)}</div>`;
}

function restHtml({ rest, total }: SubsetCounts): string {
  const left = rest.reduce((n, { rows }) => n + rows, 0);
  if (left === 0) return "";
  const lines = rest.map(({ reason, rows, tokens }) => [
    cell(e(reason), "max-width:40em"),
    number(thousands(rows)),
    number(percent(rows, total.rows)),
    number(thousands(tokens)),
  ]);
  return `<div style="min-width:0">${heading(`In none: ${counted(left, "row")}, ${percent(left, total.rows)}`)}${table(["reason", "rows", "share", "tokens (est.)"], lines)}</div>`;
}
