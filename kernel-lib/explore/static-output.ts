/**
 * What an explorer leaves in a notebook: one sandboxed frame that counts without a kernel, and, for notebooks that are not
 * trusted, a picture and a table. The frame holds its own script and may load nothing.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import type { MimeBundle } from "../notebook/display";
import { escapeHtml } from "../notebook/escape-html";
import { Cube, snap, snapMoves } from "./cube";
import { compact, count, groupName, line, percent, range } from "./format";
import { FRAME_ATTRIBUTE } from "./page/frame";
import { pictureOf } from "./picture";
import { boundsOf } from "./policy";
import type { Sketch, Totals } from "./protocol";

/** The module for `openWidget`: hands messages between the explorer's frame and the kernel. State: `{ explorer: sketch.id }`. */
export function bridgeModule(): string {
  return built("bridge.js");
}

/** The explorer as an output that works without a kernel: HTML, a picture and text. */
export function staticBundle(sketch: Sketch): MimeBundle {
  const picture = pictureOf(sketch);
  return {
    "text/html": datasetHtml(frame(sketch) + fallback(sketch, picture)),
    "image/svg+xml": picture,
    "text/plain": plainText(sketch),
  };
}

function frame(sketch: Sketch): string {
  const css = built("style.css");
  const script = built("page.js"); // esbuild leaves no "</script" in it
  const data = JSON.stringify(sketch).replaceAll("<", "\\u003c");
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:`;
  const page =
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<title>threshold explorer</title><style>${css}</style></head><body>` +
    `<script type="application/json" id="sketch">${data}</script><script>${script}</script></body></html>`;
  const [narrow, wide] = [heightOf(sketch, 1), heightOf(sketch, 2)];
  const name = `corpuslab-${sketch.id.replace(/[^\w-]/g, "")}`;
  // the sanitizer of an untrusted notebook takes the style and the frame away, and so uncovers what stands below
  const style =
    `.${name}{container-type:inline-size}.${name} iframe{display:block;width:100%;border:0;height:${narrow}px}` +
    `@container (min-width:760px){.${name} iframe{height:${wide}px}}.${name}-untrusted{display:none}`;
  return (
    `<style>${style}</style><div class="${name}"><iframe sandbox="allow-scripts" title="threshold explorer: ${escapeHtml(line(sketch.origin))}" ` +
    `${FRAME_ATTRIBUTE}="${escapeHtml(sketch.id)}" srcdoc="${escapeHtml(page)}"></iframe></div>`
  );
}

/** How high the page is, from what is in it: a frame cannot tell the page around it where no kernel runs. */
function heightOf({ columns, by, groupTotals }: Sketch, abreast: 1 | 2): number {
  const panels = Math.ceil(columns.length / abreast) * 326;
  const table = 30 + 25 * (by === null ? 1 : groupTotals.length + 1);
  const [summary, policy] = abreast === 2 ? [52, 128] : [104, 266];
  return summary + panels + table + policy + 76;
}

function fallback(sketch: Sketch, picture: string): string {
  const { groups, others, by, groupTotals, total } = sketch;
  const { kept, groups: keptGroups } = new Cube(sketch).count(sketch.selection) ?? { kept: null, groups: [] };
  const name = `corpuslab-${sketch.id.replace(/[^\w-]/g, "")}`;
  const row = (label: string, before: Totals, after: Totals | null | undefined) =>
    `<tr><td>${escapeHtml(label)}</td><td>${count(before.rows)}</td><td>${after ? count(after.rows) : "–"}</td>` +
    `<td>${after ? percent(after.rows, before.rows) : "–"}</td>` +
    `${before.tokens === null ? "" : `<td>${compact(before.tokens)}</td><td>${after ? compact(after.tokens ?? 0) : "–"}</td>`}</tr>`;
  const lines =
    by === null
      ? []
      : groupTotals.map((before, g) => {
          const label = g < groups.length ? groupName(groups[g]!).text : `${others} others`;
          return row(label, before, keptGroups[g]);
        });
  const tokens = total.tokens === null ? "" : "<th>tokens</th><th>kept</th>";
  return (
    `<div class="${name}-untrusted"><img alt="${escapeHtml(plainText(sketch))}" src="data:image/svg+xml;base64,${Buffer.from(picture).toString("base64")}">` +
    `<table><thead><tr><th>${escapeHtml(by === null ? "" : line(by))}</th><th>rows</th><th>kept</th><th>share</th>${tokens}</tr></thead>` +
    `<tbody>${lines.join("")}${row("all", total, kept)}</tbody></table>` +
    "<p>This is a picture: the notebook is not trusted, so its handles cannot be dragged. To trust it, run “Trust Notebook” " +
    "from JupyterLab’s command palette (Ctrl+Shift+C), or <code>jupyter trust</code> on its file.</p></div>"
  );
}

function plainText(sketch: Sketch): string {
  const { origin, columns, total, selection } = sketch;
  const kept = new Cube(sketch).count(sketch.selection)?.kept ?? null;
  const share = kept
    ? `${count(kept.rows)} of ${count(total.rows)} rows kept (${percent(kept.rows, total.rows)})`
    : `${count(total.rows)} rows`;
  const moved = columns.flatMap((column) => {
    const bounds = boundsOf(selection, column.name);
    if (kept === null || !snapMoves(column, bounds)) return [];
    return ` · ${line(column.name)} counted ${range(snap(column, bounds))}, the bin edges nearest to: ${range(bounds)}`;
  });
  return `explorer of ${columns.map(({ name }) => line(name)).join(", ")} · ${line(origin)} · ${share}${moved.join("")}`;
}

const texts = new Map<string, string>();

/** A part of the page as the build wrote it. */
function built(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const places = [join(__dirname, "page", name), join(__dirname, "..", "dist", "explore", "page", name)];
  // beside the sources, style.css is there too, but not as the build writes it
  const path = places.find((place) => place.includes(`${join("dist", "explore")}`) && existsSync(place));
  if (path === undefined)
    throw new UsageError(`explorer page: ${name} was not built; run npm start, or npm run build`);
  const text = readFileSync(path, "utf8");
  texts.set(name, text);
  return text;
}
