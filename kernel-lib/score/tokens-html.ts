/** Tokens as HTML: learned ones colored by their NLL, the rest dim; static, escaped, for light and dark pages. */
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { plainText } from "../notebook/plain-text";
import { cell, MUTED, number, table, heading as title } from "../notebook/table-html";

export interface ShownToken {
  readonly text: string;
  readonly id: number | null;
  readonly start: number;
  readonly end: number;
  readonly learned: boolean;
  readonly cut: boolean;
  readonly nll: number | null;
}

interface TokensHtml {
  readonly heading: readonly string[];
  readonly tokens: readonly ShownToken[];
  readonly shown: number;
  readonly surprising: readonly ShownToken[];
}

/** Nats from which a step of the scale begins, and how much of the color it takes. */
const STEPS = [
  [0, 0.07],
  [0.5, 0.18],
  [1, 0.32],
  [2, 0.48],
  [4, 0.64],
  [8, 0.82],
] as const;
const LEARNED = "border-bottom:2px solid rgba(0,114,178,.75)";

export function tokensHtml({ heading, tokens, shown, surprising }: TokensHtml): string {
  const spans = together(tokens.slice(0, shown)).map(tokenHtml).join("");
  const left = tokens.length - shown;
  const more =
    left > 0 ? `<div style="${MUTED}">… ${left.toLocaleString("en-US")} more are not shown</div>` : "";
  const hasNll = tokens.some(({ nll }) => nll !== null);
  return datasetHtml(
    `<div class="corpuslab-tokens" style="text-align:left;line-height:1.45;max-width:96em">` +
      `<div><b>${escapeHtml(heading[0] ?? "")}</b>${heading
        .slice(1)
        .map((part) => ` · ${escapeHtml(part)}`)
        .join("")}</div>` +
      legend(hasNll) +
      `<div dir="ltr" style="margin:8px 0;padding:8px 10px;border:1px solid rgba(128,128,128,.3);border-radius:4px;max-height:42em;overflow:auto;` +
      `font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:.95em;line-height:1.85;white-space:pre-wrap;overflow-wrap:anywhere">${spans}</div>` +
      `${more}${hasNll ? surprisingHtml(surprising, tokens) : ""}</div>`,
  );
}

/** Tokens that share characters stand as one: their bytes are no text. */
function together(tokens: readonly ShownToken[]): ShownToken[][] {
  const groups: ShownToken[][] = [];
  for (const token of tokens) {
    const last = groups.at(-1)?.at(-1);
    if (last && token.start < last.end && token.end > token.start) groups.at(-1)!.push(token);
    else groups.push([token]);
  }
  return groups;
}

function tokenHtml(group: readonly ShownToken[]): string {
  const [first] = group as [ShownToken];
  const text = visible(first.text);
  if (text === "") return "";
  const learned = group.some((token) => token.learned);
  if (!learned) {
    const cut = first.cut ? ";text-decoration:line-through" : "";
    return `<span style="opacity:.55${cut}">${text}</span>`;
  }
  const nll = group.some((token) => token.nll !== null)
    ? Math.max(...group.map((token) => token.nll ?? 0))
    : null;
  const background = nll === null ? "background:rgba(0,114,178,.12)" : color(nll);
  const edge = first.id === null ? "" : ";box-shadow:inset 1px 0 rgba(128,128,128,.45)";
  return `<span title="${escapeHtml(group.map(tooltip).join("\n"))}" style="${background};${LEARNED}${edge}">${text}</span>`;
}

function tooltip({ text, id, nll }: ShownToken): string {
  const name = JSON.stringify(plainText(text, { lines: true }));
  if (nll === null) return id === null ? "learned" : `${name} · id ${id}`;
  return `${name} · id ${id} · ${nll.toFixed(3)} nats · p = ${Math.exp(-nll).toPrecision(3)}`;
}

/** Escaped, with marks where a line ends or a tab stands, since they are tokens too. */
function visible(text: string): string {
  return escapeHtml(plainText(text, { lines: true }))
    .replaceAll("\t", '<span style="opacity:.5">→</span>\t')
    .replaceAll("\n", '<span style="opacity:.5">↵</span>\n');
}

function color(nll: number): string {
  const [, alpha] = STEPS.findLast(([from]) => nll >= from) ?? STEPS[0];
  return `background:rgba(213,94,0,${alpha})`;
}

function legend(hasNll: boolean): string {
  const chip = (style: string, words: string) =>
    `<span style="white-space:nowrap;margin-right:14px"><span style="display:inline-block;padding:0 .5em;${style}">a</span> ${words}</span>`;
  const steps = STEPS.map(([from], i) => {
    const to = STEPS[i + 1]?.[0];
    return chip(`${color(from)};${LEARNED}`, to === undefined ? `${from} and more` : `${from}–${to}`);
  });
  const learned = hasNll
    ? `<span style="margin-right:8px">NLL in nats:</span>${steps.join("")}`
    : chip(`background:rgba(0,114,178,.12);${LEARNED}`, "learned");
  return `<div style="font-size:.92em;margin-top:4px">${learned}${chip("opacity:.55", "not learned")}</div>`;
}

/** The most surprising tokens, each with what stands before it. */
function surprisingHtml(surprising: readonly ShownToken[], tokens: readonly ShownToken[]): string {
  const lines = surprising.map((token) => {
    const at = tokens.indexOf(token);
    const before = together(tokens.slice(Math.max(0, at - 12), at))
      .map(([first]) => first!)
      .filter(({ end }) => end <= token.start)
      .map(({ text }) => text)
      .join("");
    return [
      number(token.nll!.toFixed(2)),
      number(escapeHtml(Math.exp(-token.nll!).toPrecision(2))),
      cell(
        `<code style="white-space:pre-wrap"><span style="opacity:.6">${escapeHtml(plainText(before))}</span><b style="${color(token.nll!)}">${escapeHtml(plainText(token.text))}</b></code>`,
      ),
    ];
  });
  return `<details><summary style="cursor:pointer">${title("The most surprising tokens").replace("margin:16px 0 4px", "display:inline-block;margin:0")}</summary>${table(["nats", "p", "after what"], lines)}</details>`;
}
