/** dedup.html: the report as one page without script and network, light and dark by the reader's setting. */

const STYLE = `
:root{--bg:#fbfbf9;--ink:#1d2126;--line:#d9dbd8}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--ink:#e6e8ea;--line:#30363c}}
body{margin:0 auto;max-width:1400px;padding:24px 32px;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
table{border-collapse:collapse;font-size:14px}
th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--line)}
`;

/** The page around what a cell shows. Deterministic: no dates. */
export function dedupPage(html: string): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Duplicates</title>' +
    '<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; img-src data:">' +
    `<style>${STYLE}</style></head><body>${html}</body></html>\n`
  );
}
