/** Boilerplate as text and as a page; everything from a dataset is escaped. */
import { counted, percent, thousands } from "../notebook/counts";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { cutText, head, plainText } from "../notebook/plain-text";
import type { BoilerplateParts, BoilerplateUnit } from "./boilerplate-parts";

const SHOWN = 20;
const EXCERPT = 76;
const FULL = 4000;

export function boilerplateBundle(found: BoilerplateParts): { "text/plain": string; "text/html": string } {
  const title = headline(found);
  const notes = remarks(found);
  const rest = found.units.length - SHOWN;
  const more = rest > 0 ? [`… and ${counted(rest, "more unit")}: see .units`] : [];
  return {
    "text/plain": [title, ...notes.map((note) => `  ${note}`), ...table(found), ...more].join("\n"),
    "text/html": datasetHtml(
      `<div style="text-align:left"><div><b>${escapeHtml(title)}</b></div>` +
        notes.map((note) => `<div style="opacity:.72">${escapeHtml(note)}</div>`).join("") +
        htmlTable(found) +
        more.map((line) => `<div style="opacity:.72">${escapeHtml(line)}</div>`).join("") +
        "</div>",
    ),
  };
}

function headline({ units, rows, removed }: BoilerplateParts): string {
  if (units.length === 0) return `no line or paragraph recurs in ${counted(rows, "row")}`;
  const lines = units.filter(({ kind }) => kind === "line").length;
  const recurring = [
    lines > 0 ? counted(lines, "line") : "",
    lines < units.length ? counted(units.length - lines, "paragraph") : "",
  ];
  return (
    `${recurring.filter(Boolean).join(" and ")} recur: taking them out changes ${counted(removed.rows, "row")} of ${thousands(rows)} ` +
    `and takes ${counted(removed.characters, "character")} (${percent(removed.characters, removed.allCharacters)}), ≈ ${counted(removed.tokens, "token")}`
  );
}

function remarks({ settings, copies, removed, datasets }: BoilerplateParts): string[] {
  const { minRows, minShare, minChars, view, system, code } = settings;
  const where =
    view === "text" ? "texts as they stand" : `message bodies (${view}${system ? ", system too" : ""})`;
  return [
    `whole lines and paragraphs of ${where}, of at least ${minChars} characters, in at least ${counted(minRows, "different text")} and ${percent(minShare, 1)} of a dataset${code ? "; code too" : ""}`,
    datasets.length > 1
      ? `datasets: ${datasets.map(({ name, rows }) => `${plainText(name)} ${thousands(rows)}`).join(", ")}`
      : "",
    copies > 0 ? `${counted(copies, "row")} repeat an earlier row's text and count in no threshold` : "",
    removed.heldBack > 0
      ? `${counted(removed.heldBack, "message")} hold nothing else and would stay as they are`
      : "",
    removed.tokens > 0 ? "tokens are estimated as stats_approx_tokens is: UTF-8 bytes divided by four" : "",
  ].filter(Boolean);
}

const COLUMNS = ["characters", "rows", "datasets", "in", "text"] as const;

function cells({ units, datasets }: BoilerplateParts): string[][] {
  return units
    .slice(0, SHOWN)
    .map((unit) => [
      thousands(unit.characters),
      thousands(unit.rows),
      datasets.length > 1 ? thousands(Object.keys(unit.datasets).length) : "1",
      rolesOf(unit),
      excerpt(unit),
    ]);
}

function table(found: BoilerplateParts): string[] {
  const lines: (readonly string[])[] = [COLUMNS, ...cells(found)];
  if (lines.length === 1) return [];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines.map((line) =>
    `  ${line.map((cell, i) => (i < 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join("  ")}`.trimEnd(),
  );
}

function htmlTable(found: BoilerplateParts): string {
  const { units, removed } = found;
  if (units.length === 0) return "";
  const most = units[0]!.characters;
  const style = "text-align:left;vertical-align:top";
  const number = "text-align:right;vertical-align:top;white-space:nowrap";
  const body = cells(found)
    .map(([characters, rows, datasets, roles], i) => {
      const unit = units[i]!;
      const width = Math.max(1, Math.round((100 * unit.characters) / most));
      const bar = `<div style="height:4px;width:${width}%;background:#4c78a8;border-radius:2px"></div>`;
      const examples = `in ${unit.examples.map((key) => escapeHtml(plainText(key))).join(", ")}`;
      return (
        `<tr><td style="${number};min-width:7em">${characters}<br>${bar}</td><td style="${number}">${percent(unit.characters, removed.allCharacters)}</td>` +
        `<td style="${number}">${rows}</td><td style="${number}">${datasets}</td><td style="${style};white-space:nowrap">${escapeHtml(roles!)}</td>` +
        `<td style="${style};overflow-wrap:anywhere;white-space:normal;max-width:46em"><details><summary dir="auto" style="cursor:pointer">${escapeHtml(excerpt(unit))}</summary>` +
        `<div dir="auto" style="white-space:pre-wrap;margin:.3em 0">${escapeHtml(plainText(cutText(unit.text, FULL), { lines: true }))}</div><div style="opacity:.72">${examples}</div></details></td></tr>`
      );
    })
    .join("");
  const heads = ["characters", "share", "rows", "datasets", "in", "text"]
    .map((name, i) => `<th style="${i < 4 ? number : style}">${name}</th>`)
    .join("");
  return `<table style="margin-top:.6em"><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table>`;
}

function rolesOf({ roles }: BoilerplateUnit): string {
  return Object.entries(roles)
    .sort(([, a], [, b]) => b - a)
    .map(([role]) => plainText(role))
    .join(", ");
}

function excerpt({ text, kind }: BoilerplateUnit): string {
  const line = plainText(head(text, 400).replaceAll("\n", " ⏎ "));
  const cut = line.length > EXCERPT ? `${head(line, EXCERPT)}…` : line;
  return kind === "paragraph" ? `¶ ${cut}` : cut;
}
