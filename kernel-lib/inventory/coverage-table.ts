/** The coverage table of a dataset, a line per split: as Markdown, as plain text, as HTML for a notebook. */
import { escapeHtml } from "../notebook/escape-html";
import type { InventoryJson, InventorySplit } from "./inventory-json";
import { splitLabel } from "./inventory-json";

interface CoverageColumn {
  readonly title: string;
  readonly cell: (split: InventorySplit) => string;
}

/** Columns of the table: fields that no split has are left out and named below it. */
function tableColumns(splits: readonly InventorySplit[]): { columns: CoverageColumn[]; never: string[] } {
  const fields = [...new Set(splits.flatMap((split) => Object.keys(split.coverage.fields)))];
  const filled = (field: string) => splits.some((split) => (split.coverage.fields[field]?.rows ?? 0) > 0);
  const columns: CoverageColumn[] = [
    { title: "split", cell: splitLabel },
    { title: "rows", cell: rowsText },
    { title: "unreadable", cell: (split) => whole(split.unreadable.count) },
    {
      title: "correctness metadata",
      cell: ({ coverage, sample_rows }) => percent(coverage.correctness_metadata.rows, sample_rows),
    },
    {
      title: "tools",
      cell: ({ coverage, sample_rows }) => (coverage.tools ? percent(coverage.tools.rows, sample_rows) : "–"),
    },
    ...fields.filter(filled).map((field) => ({
      title: field,
      cell: ({ coverage, sample_rows }: InventorySplit) => {
        const covered = coverage.fields[field];
        return covered ? percent(covered.rows, sample_rows) : "–";
      },
    })),
    { title: "tokens median", cell: ({ coverage }) => tokens(coverage.tokens?.median) },
    { title: "tokens p95", cell: ({ coverage }) => tokens(coverage.tokens?.p95) },
  ];
  return { columns, never: fields.filter((field) => !filled(field)) };
}

/** `metadata_coverage.md`. */
export function renderCoverageMarkdown(data: InventoryJson): string {
  const { columns, never } = tableColumns(data.splits);
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const lines = [
    `# Metadata coverage: ${escapeMarkdown(data.dataset)}`,
    "",
    `Revision \`${data.revision.replaceAll("`", "")}\`, license ${escapeMarkdown(data.license ?? "not stated")}. ${TERMS}`,
    "",
    line(columns.map(({ title }) => title)),
    `|${columns.map((_, i) => (i === 0 ? " --- " : " ---: ")).join("|")}|`,
    ...data.splits.map((split) => line(columns.map(({ cell }) => cell(split)))),
    "",
    ...(never.length > 0 ? [`In no split: ${never.map((name) => `\`${name}\``).join(", ")}.`, ""] : []),
    "## Gaps",
    "",
    ...(data.gaps.length > 0 ? data.gaps.map((gap) => `- ${escapeMarkdown(gap)}`) : ["None found."]),
    "",
  ];
  return lines.join("\n");
}

export const TERMS =
  "Shares are of all readable rows. Correctness metadata: an object column with at least one object that holds a " +
  "numeric accuracy. Tokens are estimated: UTF-8 bytes of all message bodies (or of the text) divided by 4, rounded up.";

/** As wide as a terminal: the main columns a line per split, the other fields with their share of all rows. */
export function renderCoverageText(data: InventoryJson): string {
  const { columns, never } = tableColumns(data.splits);
  const fields = new Set(data.splits.flatMap((split) => Object.keys(split.coverage.fields)));
  const main = columns.filter(({ title }) => !fields.has(title));
  const header = main.map(({ title }) => title);
  const table = [header, ...data.splits.map((split) => main.map(({ cell }) => cell(split)))];
  const widths = header.map((_, i) => Math.max(...table.map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  const all = data.splits.reduce((sum, split) => sum + split.sample_rows, 0);
  const shares = [...fields]
    .filter((field) => !never.includes(field))
    .map((field) => {
      const rows = data.splits.reduce((sum, split) => sum + (split.coverage.fields[field]?.rows ?? 0), 0);
      return `${field} ${percent(rows, all)}`;
    });
  return [
    `${data.dataset}@${data.revision}`,
    ...table.map(line),
    ...(shares.length > 0 ? [`of all rows: ${shares.join(", ")}`] : []),
    ...(never.length > 0 ? [`in no split: ${never.join(", ")}`] : []),
    ...data.gaps.map((gap) => `- ${gap}`),
  ].join("\n");
}

export function renderCoverageHtml(data: InventoryJson): string {
  const { columns, never } = tableColumns(data.splits);
  const right = (i: number) => (i === 0 ? "left" : "right");
  const cells = (tag: "th" | "td", texts: readonly string[]) =>
    texts.map((text, i) => `<${tag} style="text-align:${right(i)}">${escapeHtml(text)}</${tag}>`).join("");
  return [
    `<div><strong>${escapeHtml(data.dataset)}</strong> <span style="opacity:.7">@${escapeHtml(data.revision)}</span>`,
    '<div style="overflow-x:auto"><table>',
    `<thead><tr>${cells(
      "th",
      columns.map(({ title }) => title),
    )}</tr></thead><tbody>`,
    ...data.splits.map(
      (split) =>
        `<tr>${cells(
          "td",
          columns.map(({ cell }) => cell(split)),
        )}</tr>`,
    ),
    "</tbody></table></div>",
    never.length > 0 ? `<p style="opacity:.7">In no split: ${escapeHtml(never.join(", "))}</p>` : "",
    data.gaps.length > 0 ? `<ul>${data.gaps.map((gap) => `<li>${escapeHtml(gap)}</li>`).join("")}</ul>` : "",
    "</div>",
  ].join("");
}

export function rowsText({ rows, estimated, sample_rows }: InventorySplit): string {
  if (!estimated) return whole(rows ?? 0);
  const sample = `sample of ${whole(sample_rows)}`;
  return rows === null ? `unknown (${sample})` : `~${whole(rows)} (${sample})`;
}

/** A share in percent; never rounds something to nothing, nor nearly all to all. */
export function percent(part: number, of: number): string {
  if (of === 0) return "–";
  const value = (100 * part) / of;
  if (part > 0 && value < 0.1) return "<0.1 %";
  if (part < of && value > 99.9) return ">99.9 %";
  return `${Number.isInteger(value) ? value : value.toFixed(1)} %`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function tokens(value: number | undefined): string {
  return value === undefined ? "–" : `~${whole(value)}`;
}

function escapeMarkdown(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\r\n]+/g, " ")
    .replace(/[\\`*[\]|]/g, "\\$&");
}
