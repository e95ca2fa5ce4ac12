/** The domains of a table's rows, and how far the answers can be trusted. */
import { join, resolve } from "node:path";
import { quoteText } from "../db";
import { writeFileDurably } from "../engine/commit";
import { InputError } from "../errors";
import { displaySymbol } from "../notebook/display";
import { escapeHtml } from "../notebook/escape-html";
import { plainText } from "../notebook/plain-text";
import type { Table } from "../table/table";
import { confusionFigure } from "./confusion-figure";
import type { DomainFacts } from "./domain-facts";
import type { DomainMeasure } from "./domain-measure";
import { type MistakenRow, renderDomains } from "./domains-html";
import { slug } from "./embeddings-folder";
import { saveSidecar } from "./value-table";

/** Mistakes that a page shows for each pair of domains, and in all. */
const [A_PAIR, IN_ALL] = [3, 40];

/** What `classifyDomains` found. Shows itself in a notebook. */
export class Domains {
  /** The rows with `domain`, `domain_confidence` and `domain_source`. */
  readonly table: Table;
  readonly measure: DomainMeasure | null;

  /** @internal */
  constructor(readonly facts: DomainFacts) {
    this.table = facts.table;
    this.measure = facts.measure;
  }

  /**
   * Writes `<folder>/<slug>/domains.html`: counts, confusion matrix, calibration, and rows of known domain that were taken
   * for another. Default folder `reports`. Returns the page's path.
   */
  async report(folder = "reports"): Promise<string> {
    const path = join(resolve(folder), slug(this.facts.origin), "domains.html");
    const counts = (await this.counts()) as { domain: string; source: string; n: number }[];
    const page = renderDomains({ facts: this.facts, counts, mistaken: await this.mistaken() });
    writeFileDurably(path, page);
    return path;
  }

  /**
   * Writes the three columns as `flags/domain.v1/` of the run, so that `open` and pools have them from then on. Returns the
   * folder. @throws InputError when the table is not of a run and none is named.
   */
  async save(run: string | null = this.table.state.run): Promise<string> {
    if (run === null)
      throw new InputError("save: the table is not of a run; name its folder: domains.save(folder)");
    const { model, vectors, minConfidence, column, seed, measure } = this.facts;
    return await saveSidecar(resolve(run), "domain", this.facts.file, {
      ...{ model: model.kind, domains: model.domains, vectors, minConfidence, column, seed },
      accuracy: measure?.accuracy ?? null,
      measuredOn: measure?.rows ?? 0,
    });
  }

  toString(): string {
    const { model, vectors, measure, minConfidence } = this.facts;
    const lines = [
      model.kind === "head"
        ? `domains by a linear head over ${vectors} vectors, learned from ${whole(model.learnedFrom.reduce((a, b) => a + b, 0))} rows of ${model.domains.length} known domains`
        : `domains by the nearest of ${model.learnedFrom.reduce((a, b) => a + b, 0)} prototypes over ${vectors} vectors`,
    ];
    if (measure === null) lines.push("no row says its domain, so nothing could be measured");
    else {
      lines.push(
        `${percent(measure.accuracy)} right on ${whole(measure.rows)} rows of known domain that were not learned from (mean over domains ${percent(measure.balancedAccuracy)})`,
        `confidence of at least ${minConfidence}: ${percent(measure.coverage)} of them get a domain, ${percent(measure.accepted)} of those are right; the rest is other`,
        confusionFigure(measure).toString(),
      );
    }
    return lines.join("\n");
  }

  async [displaySymbol](): Promise<Record<string, string>> {
    const text = this.toString();
    const [head, ...rest] = text.split("\n");
    const intro = [head, ...rest.slice(0, this.measure ? 2 : 1)].map(
      (line) => `<div>${escapeHtml(plainText(line!))}</div>`,
    );
    const svg = this.measure ? confusionFigure(this.measure).svg : "";
    return {
      "text/plain": text,
      "text/html": `<div>${intro.join("")}<div style="background:#fff;max-width:720px;margin-top:8px">${svg}</div></div>`,
    };
  }

  private async counts(): Promise<readonly Record<string, unknown>[]> {
    return await this.table
      .sql(
        "select domain, domain_source as source, count(*) as n from this group by all order by domain, n desc, source",
      )
      .toArray();
  }

  /** Rows that the surest mistakes were made on, some of each pair. */
  private async mistaken(): Promise<MistakenRow[]> {
    const pairs = new Map<string, number>();
    const chosen = (this.measure?.wrong ?? []).filter(({ known, given }) => {
      const pair = `${known} ${given}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      return pairs.get(pair)! <= A_PAIR;
    });
    const shown = chosen.slice(0, IN_ALL).map((one) => ({ ...one, key: this.facts.keys[one.row]! }));
    if (shown.length === 0) return [];
    const names = new Set((await this.table.schema).map(({ name }) => name));
    const said = names.has("messages") ? "messages" : names.has("text") ? "text" : "row_key";
    const rows = await this.table
      .filter(`row_key in (${shown.map(({ key }) => quoteText(key)).join(", ")})`)
      .select([...new Set(["row_key", said])])
      .toArray();
    const texts = new Map(rows.map((row) => [row.row_key as string, row[said]]));
    return shown.map(({ key, known, given, confidence }) => ({
      ...{ key, known, given, confidence },
      said: userText(texts.get(key)),
    }));
  }
}

function userText(said: unknown): string {
  if (!Array.isArray(said)) return String(said ?? "");
  const messages = said as { role?: string; content?: string | null }[];
  return messages
    .filter(({ role }) => role === "user")
    .map(({ content }) => content ?? "")
    .join("\n\n");
}

function whole(n: number): string {
  return n.toLocaleString("en-US");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
