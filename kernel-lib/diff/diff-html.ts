/** A difference as HTML for a cell and for the report: escaped, static, readable on light and dark pages. */
import { percent, thousands } from "../notebook/counts";
import { passagesHtml } from "../notebook/differences-html";
import { escapeHtml as e } from "../notebook/escape-html";
import { cell, heading, MUTED, number, table } from "../notebook/table-html";
import { CAUSES } from "./attribution";
import { type BarPart, directionColor, stackedBar, twoSidedBar } from "./bars";
import type { ColumnChange, DiffJson, GroupCount } from "./diff-json";
import { quantileName } from "./diff-text";
import type { ShownExample } from "./examples";
import { examplesHtml } from "./examples-html";
import type { SourceChange } from "./source-change";
import {
  CAUSE_WORDS,
  changeWords,
  codeWords,
  intervalWords,
  movedWords,
  paramChanges,
  scopeWords,
  shownText,
  titleWords,
} from "./words";

/** What a filter loses stands left of the middle, what it gains right of it. */
const LOST = ["kept_to_dropped", "to_error", "left_now"];
const MOST_GROUPS = 30;
const OPEN_PAIRS = 8;

export function diffHtml(
  data: DiffJson,
  examples: readonly ShownExample[],
  source: SourceChange | null,
): string {
  const parts = [
    headHtml(data, source),
    directionsHtml(data),
    '<div style="display:flex;flex-wrap:wrap;gap:0 56px;align-items:flex-start">',
    groupsHtml(data, data.by?.column ?? "", data.by?.groups ?? []),
    groupsHtml(data, data.tokens?.column ?? "", data.tokens?.groups ?? []),
    "</div>",
    data.columns.map(columnHtml).join(""),
    answersHtml(data),
    ...data.notes.map((note) => `<div style="${MUTED}">${e(note)}</div>`),
    examplesHtml(data, examples),
  ];
  return `<div class="corpuslab-diff" style="text-align:left;line-height:1.45;max-width:96em">${parts.join("")}</div>`;
}

function headHtml(data: DiffJson, source: SourceChange | null): string {
  const params = paramChanges(data);
  const chips = params.map(({ name, before, after, changed }) =>
    changed
      ? `<code>${e(name)}</code> <del style="opacity:.8">${e(before)}</del> → <b>${e(after)}</b>`
      : `<code>${e(name)}</code> ${e(after)}`,
  );
  const code =
    source === null
      ? ""
      : `<details style="margin:4px 0"><summary style="cursor:pointer">what changed in ${e(source.file)}</summary>` +
        `<div style="font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:.92em">${passagesHtml(source.text)}</div></details>`;
  return (
    `<div style="font-size:1.15em;font-weight:600">${e(titleWords(data))}</div>` +
    `<div style="${MUTED};overflow-wrap:anywhere">${e(scopeWords(data))}</div>` +
    `<div style="margin:2px 0">${e(codeWords(data))}${chips.length > 0 ? ` · ${chips.join(" · ")}` : ""}</div>${code}` +
    `<div style="margin:6px 0 4px;font-size:1.05em"><b>${e(movedWords(data))}</b></div>`
  );
}

function directionsHtml(data: DiffJson): string {
  const shown = data.directions.filter(({ rows }) => rows > 0);
  const title = (label: string, rows: number) =>
    `${label}: ${thousands(rows)} rows, ${percent(rows, data.rows)}`;
  const strip = stackedBar(
    shown.map(({ id, label, rows }) => ({ id, title: title(label, rows), share: rows / data.rows })),
    ...([760, 16] as const),
    shown.map(({ label, rows }) => title(label, rows)).join("; "),
  );
  const causes = CAUSES.filter((cause) => shown.some(({ because }) => (because?.[cause] ?? 0) > 0));
  const tokens = shown.some((direction) => direction.tokens !== null);
  const lines = shown.map((direction) => {
    const { id, label, rows, because } = direction;
    const chip = `<span style="display:inline-block;width:.8em;height:.8em;border-radius:2px;background:${directionColor(id)};margin-right:.5em"></span>`;
    return [
      cell(
        `${chip}${e(label)}`,
        direction.moved ? "font-weight:600;white-space:nowrap" : "white-space:nowrap",
      ),
      number(`${thousands(rows)}${e(intervalWords(direction))}`),
      number(percent(rows, data.rows)),
      ...(tokens ? [number(direction.tokens === null ? "" : thousands(direction.tokens))] : []),
      ...causes.map((cause) => number(because === null ? "" : thousands(because[cause]))),
    ];
  });
  const heads = [
    "",
    "rows",
    "share",
    ...(tokens ? ["tokens"] : []),
    ...causes.map((cause) => CAUSE_WORDS[cause]),
  ];
  const notes = [
    data.attribution,
    ...(causes.includes("either")
      ? ["either: the new code or the new parameters alone would have done it"]
      : []),
    ...(causes.includes("together") ? ["both: neither would have done it alone"] : []),
  ];
  const because =
    causes.length === 0
      ? ""
      : `<div style="${MUTED};max-width:64em;margin-top:3px">Causes: ${e(notes.join("; "))}.</div>`;
  return `<div style="margin:2px 0 8px">${strip}</div>${table(heads, lines)}${because}`;
}

function groupsHtml(data: DiffJson, column: string, groups: readonly GroupCount[]): string {
  const moved = data.directions.flatMap(({ id, differs, rows, label }, i) =>
    differs && rows > 0 ? [{ i, id, label }] : [],
  );
  if (moved.length === 0 || groups.length === 0) return "";
  const sides = groups.map(({ rows, directions }) => {
    const part = ({ i, id, label }: (typeof moved)[number]): BarPart => ({
      id,
      title: `${label}: ${thousands(directions[i]!)} rows`,
      share: rows === 0 ? 0 : directions[i]! / rows,
    });
    const left = moved.filter(({ id }) => LOST.includes(id)).map(part);
    const right = moved.filter(({ id }) => !LOST.includes(id) && id !== "other_reason").map(part);
    return { left, right };
  });
  const sum = (parts: readonly BarPart[]) => parts.reduce((total, { share }) => total + share, 0);
  const most = Math.max(...sides.flatMap(({ left, right }) => [sum(left), sum(right)]));
  const hasLost = moved.some(({ id }) => LOST.includes(id));
  const scaled = (parts: readonly BarPart[]) =>
    parts.map((part) => ({ ...part, share: most === 0 ? 0 : part.share / most }));
  const lines = groups
    .slice(0, MOST_GROUPS)
    .map(({ value, rows, directions }, n) => [
      cell(value === null ? "<i>none</i>" : e(shownText(value, 80)), "overflow-wrap:anywhere"),
      number(thousands(rows)),
      ...moved.map(({ i }) =>
        number(
          `${thousands(directions[i]!)} <span style="${MUTED};display:inline-block;min-width:3.6em">${directions[i] === 0 ? "" : percent(directions[i]!, rows)}</span>`,
        ),
      ),
      cell(
        twoSidedBar(
          hasLost ? scaled(sides[n]!.left) : null,
          scaled(sides[n]!.right),
          ...([180, 14] as const),
          `${shownText(value ?? "none", 80)}: lost ${percent(sum(sides[n]!.left), 1)}, gained or changed ${percent(sum(sides[n]!.right), 1)}`,
        ),
        "vertical-align:middle",
      ),
    ]);
  const more =
    groups.length > MOST_GROUPS
      ? `<div style="${MUTED}">${thousands(groups.length - MOST_GROUPS)} smaller groups are in the JSON</div>`
      : "";
  const heads = ["", "rows", ...moved.map(({ label }) => label), "share of the group"];
  return `<div style="min-width:0">${heading(`By ${column}`)}${table(heads, lines)}${more}</div>`;
}

function columnHtml({ name, rows, numbers, pairs, differentPairs }: ColumnChange): string {
  if (rows === 0) return `${heading(name)}<div style="${MUTED}">the same in all rows</div>`;
  const changes = numbers
    ? `<div>${thousands(numbers.up)} up, ${thousands(numbers.down)} down; new − old:</div>` +
      table(
        numbers.quantiles.map(({ share }) => quantileName(share)),
        [numbers.quantiles.map(({ change }) => number(e(changeWords(change))))],
      )
    : "";
  const lines = pairs.map(({ before, after, rows: count }) => [
    cell(`<code>${e(shownText(before))}</code>`),
    cell(`<code>${e(shownText(after))}</code>`),
    number(thousands(count)),
  ]);
  const more =
    differentPairs > pairs.length
      ? `<div style="${MUTED}">${thousands(differentPairs - pairs.length)} more pairs of values</div>`
      : "";
  const open = numbers === null || differentPairs <= OPEN_PAIRS;
  const list =
    lines.length === 0
      ? ""
      : `<details${open ? " open" : ""}><summary style="cursor:pointer">${thousands(differentPairs)} pairs of values</summary>${table(["old", "new", "rows"], lines)}${more}</details>`;
  return `${heading(`${name}: another value in ${thousands(rows)} rows`)}${changes}${list}`;
}

function answersHtml({ answers, kind }: DiffJson): string {
  if (answers.length === 0) return "";
  const lines = answers.map(({ before, after, rows, direction }) => [
    cell(
      `<span style="display:inline-block;width:.6em;height:.6em;border-radius:50%;background:${directionColor(direction)};margin-right:.5em"></span>${e(shownText(before))}`,
    ),
    cell(e(shownText(after))),
    number(thousands(rows)),
  ]);
  return (
    heading(kind === "filter" ? "By reason" : "Errors") + table(["old answer", "new answer", "rows"], lines)
  );
}
