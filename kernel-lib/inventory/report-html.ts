/**
 * `index.html`: the inventory as one page that needs nothing else. No script, no network (the Content-Security-Policy
 * forbids both), charts as inline SVG and CSS, light and dark by the reader's setting; text of the dataset is escaped.
 */
import { escapeHtml as e } from "../notebook/escape-html";
import { percent, rowsText, TERMS, whole } from "./coverage-table";
import type { InventoryColumn, InventoryJson, InventorySplit } from "./inventory-json";
import { splitLabel } from "./inventory-json";
import { renderTokenHistogram } from "./report-histogram";
import { REPORT_STYLE } from "./report-style";

/** Up to this many splits the gaps stand beside the coverage table on a wide screen. */
const BESIDE_SPLITS = 4;

/** The page. Deterministic: no dates. */
export function renderReport(data: InventoryJson): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Inventory of ${e(data.dataset)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
${header(data)}
<main>
${overview(data)}
<div${data.splits.length <= BESIDE_SPLITS ? ' class="pair"' : ""}>
${coverageMap(data)}
${gapList(data)}
</div>
${data.splits.map(splitSection).join("\n")}
</main>
<footer>${e(TERMS)}</footer>
</body>
</html>
`;
}

function header(data: InventoryJson): string {
  return `<header>
<p class="eyebrow">Inventory</p>
<h1>${e(data.dataset)}</h1>
<p class="sub">revision <code>${e(data.revision)}</code> · license ${e(data.license ?? "not stated")}</p>
</header>`;
}

function overview(data: InventoryJson): string {
  const sum = (of: (split: InventorySplit) => number) =>
    data.splits.reduce((total, split) => total + of(split), 0);
  const estimated = data.splits.some((split) => split.estimated);
  const rows = sum((split) => split.rows ?? split.sample_rows);
  const files = new Map(data.splits.flatMap((split) => split.files.map((file) => [file.name, file.bytes])));
  const size = [...files.values()].reduce((total, bytes) => total + bytes, 0);
  const correct = sum((split) => split.coverage.correctness_metadata.rows);
  const tiles: [string, string, string][] = [
    [
      `${estimated ? "~" : ""}${whole(rows)}`,
      "rows",
      estimated ? "estimated from a sample" : "counted one by one",
    ],
    [
      whole(data.splits.length),
      data.splits.length === 1 ? "split" : "splits",
      files.size === 1 ? "1 file" : `${whole(files.size)} files`,
    ],
    [bytesText(size), "stored", "sha256 of each file below"],
    [whole(sum((split) => split.unreadable.count)), "unreadable lines", "listed with line and byte"],
    [
      percent(
        correct,
        sum((split) => split.sample_rows),
      ),
      "with correctness",
      "numeric accuracy in an evaluation block",
    ],
  ];
  return `<section class="tiles">${tiles
    .map(
      ([value, label, note]) =>
        `<div class="tile"><b>${e(value)}</b><span>${e(label)}</span><i>${e(note)}</i></div>`,
    )
    .join("")}</section>`;
}

function gapList(data: InventoryJson): string {
  if (data.gaps.length === 0) return "";
  const items = data.gaps.map((gap) => `<li>${e(gap)}</li>`).join("");
  return `<section><h2>What is missing, and what that rules out</h2><ul class="gaps">${items}</ul></section>`;
}

/** Splits across, fields down; the darker, the more rows carry the field. */
function coverageMap(data: InventoryJson): string {
  const fields = [...new Set(data.splits.flatMap((split) => Object.keys(split.coverage.fields)))];
  const rows: [string, (split: InventorySplit) => number | null][] = [
    ["correctness metadata", (split) => split.coverage.correctness_metadata.rows],
    ["tools", (split) => split.coverage.tools?.rows ?? null],
    ...fields.map((field): [string, (split: InventorySplit) => number | null] => [
      field,
      (split) => split.coverage.fields[field]?.rows ?? null,
    ]),
  ];
  const cell = (count: number | null, split: InventorySplit) => {
    if (count === null || split.sample_rows === 0) return '<td class="none">–</td>';
    const share = count / split.sample_rows;
    const strength = count === 0 ? 0 : Math.max(8, Math.round(share * 100));
    const shade = `<td class="heat${strength > 55 ? " strong" : ""}" style="--s:${strength}%"`;
    return `${shade} title="${whole(count)} of ${whole(split.sample_rows)} rows">${e(percent(count, split.sample_rows))}</td>`;
  };
  const head = data.splits.map((split) => `<th scope="col">${e(splitLabel(split))}</th>`).join("");
  const body = rows
    .map(
      ([name, count]) =>
        `<tr><th scope="row">${e(name)}</th>${data.splits.map((split) => cell(count(split), split)).join("")}</tr>`,
    )
    .join("\n");
  return `<section><h2>Metadata coverage</h2>
<div class="scroll"><table class="coverage"><thead><tr><th></th>${head}</tr></thead><tbody>
${body}
</tbody></table></div></section>`;
}

function splitSection(split: InventorySplit): string {
  const { coverage } = split;
  const tokens = coverage.tokens;
  const domains = Object.entries(coverage.domains).sort((a, b) => b[1] - a[1]);
  const facts = [
    `<b>${e(rowsText(split))}</b> rows`,
    ...domains.map(([domain, count]) => `${e(domain)} ${e(percent(count, split.sample_rows))}`),
    ...(coverage.adapter
      ? [`read as <code>${e(coverage.adapter)}</code>${coverage.note ? ` (${e(coverage.note)})` : ""}`]
      : []),
  ];
  return `<section class="split" id="${e(encodeURIComponent(splitLabel(split)))}">
<h2>${e(splitLabel(split))}</h2>
<p class="sub">${facts.join(" · ")}</p>
${tokens ? renderTokenHistogram(tokens) : ""}
${columnTable(split)}
${mixedTypes(split)}
${unreadableLines(split)}
${fileTable(split)}
</section>`;
}

function columnTable(split: InventorySplit): string {
  if (split.columns.length === 0) return "<p>No columns: no readable row.</p>";
  const note = split.columns_left_out
    ? '<p class="note">More than 1,000 columns: those whose names sort first are shown.</p>'
    : "";
  return `<h3>Columns</h3><div class="scroll"><table class="columns">
<thead><tr><th>column</th><th>types</th><th class="n">null or absent</th><th class="n">distinct</th><th>range</th><th>examples</th></tr></thead>
<tbody>${split.columns.map((column) => columnRow(column)).join("\n")}</tbody></table></div>${note}`;
}

function columnRow(column: InventoryColumn): string {
  const chips = column.types
    .map(({ type, count, share }) => {
      const label = column.types.length > 1 ? ` ${percent(count, column.present)}` : "";
      return `<span class="chip t-${type}" title="${whole(count)} rows, share ${share.toFixed(4)}">${type}${e(label)}</span>`;
    })
    .join("");
  const nested = column.types.some(({ type, written }) => written !== type)
    ? `<details><summary>nested</summary><code>${e(column.type)}</code></details>`
    : "";
  const missing = column.null_count + column.absent;
  const rows = column.present + column.absent;
  const distinct = `${column.distinct.estimated ? "~" : ""}${whole(column.distinct.count)}`;
  const examples = column.examples
    .map(
      ({ text, length }) =>
        `<li>${e(text)}${text.length < length ? `<i>… ${whole(length)} characters</i>` : ""}</li>`,
    )
    .join("");
  return `<tr><th scope="row">${e(column.name)}</th><td><div class="chips">${chips}</div>${nested}</td>
<td class="n">${missing === 0 ? '<span class="dim">0</span>' : `${e(percent(missing, rows))}<small>${whole(missing)}</small>`}</td>
<td class="n">${e(distinct)}</td><td>${ranges(column)}</td><td><ul class="examples">${examples}</ul></td></tr>`;
}

function ranges(column: InventoryColumn): string {
  const lines: [string, InventoryColumn["numbers"]][] = [
    ["values", column.numbers],
    ["characters", column.string_length],
    ["items", column.list_length],
  ];
  return lines
    .filter(([, summary]) => summary !== null)
    .map(([unit, summary]) => {
      const { min, max, mean } = summary!;
      const range = min === max ? number(min) : `${number(min)} – ${number(max)}`;
      return `<div class="range"><b>${e(range)}</b> <small>${unit}${mean === null || min === max ? "" : `, mean ${e(number(mean))}`}</small></div>`;
    })
    .join("");
}

function mixedTypes(split: InventorySplit): string {
  const mixed = split.columns.filter((column) => column.mixed);
  if (mixed.length === 0) return "";
  const rows = mixed.flatMap((column) =>
    column.types.map(
      ({ type, written, count, example }, i) =>
        `<tr>${i === 0 ? `<th scope="row" rowspan="${column.types.length}">${e(column.name)}${changeNote(column)}</th>` : ""}` +
        `<td><span class="chip t-${type}">${type}</span>${written === type ? "" : `<details><summary>nested</summary><code>${e(written)}</code></details>`}</td>` +
        `<td class="n">${e(percent(count, column.present))}<small>${whole(count)}</small></td><td>${e(example.file)} row ${example.row}</td></tr>`,
    ),
  );
  return `<h3>Mixed types</h3><div class="scroll"><table><thead><tr><th>column</th><th>type</th><th class="n">share</th>
<th>first such row (0-based)</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function changeNote({ type_change }: InventoryColumn): string {
  if (!type_change) return "";
  const { from, to, at } = type_change;
  return `<small>changes from ${from} to ${to} at ${e(at.file)} row ${at.row}</small>`;
}

function unreadableLines({ unreadable }: InventorySplit): string {
  if (unreadable.count === 0) return "";
  const rows = unreadable.first.map(
    ({ file, row, offset, reason, detail }) =>
      `<tr><td>${e(file)}</td><td class="n">${row}</td><td class="n">${offset === null ? "–" : whole(offset)}</td>` +
      `<td><span class="chip bad">${e(reason)}</span></td><td>${e(detail)}</td></tr>`,
  );
  const more = unreadable.count - unreadable.first.length;
  return `<h3>Unreadable lines: ${whole(unreadable.count)}</h3><div class="scroll"><table><thead><tr><th>file</th>
<th class="n">row (0-based)</th><th class="n">byte offset</th><th>reason</th><th>detail</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>${more > 0 ? `<p class="note">${whole(more)} more are counted, not listed.</p>` : ""}`;
}

function fileTable({ files }: InventorySplit): string {
  const rows = files.map(
    ({ name, bytes, sha256 }) =>
      `<tr><td>${e(name)}</td><td class="n">${e(bytesText(bytes))}</td><td><code class="hash">${e(sha256)}</code></td></tr>`,
  );
  return `<details class="files"><summary>${files.length === 1 ? "1 file" : `${whole(files.length)} files`}</summary>
<div class="scroll"><table><thead><tr><th>file</th><th class="n">bytes</th><th>sha256</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div></details>`;
}

function number(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? whole(value) : String(value);
  if (Math.abs(value) >= 1000) return whole(value);
  return String(Number(value.toPrecision(4)));
}

function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
