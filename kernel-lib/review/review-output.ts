/**
 * What a review leaves in a notebook: one sandboxed frame with the row and, where a kernel answers, buttons; and for
 * notebooks that are not trusted the row alone. The frame holds its own script and may load nothing.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors";
import { conversationHtml } from "../notebook/conversation-html";
import { datasetHtml } from "../notebook/dataset-html";
import type { MimeBundle } from "../notebook/display";
import { escapeHtml } from "../notebook/escape-html";
import { REVIEW_FRAME } from "./page/frame";
import type { ReviewState } from "./protocol";
import type { ReviewSheet } from "./review-sheet";

/** The module for `openWidget`; its state is `{ review: id }`. */
export function reviewBridge(): string {
  return built("bridge.js");
}

/** The review as an output that shows its row without a kernel. */
export function reviewBundle(id: string, state: ReviewState, sheet: ReviewSheet | null): MimeBundle {
  const where = sheet === null ? `all ${state.total} rows done` : `row ${state.position} of ${state.total}`;
  const shown = sheet === null ? "" : conversationHtml(sheet.view, { fold: true });
  const flags = sheet === null ? "" : `<p>flags: ${escapeHtml(sheet.flags.join(" · ") || "none raised")}</p>`;
  return {
    "text/html": datasetHtml(
      `<style>.corpuslab-review-untrusted{display:none}</style>${frame(id, state)}` +
        `<div class="corpuslab-review-untrusted"><p>${escapeHtml(`review · ${where} · ${state.reviewer}`)}</p>${shown}${flags}` +
        "<p>The notebook is not trusted, so there are no buttons: “Trust Notebook” in the command palette, or corpuslab review in a terminal.</p></div>",
    ),
    "text/plain": [
      `review · ${where} · ${state.reviewer}`,
      ...(sheet === null ? [] : [sheet.text]),
      state.summary,
    ].join("\n\n"),
  };
}

function frame(id: string, state: ReviewState): string {
  const script = built("page.js"); // esbuild leaves no "</script" in it
  const data = JSON.stringify({ ...state, id }).replaceAll("<", "\\u003c");
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'`;
  const page =
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<title>review</title><style>${built("style.css")}</style></head><body>` +
    `<script type="application/json" id="state">${data}</script><script>${script}</script></body></html>`;
  return (
    `<iframe sandbox="allow-scripts" title="review of rows" style="display:block;width:100%;border:0;height:${heightOf(state)}px" ` +
    `${REVIEW_FRAME}="${escapeHtml(id)}" srcdoc="${escapeHtml(page)}"></iframe>`
  );
}

/** About how high the page is: a frame cannot tell the page around it where no kernel runs. */
function heightOf({ row }: ReviewState): number {
  const lines = (row?.messages ?? []).reduce(
    (sum, { body }) => sum + 2 + body.length / 110 + body.split("\n").length,
    0,
  );
  return Math.min(1600, Math.ceil(300 + 20 * lines));
}

const texts = new Map<string, string>();

/** A part of the page as the build wrote it. */
function built(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const places = [join(__dirname, "page", name), join(__dirname, "..", "dist", "review", "page", name)];
  const path = places.find((place) => place.includes(join("dist", "review")) && existsSync(place));
  if (path === undefined)
    throw new UsageError(`review page: ${name} was not built; run npm start, or npm run build`);
  const text = readFileSync(path, "utf8");
  texts.set(name, text);
  return text;
}
