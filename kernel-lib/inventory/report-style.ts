/** Style sheet of the report. Colors are variables, set once for light and once for dark. */
export const REPORT_STYLE = `
:root{--bg:#fbfbf9;--panel:#fff;--ink:#1d2126;--dim:#667079;--line:#e2e4e1;--accent:#1f6f8b;--accent2:#b4532a;--heat:31,111,139;--bad:#b3261e;--warm:#fff6ec}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--panel:#1c2024;--ink:#e6e8ea;--dim:#98a2ab;--line:#30363c;--accent:#63b6d1;--accent2:#eb9a6c;--heat:99,182,209;--bad:#ff8f85;--warm:#2a231b}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main,footer{max-width:1560px;margin:0 auto;padding:0 32px}
header{padding-top:36px}
.eyebrow{margin:0;color:var(--accent);font-weight:600;letter-spacing:.08em;text-transform:uppercase;font-size:12px}
h1{margin:2px 0 4px;font-size:30px;line-height:1.2;overflow-wrap:anywhere}
h2{margin:0 0 8px;font-size:20px}
h3{margin:24px 0 8px;font-size:15px}
.sub{margin:0 0 12px;color:var(--dim)}
section{margin:28px 0}
section.split{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:22px 24px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:14px}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:14px 18px;display:flex;flex-direction:column}
.tile b{font-size:26px;line-height:1.2;font-variant-numeric:tabular-nums}
.tile span{font-weight:600}
.tile i{font-style:normal;color:var(--dim);font-size:13px}
.gaps{margin:0;padding:12px 18px 12px 36px;background:var(--warm);border:1px solid var(--line);border-radius:12px}
.gaps li{margin:3px 0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:7px 12px;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--dim);font-weight:600;font-size:13px;white-space:nowrap}
tbody th{font-weight:600;overflow-wrap:break-word;max-width:260px}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
small{display:block;color:var(--dim);font-size:12px;font-weight:400}
.range small{display:inline}
.range{min-width:120px}
.range b{font-weight:400;white-space:nowrap}
.dim{color:var(--dim)}
table.coverage{width:auto;border-collapse:separate;border-spacing:3px}
table.coverage th,table.coverage td{border:0;padding:4px 12px}
table.coverage tbody th{font:500 13px/1.6 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;white-space:nowrap}
table.coverage thead th{text-align:center}
table.coverage tbody th{max-width:none}
table.coverage td{min-width:92px;text-align:center;border-radius:6px;font-variant-numeric:tabular-nums}
td.heat{background:color-mix(in srgb,rgb(var(--heat)) var(--s),var(--panel))}
td.heat.strong{color:var(--bg);font-weight:600}
td.none{color:var(--dim)}
.chips{display:flex;flex-wrap:wrap;gap:4px}
.chip{display:inline-block;border-radius:999px;padding:0 9px;font-size:12.5px;line-height:21px;border:1px solid var(--line);background:var(--bg);white-space:nowrap}
.chip.t-string{border-color:var(--accent)}
.chip.t-list,.chip.t-dict{border-color:var(--accent2)}
.chip.t-null{color:var(--dim);border-style:dashed}
.chip.bad{color:var(--bad);border-color:var(--bad)}
code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
code.hash{white-space:nowrap;font-size:12px}
details code{display:block;margin-top:6px;padding:8px 10px;border:1px solid var(--line);border-radius:8px;background:var(--bg);max-height:280px;overflow:auto}
details{margin-top:4px}
summary{cursor:pointer;color:var(--dim);font-size:13px}
details.files{margin-top:20px}
table.columns td:nth-child(2){min-width:150px;max-width:380px}
table.columns td:last-child{min-width:260px}
table.columns tbody th{max-width:200px}
ul.examples{margin:0;padding:0;list-style:none}
ul.examples li{overflow-wrap:anywhere;white-space:pre-wrap;border-left:2px solid var(--line);padding-left:8px;margin-bottom:4px;font-size:13px;line-height:1.4}
ul.examples i{color:var(--dim)}
.tokens{margin:14px 0 0;max-width:720px}
.tokens figcaption{font-size:14px;margin-bottom:6px}
.tokens svg{width:100%;height:auto;display:block}
.tokens rect{fill:var(--accent);opacity:.55}
.tokens line{stroke-width:2}
.tokens line.axis{stroke:var(--line);stroke-width:1}
.tokens line.median{stroke:var(--ink)}
.tokens line.p95{stroke:var(--accent2)}
.tokens text{fill:var(--dim);font-size:12px}
.key{margin-left:12px;border-left:3px solid;padding-left:6px}
.key.median{border-color:var(--ink)}
.key.p95{border-color:var(--accent2)}
.note{color:var(--dim);font-size:13px}
footer{color:var(--dim);font-size:13px;padding-bottom:40px}
@media (min-width:1200px){.pair{display:grid;grid-template-columns:auto minmax(360px,1fr);gap:40px;align-items:start}.pair section{margin:0}}
@media print{section.split{break-inside:avoid-page}}
`;
