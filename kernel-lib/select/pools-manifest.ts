/** `pools.json`: what each pool holds and why an empty one is empty. */

import { z } from "zod";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { researchMark } from "../run-folder/research-mode";

const count = z.number().int().nonnegative();

const poolEntry = z.object({
  name: z.string(),
  /** What the pool is, in words. */
  words: z.string(),
  /** SQL over the columns of a row. */
  predicate: z.string(),
  /** Whether the user gave the predicate. */
  custom: z.boolean(),
  rows: count,
  /** Estimated tokens: the sum of `stats_approx_tokens`. */
  tokens: count,
  shards: z.array(z.object({ file: z.string(), rows: count, bytes: count, sha256: z.string() })),
  /** Why the pool holds no row, in words; null when it holds some. An empty pool has no folder. */
  empty: z.string().nullable(),
  /** Of a red-team pool: rows that it asks for and that may not stand in it, by reason. */
  refused: z.record(z.string(), count).optional(),
  /** Of a red-team pool made in research mode: rows of it that could not stand in another, by reason. */
  unreviewed: z.record(z.string(), count).optional(),
});

/** The format of `pools.json`, version 1. */
export const poolsManifest = z.object({
  format: z.literal("corpuslab.pools"),
  version: z.literal(1),
  /** Rows that were looked at; a row may be in several pools or in none. */
  rows: count,
  /** Runs of pipelines that decided which rows count, the first one first; `run` is relative to the pools' folder. */
  layers: z
    .array(
      z.object({
        ...{ pipeline: z.string(), run: z.string(), steps: z.array(z.string()) },
        ...{ rows_in: count, rows_out: count },
      }),
    )
    .optional(),
  /** The logs of reviews that decided which rows may stand in a red-team pool, as long as they were then. */
  reviews: z.array(z.object({ file: z.string(), lines: count, sha256: z.string() })).optional(),
  /** Made in research mode, or from runs that were. */
  research_mode: researchMark.optional(),
  inputs: z.array(z.object({ dataset: z.string(), revision: z.string(), rows: count })),
  /** Whether exact duplicates were left out; else they are marked by `quality_is_duplicate`. */
  exclude_duplicates: z.boolean(),
  /** Columns of every shard, in order. */
  columns: z.array(z.string()),
  pools: z.array(poolEntry),
});

export type PoolEntry = z.infer<typeof poolEntry>;

const displaySymbol: unique symbol = Symbol.for("corpuslab.display") as never;

/** The content of `pools.json`; shows itself as a table in a notebook. */
export type PoolsManifest = z.infer<typeof poolsManifest> & {
  /** The same table as plain text. */
  summary(): string;
  [displaySymbol](): { "text/plain": string; "text/html": string };
};

/** The manifest with its display; JSON.stringify gives the bare manifest. */
export function displayPools(manifest: z.infer<typeof poolsManifest>): PoolsManifest {
  const summary = (): string => plainTable(manifest);
  return Object.defineProperties(
    { ...manifest },
    {
      summary: { value: summary },
      [displaySymbol]: { value: () => ({ "text/plain": summary(), "text/html": htmlTable(manifest) }) },
    },
  ) as PoolsManifest;
}

/** `Pools of 1,234 rows that the pipeline tidy kept` */
function heading({ rows, layers = [], research_mode }: z.infer<typeof poolsManifest>): string {
  const names = [...new Set(layers.map(({ pipeline }) => pipeline))];
  const kept =
    names.length === 0 ? "" : ` that the pipeline${names.length > 1 ? "s" : ""} ${names.join(", ")} kept`;
  return `Pools of ${rows.toLocaleString("en-US")} rows${kept}${research_mode ? " (research mode: not to be published or blended)" : ""}`;
}

/** ` · refused: 12 not_reviewed, 1 unsafe_help` */
function gateText({ refused, unreviewed }: PoolEntry): string {
  const list = (of: Readonly<Record<string, number>> = {}) =>
    Object.entries(of)
      .map(([reason, n]) => `${n.toLocaleString("en-US")} ${reason}`)
      .join(", ");
  const parts = [
    ...(list(refused) ? [`refused: ${list(refused)}`] : []),
    ...(list(unreviewed) ? [`let in by research mode: ${list(unreviewed)}`] : []),
  ];
  return parts.map((part) => ` · ${part}`).join("");
}

function plainTable(manifest: z.infer<typeof poolsManifest>): string {
  const { pools } = manifest;
  const lines = pools.map((pool) => [
    pool.name,
    pool.rows.toLocaleString("en-US"),
    pool.tokens.toLocaleString("en-US"),
    `${pool.empty ?? pool.predicate}${gateText(pool)}`,
  ]);
  const table = [["pool", "rows", "tokens", "predicate, or why it is empty"], ...lines];
  const widths = [0, 1, 2].map((i) => Math.max(...table.map((line) => line[i]!.length)));
  const text = table.map(
    ([name, count, tokens, last]) =>
      `${name!.padEnd(widths[0]!)}  ${count!.padStart(widths[1]!)}  ${tokens!.padStart(widths[2]!)}  ${last}`,
  );
  return [heading(manifest), ...text].join("\n");
}

function htmlTable(manifest: z.infer<typeof poolsManifest>): string {
  const { pools } = manifest;
  const number = (value: number): string =>
    `<td style="text-align:right">${value.toLocaleString("en-US")}</td>`;
  const body = pools.map(
    (pool) =>
      `<tr><td style="text-align:left">${escapeHtml(pool.name)}</td>${number(pool.rows)}${number(pool.tokens)}` +
      `<td style="text-align:left">${
        pool.empty === null
          ? `<code>${escapeHtml(pool.predicate)}</code>`
          : `<em>empty: ${escapeHtml(pool.empty)}</em>`
      }${escapeHtml(gateText(pool))}</td></tr>`,
  );
  return datasetHtml(
    `<table><caption>${escapeHtml(heading(manifest))}</caption><thead><tr><th style="text-align:left">pool</th><th>rows</th>` +
      `<th>tokens (estimated)</th><th style="text-align:left">predicate</th></tr></thead><tbody>${body.join("")}</tbody></table>`,
  );
}
