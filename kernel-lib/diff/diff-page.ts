/** The report of a difference as one page: no script, no network, light and dark by the reader's setting. */
import { escapeHtml as e } from "../notebook/escape-html";
import type { DiffJson } from "./diff-json";

const STYLE = `
:root{--bg:#fbfbf9;--ink:#1d2126;--dim:#5d666e;--panel:#fff;--line:#e2e4e1;--accent:#1f6f8b}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--ink:#e6e8ea;--dim:#a2abb3;--panel:#1c2024;--line:#30363c;--accent:#63b6d1}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main,footer{max-width:1440px;margin:0 auto;padding:0 32px}
header{padding-top:32px}
.eyebrow{margin:0 0 2px;color:var(--accent);font-weight:600;letter-spacing:.08em;text-transform:uppercase;font-size:12px}
main{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:22px 28px;margin-top:10px}
@media (min-width:1440px){main{max-width:1376px}}
@media (max-width:1439px){main{margin-left:32px;margin-right:32px}}
code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
footer{color:var(--dim);font-size:13px;padding-top:14px;padding-bottom:40px;overflow-wrap:anywhere}
`;

/** The page around the difference's HTML. Deterministic: no dates. */
export function diffPage({ old, new: next }: DiffJson, body: string, command: string | null): string {
  const made =
    command === null
      ? `made by <code>diff(&quot;${e(old.ref)}&quot;, &quot;${e(next.ref)}&quot;, …)</code> in a cell`
      : `made by <code>${e(command)}</code>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${e(old.ref)} → ${e(next.ref)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><p class="eyebrow">Difference of two versions</p></header>
<main>
${body}
</main>
<footer>${made}<br>old: ${e(old.ref)}, checksums ${e(old.digest.slice(0, 12))} · new: ${e(next.ref)}, checksums ${e(next.digest.slice(0, 12))}</footer>
</body>
</html>
`;
}
