/** The frame of this room's pages: no script, no network, light and dark by the reader's setting. */
import { escapeHtml } from "../notebook/escape-html";

const STYLE = `
:root{--bg:#fbfbf9;--panel:#fff;--ink:#1d2126;--dim:#5c666f;--line:#e2e4e1;--accent:#1f6f8b}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--panel:#1c2024;--ink:#e6e8ea;--dim:#98a2ab;--line:#30363c;--accent:#63b6d1}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main{max-width:1100px;margin:0 auto;padding:24px 32px}
h1{margin:0;font-size:26px;overflow-wrap:anywhere}h2{margin:0 0 4px;font-size:18px}h3{margin:16px 0 6px;font-size:14px}
p{margin:4px 0;color:var(--dim)}
section{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:18px 22px;margin:18px 0}
table{border-collapse:collapse;width:100%;font-size:14px;margin:6px 0}
th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{display:block;height:8px;border-radius:4px;background:var(--accent);min-width:1px}
td.w{width:30%}
.row{border-top:1px solid var(--line);padding:8px 0;overflow-wrap:anywhere}
.row code{font-size:12px;color:var(--dim)}
.row pre{margin:4px 0 0;white-space:pre-wrap;font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
.chart{background:#fff;border-radius:8px;max-width:860px;margin-top:8px}
.chart svg{display:block;width:100%;height:auto}
`;

/** A whole page; `body` is HTML. */
export function pageOf({
  title,
  about,
  body,
}: {
  readonly title: string;
  readonly about: string;
  readonly body: string;
}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p>${escapeHtml(about)}</p></header>
<main>
${body}
</main>
</body>
</html>
`;
}
