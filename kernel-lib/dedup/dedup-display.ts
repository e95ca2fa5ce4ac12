/** The report of dedup as text and HTML; everything from a dataset is escaped. */
import { counted, percent, thousands } from "../notebook/counts";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { head, plainText } from "../notebook/plain-text";
import type { Figure } from "../plot/figure";
import { matrixFigure, sizesFigure, thresholdsFigure } from "./dedup-figures";
import type { Duplicate, Found } from "./found";
import { shareFound } from "./lsh-theory";
import type { DedupSettings } from "./settings";
import { NO_TEXT } from "./sign-module";
import type { TokenSavings } from "./token-savings";

type Bundle = { "text/plain": string; "text/html": string };

/** What is shown of a result. */
export interface ShownDedup {
  readonly settings: DedupSettings;
  readonly tokens: TokenSavings;
  readonly found: Found;
  readonly rows: number;
  readonly kept: number;
  readonly duplicates: readonly Duplicate[];
  readonly clusterSizes: readonly { readonly size: number; readonly clusters: number }[];
  readonly recallExpected: readonly { readonly jaccard: number; readonly found: number }[];
}

/** A part of the report: a heading, and lines of cells of which the first line is the head. */
interface Part {
  readonly title: string;
  readonly lines: readonly (readonly string[])[];
}

const EXCERPT = 100;

export function dedupBundle(result: ShownDedup): Bundle {
  const title = headline(result);
  const notes = remarks(result);
  const parts = [matrix(result), sizes(result), thresholds(result), recall(result), examples(result)].filter(
    ({ lines }) => lines.length > 1,
  );
  return {
    "text/plain": [title, ...notes, ...parts.map(textOf)].join("\n"),
    "text/html": datasetHtml(
      `<div style="text-align:left"><div><b>${escapeHtml(title)}</b></div>` +
        notes.map((note) => `<div style="opacity:.72">${escapeHtml(note)}</div>`).join("") +
        pictures(result) +
        parts.map(htmlOf).join("") +
        "</div>",
    ),
  };
}

/** The figures as pictures that stay in a saved notebook; on white, whatever the page. */
function pictures(result: ShownDedup): string {
  if (result.duplicates.length === 0) return "";
  const figures = [
    ...(result.found.names.length > 1 ? [matrixFigure(result)] : []),
    sizesFigure(result),
    ...(result.settings.near && result.found.whatIf.length > 0 ? [thresholdsFigure(result)] : []),
  ];
  const image = (figure: Figure) =>
    `<img alt="${escapeHtml(figure.toString())}" style="width:100%;max-width:560px;border-radius:6px" src="data:image/svg+xml;base64,${Buffer.from(figure.svg).toString("base64")}">`;
  return `<div style="display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr));gap:12px;margin-top:.8em;align-items:start">${figures.map(image).join("")}</div>`;
}

function headline({ rows, kept, duplicates, settings, found, tokens }: ShownDedup): string {
  const exact = duplicates.filter(({ kind }) => kind !== "near").length;
  const near = settings.near ? ` + ${thousands(duplicates.length - exact)} near` : "";
  return `${thousands(kept)} of ${counted(rows, "row")} kept: ${thousands(exact)} exact${near} duplicates (${percent(duplicates.length, rows)} of rows, ${percent(found.bytes.dropped, found.bytes.all)} of bytes); ${tokensText(tokens)}`;
}

function tokensText({ dropped, all, by }: TokenSavings): string {
  const how =
    by === "body_tokens"
      ? "counted by tokens.v1"
      : by === "stats_approx_tokens"
        ? "estimated by stats_approx_tokens"
        : "estimated by the bytes of the lines";
  return `${by === "body_tokens" ? "" : "≈ "}${thousands(dropped)} of ${thousands(all)} tokens saved (${how})`;
}

function remarks({ settings, found, duplicates }: ShownDedup): string[] {
  const { view, system, ngram, bands, rowsPerBand, hashes, threshold, fields } = settings;
  const what =
    view === "text" ? "the text as it stands" : `message bodies (${view}${system ? ", system too" : ""})`;
  const none = NO_TEXT.map((why, i) =>
    i > 0 && found.withoutText[i]! > 0 ? `${thousands(found.withoutText[i]!)} ${why}` : "",
  );
  const without = none.filter(Boolean).join(", ");
  return [
    settings.near
      ? `Jaccard ≥ ${threshold} over ${ngram}-grams of words of ${what}, ${bands}×${rowsPerBand} of ${hashes} values; verified exactly`
      : fields === undefined
        ? `equal ${what}`
        : equalFields(fields, duplicates),
    without === "" ? "" : `rows without text, which are nobody's duplicates: ${without}`,
    found.short > 0
      ? `${counted(found.short, "row")} of fewer than ${ngram} words: compared by all their words`
      : "",
    found.crowdRows > 0
      ? `${counted(found.crowdRows, "row")} of crowded buckets compared by their rarest shingles`
      : "",
  ].filter(Boolean);
}

/** `equal problem: 12 rows, prompt: 3 rows`: each row by the first field that it shares with a kept row. */
function equalFields(fields: readonly string[], duplicates: readonly Duplicate[]): string {
  const rows = (field: string) => duplicates.filter(({ kind }) => kind === `exact:${field}`).length;
  return `equal ${fields.map((field) => `${plainText(field)}: ${counted(rows(field), "row")}`).join(", ")}`;
}

function matrix({ found: { names, matrix: counts, rowsOf } }: ShownDedup): Part {
  const short = names.map((name) => plainText(ending(name, 40)));
  return {
    title: "Rows of a table (down) that repeat a kept row of a table (across)",
    lines: [
      ["", ...short, "rows"],
      ...counts.map((line, i) => [short[i]!, ...line.map(thousands), thousands(rowsOf[i]!)]),
    ],
  };
}

/** The last `most` characters: of a path they say more than the first. */
function ending(text: string, most: number): string {
  const points = [...text];
  return points.length > most ? `…${points.slice(1 - most).join("")}` : text;
}

const SIZES_SHOWN = 8;

function sizes({ clusterSizes }: ShownDedup): Part {
  const shown = clusterSizes.slice(0, SIZES_SHOWN);
  const rest = clusterSizes.slice(SIZES_SHOWN);
  const restClusters = rest.reduce((sum, { clusters }) => sum + clusters, 0);
  return {
    title: "Clusters by size, the kept row included",
    lines: [
      ["size", "clusters"],
      ...shown.map(({ size, clusters }) => [thousands(size), thousands(clusters)]),
      ...(rest.length > 0
        ? [[`${thousands(rest[0]!.size)} to ${thousands(rest.at(-1)!.size)}`, thousands(restClusters)]]
        : []),
    ],
  };
}

function thresholds({ duplicates, settings, found: { whatIf } }: ShownDedup): Part {
  const lines = [
    { threshold: settings.threshold, duplicates: duplicates.length, lowerBound: false, now: true },
    ...whatIf.map((line) => ({ ...line, now: false })),
  ].sort((a, b) => a.threshold - b.threshold);
  return {
    title: "What another threshold would drop",
    lines:
      whatIf.length === 0
        ? []
        : [
            ["threshold", "duplicates", ""],
            ...lines.map((line) => [
              String(line.threshold),
              `${line.lowerBound ? "at least " : ""}${thousands(line.duplicates)}`,
              line.now ? "this run" : line.lowerBound ? lowerBoundNote(settings, line.threshold) : "exact",
            ]),
          ],
  };
}

function lowerBoundNote({ bands, rowsPerBand }: DedupSettings, threshold: number): string {
  return `of pairs at ${threshold} the bands find ${percent(shareFound(threshold, bands, rowsPerBand), 1)}`;
}

function recall({ recallExpected, settings }: ShownDedup): Part {
  return {
    title: "Pairs that the bands find, in theory",
    lines: settings.near
      ? [
          ["Jaccard", ...recallExpected.map(({ jaccard }) => String(jaccard))],
          [
            "found",
            ...recallExpected.map(({ found }) =>
              found > 0.9999 ? "> 99.99 %" : `${(found * 100).toFixed(found > 0.99 ? 2 : 1)} %`,
            ),
          ],
        ]
      : [],
  };
}

function examples({ found }: ShownDedup): Part {
  const excerpt = (line: string) => {
    const text = plainText(head(line, 1200).replace(/<\|[a-z]+\|>/g, " "))
      .replace(/\s+/g, " ")
      .trim();
    return text.length > EXCERPT ? `${head(text, EXCERPT)}…` : text;
  };
  return {
    title: "The largest clusters, with their least similar rows",
    lines: [
      ["rows", "row", "similarity", "begins"],
      ...found.examples.flatMap(({ kept, rows, dropped }) => [
        [thousands(rows), plainText(kept.key), "kept", excerpt(kept.line)],
        ...dropped.map((row) => ["", plainText(row.key), row.similarity.toFixed(3), excerpt(row.line)]),
      ]),
    ],
  };
}

function textOf({ title, lines }: Part): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const row = (line: readonly string[]) =>
    `  ${line.map((cell, i) => (i === line.length - 1 ? cell : cell.padEnd(widths[i]!))).join("  ")}`.trimEnd();
  return [`\n${title}`, ...lines.map(row)].join("\n");
}

function htmlOf({ title, lines }: Part): string {
  const cell = (tag: string, text: string) =>
    `<${tag} dir="auto" style="text-align:left;vertical-align:top;overflow-wrap:anywhere;white-space:normal;max-width:36em">${escapeHtml(text)}</${tag}>`;
  const [first, ...rest] = lines;
  const row = (tag: string, line: readonly string[]) =>
    `<tr>${line.map((text) => cell(tag, text)).join("")}</tr>`;
  return (
    `<div style="margin-top:.8em"><b>${escapeHtml(title)}</b></div>` +
    `<table><thead>${row("th", first!)}</thead><tbody>${rest.map((line) => row("td", line)).join("")}</tbody></table>`
  );
}
