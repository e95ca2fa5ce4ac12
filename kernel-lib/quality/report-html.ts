/** quality.html: one page without script and network, light and dark by the reader's setting. */

import { escapeHtml as e } from "../notebook/escape-html";
import { cutText, plainText } from "../notebook/plain-text";
import type { Message } from "../row";
import { type Diversity, diversityHtml } from "./diversity";
import type { Verdict } from "./verdicts";

export interface ReportRow {
  readonly key: string;
  readonly value: number | null;
  /** JSON of the messages, or the text. */
  readonly said: string;
}

export interface VerdictReport {
  readonly verdict: Verdict;
  readonly caught: number;
  readonly byDataset: readonly { readonly dataset: string; readonly rows: number; readonly caught: number }[];
  readonly svg: string | null;
  readonly caughtRows: readonly ReportRow[];
  readonly sparedRows: readonly ReportRow[];
}

const STYLE = `
:root{--bg:#fbfbf9;--panel:#fff;--ink:#1d2126;--dim:#5c666f;--line:#e2e4e1;--accent:#1f6f8b;--bad:#b4532a}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--panel:#1c2024;--ink:#e6e8ea;--dim:#98a2ab;--line:#30363c;--accent:#63b6d1;--bad:#eb9a6c}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main{max-width:1400px;margin:0 auto;padding:24px 32px}
h1{margin:0;font-size:26px;overflow-wrap:anywhere}h2{margin:0 0 4px;font-size:18px}h3{margin:16px 0 6px;font-size:14px}
p{margin:4px 0;color:var(--dim)}
section{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:18px 22px;margin:18px 0}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{display:block;height:8px;border-radius:4px;background:var(--accent);min-width:2px}
td.w{width:30%}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:24px}
@media (max-width:900px){.pair{grid-template-columns:1fr}}
.row{border-top:1px solid var(--line);padding:8px 0;overflow-wrap:anywhere}
.row code{font-size:12px;color:var(--dim)}
.row pre{margin:4px 0 0;white-space:pre-wrap;font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
.chart{background:#fff;border-radius:8px;max-width:760px;margin-top:8px}
.chart svg{display:block;width:100%;height:auto}
.wide{overflow-x:auto}
a{color:var(--accent)}
`;

/** The page. Deterministic: no dates. */
export function renderQuality({
  title,
  total,
  reports,
  diversity,
}: {
  readonly title: string;
  readonly total: number;
  readonly reports: readonly VerdictReport[];
  readonly diversity: Diversity | null;
}): string {
  const overview = reports
    .map(({ verdict, caught }, i) => {
      const name = `<td>${e(verdict.flag)}</td><td><a href="#v${i}">${e(verdict.name)}</a></td>`;
      if (verdict.caught === null) return `<tr>${name}<td class="n" colspan="2">a measure</td><td></td></tr>`;
      const share = total === 0 ? 0 : caught / total;
      return `<tr>${name}<td class="n">${whole(caught)}</td><td class="n">${percent(share)}</td><td class="w">${bar(share)}</td></tr>`;
    })
    .join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Quality of ${e(plainText(title))}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Quality of ${e(plainText(title))}</h1><p>${whole(total)} rows. Flags drop nothing: each line says how many rows it would catch.</p></header>
<main>
<section><h2>What the flags catch</h2>
<table><thead><tr><th>flag</th><th>caught</th><th class="n">rows</th><th class="n">share</th><th></th></tr></thead><tbody>
${overview}
</tbody></table></section>
${diversity ? diversitySection(diversity) : ""}
${reports.map((report, i) => section(report, i, total)).join("\n")}
</main>
</body>
</html>
`;
}

function section(
  { verdict, caught, byDataset, svg, caughtRows, sparedRows }: VerdictReport,
  i: number,
  total: number,
): string {
  const { measure } = verdict;
  const most = Math.max(...byDataset.map(({ rows, caught: n }) => (rows === 0 ? 0 : n / rows)), 1e-9);
  const datasets = [...byDataset]
    .sort(
      (a, b) =>
        b.caught / Math.max(1, b.rows) - a.caught / Math.max(1, a.rows) || (a.dataset < b.dataset ? -1 : 1),
    )
    .map(({ dataset, rows, caught: n }) => {
      const share = rows === 0 ? 0 : n / rows;
      return `<tr><td>${e(plainText(dataset))}</td><td class="n">${whole(n)} of ${whole(rows)}</td><td class="n">${percent(share)}</td><td class="w">${bar(share / most)}</td></tr>`;
    })
    .join("");
  const isMeasure = verdict.caught === null;
  const near =
    measure && measure.threshold !== null
      ? `nearest to ${measure.name} = ${Number(measure.threshold.toPrecision(6))}`
      : "drawn by hash of the key: this verdict has no more or less";
  const [left, right] = isMeasure ? ["Lowest", "Highest"] : [`Caught, ${near}`, `Spared, ${near}`];
  const share = percent(total === 0 ? 0 : caught / total);
  const said = isMeasure
    ? "A measure: nothing is caught by it."
    : `${whole(caught)} of ${whole(total)} rows (${share}).`;
  return `<section id="v${i}"><h2>${e(verdict.flag)}: ${e(verdict.name)}</h2>
<p>${said}${verdict.assumed && measure ? " The table does not say with which parameters the flag was computed: the threshold is its default." : ""}</p>
${byDataset.length > 1 && !isMeasure ? `<table><tbody>${datasets}</tbody></table>` : ""}
${svg ? `<div class="chart">${svg}</div>` : ""}
<div class="pair"><div><h3>${e(left!)}</h3>${list(caughtRows)}</div><div><h3>${e(right!)}</h3>${list(sparedRows)}</div></div>
</section>`;
}

function diversitySection(found: Diversity): string {
  return `<section id="diversity"><h2>How varied the words are</h2>
<p>Words that the assistant wrote, code left out. The type-token ratio falls as a text grows, since words come again; over windows of equal length it compares splits of any size.</p>
<div class="wide">${diversityHtml(found)}</div></section>`;
}

function list(rows: readonly ReportRow[]): string {
  if (rows.length === 0) return "<p>none</p>";
  return rows
    .map(
      ({ key, value, said }) =>
        `<div class="row"><code>${e(plainText(key))}${value === null ? "" : ` · ${Number(value.toPrecision(4))}`}</code><pre>${e(excerpt(said))}</pre></div>`,
    )
    .join("");
}

/** The end of what was asked and the beginning and end of what was answered. */
function excerpt(said: string): string {
  let messages: Message[] | null = null;
  try {
    const parsed: unknown = JSON.parse(said);
    if (Array.isArray(parsed)) messages = parsed as Message[];
  } catch {
    // a text without messages
  }
  if (!messages) return clean(said, 400);
  const answer = messages.findLast(({ role }) => role === "assistant");
  const prompt = messages.findLast(({ role }) => role === "user");
  const parts = [
    prompt?.content ? `user: ${clean(prompt.content, 200)}` : "",
    `assistant: ${ends(answer?.content ?? "")}`,
  ];
  return parts.filter(Boolean).join("\n");
}

function ends(text: string): string {
  return text.length <= 420
    ? clean(text, 420)
    : `${clean(text.slice(0, 260), 260)}\n⋯\n${clean(text.slice(-140), 140)}`;
}

function clean(text: string, length: number): string {
  return cutText(plainText(text, { lines: true }), length);
}

function bar(share: number): string {
  return share === 0 ? "" : `<span class="bar" style="width:${(100 * share).toFixed(2)}%"></span>`;
}

function whole(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`;
}
