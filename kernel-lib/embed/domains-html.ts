/** domains.html: one page without script and network, light and dark by the reader's setting. */
import { escapeHtml as e } from "../notebook/escape-html";
import { cutText, plainText } from "../notebook/plain-text";
import { confusionFigure } from "./confusion-figure";
import type { DomainFacts } from "./domain-facts";
import { pageOf } from "./page-frame";

export interface MistakenRow {
  readonly key: string;
  readonly known: string;
  readonly given: string;
  readonly confidence: number;
  /** What the user said. */
  readonly said: string;
}

interface DomainPage {
  readonly facts: Omit<DomainFacts, "table">;
  readonly counts: readonly { readonly domain: string; readonly source: string; readonly n: number }[];
  readonly mistaken: readonly MistakenRow[];
}

const SOURCES: Readonly<Record<string, string>> = {
  metadata: "stated by the source",
  head: "trained head",
  prototypes: "nearest prototype",
  unsure: "not sure enough",
  far: "like no known domain",
  no_vector: "no vector",
};

/** The page. Deterministic: no dates. */
export function renderDomains({ facts, counts, mistaken }: DomainPage): string {
  const { measure, model } = facts;
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  const learned = model.domains
    .map(
      (domain, i) =>
        `<tr><td>${e(plainText(domain))}</td><td class="n">${whole(model.learnedFrom[i] ?? 0)}</td></tr>`,
    )
    .join("");
  const sections = [
    section(
      "What the rows are",
      `<table><thead><tr><th>domain</th><th>said by</th><th class="n">rows</th><th class="n">share</th><th></th></tr></thead><tbody>${counts
        .map(
          ({ domain, source, n }) =>
            `<tr><td>${e(plainText(domain))}</td><td>${e(SOURCES[source] ?? source)}</td><td class="n">${whole(n)}</td><td class="n">${percent(n / Math.max(1, total))}</td><td class="w"><span class="bar" style="width:${((100 * n) / Math.max(1, total)).toFixed(2)}%"></span></td></tr>`,
        )
        .join("")}</tbody></table>`,
    ),
    measure === null
      ? section("How good that is", "<p>No row says its domain, so nothing could be measured.</p>")
      : section(
          "How good that is",
          `<p>Measured on ${whole(measure.rows)} rows whose domain the source states and which were not learned from; rows with equal text are never on both sides.</p>
<table><tbody>
<tr><td>likeliest domain is right</td><td class="n">${percent(measure.accuracy)}</td></tr>
<tr><td>the same, mean over the domains</td><td class="n">${percent(measure.balancedAccuracy)}</td></tr>
<tr><td>get a domain at a confidence of at least ${facts.minConfidence}</td><td class="n">${percent(measure.coverage)}</td></tr>
<tr><td>right of those</td><td class="n">${percent(measure.accepted)}</td></tr>
</tbody></table>
<div class="chart">${confusionFigure(measure).svg}</div>
<h3>Confidence and what it is worth (mean distance ${percent(measure.calibrationError)})</h3>
<table><thead><tr><th>confidence</th><th class="n">rows</th><th class="n">mean confidence</th><th class="n">right</th></tr></thead><tbody>${measure.calibration
            .map(
              (bin) =>
                `<tr><td>from ${bin.from}</td><td class="n">${whole(bin.rows)}</td><td class="n">${percent(bin.confidence)}</td><td class="n">${percent(bin.right)}</td></tr>`,
            )
            .join("")}</tbody></table>`,
        ),
    section(
      "What it gets wrong",
      mistaken.length === 0
        ? "<p>none</p>"
        : `<p>The surest mistakes, up to three of each pair. The source may be the one that is wrong: a mixed dataset has one domain for all of its rows.</p>${mistaken
            .map(
              (row) =>
                `<div class="row"><b>${e(plainText(row.known))}</b> taken for <b>${e(plainText(row.given))}</b> (${row.confidence.toFixed(2)}) <code>${e(plainText(row.key))}</code><pre>${e(plainText(cutText(row.said, 500)))}</pre></div>`,
            )
            .join("")}`,
    ),
    section(
      "Learned from",
      `<table><thead><tr><th>domain</th><th class="n">${model.kind === "head" ? "rows" : "prototypes"}</th></tr></thead><tbody>${learned}</tbody></table>`,
    ),
  ];
  const about = `${whole(total)} rows; ${model.kind === "head" ? "a linear head" : "prototypes"} over ${facts.vectors} vectors.`;
  return pageOf({ title: `Domains of ${plainText(facts.origin)}`, about, body: sections.join("\n") });
}

function section(title: string, body: string): string {
  return `<section><h2>${e(title)}</h2>\n${body}\n</section>`;
}

function whole(n: number): string {
  return n.toLocaleString("en-US");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
