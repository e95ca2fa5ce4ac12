/** A finished run, for cells and for later commands. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { open } from "../table/open";
import { rememberRun } from "../table/row-run";
import type { Table } from "../table/table";
import { type Duplicates, readDuplicates } from "./duplicates";
import { type Ledger, ledgerSchema } from "./ledger";
import { type RunManifest, runSchema } from "./manifest";

/** A run folder that is complete and whose ledger balances. */
export class Run {
  constructor(
    readonly out: string,
    readonly manifest: RunManifest,
    readonly ledger: Ledger,
  ) {}

  /** Canonical rows joined with all sidecars, as a lazy table. */
  rows(): Promise<Table> {
    return open(this.out);
  }

  /**
   * Rows that say the same, as clusters, the largest `largest` (default 20) of them listed.
   * @throws InputError when nobody looked for duplicates in this run.
   * @example const duplicates = await openRun("out/demo").duplicates(); await duplicates.show(1)
   */
  duplicates(options: { readonly largest?: number } = {}): Promise<Duplicates> {
    return readDuplicates(this.out, options);
  }

  /** Where rows went, in one line a split. */
  summary(): string {
    const lines = this.ledger.splits.map(
      (entry) =>
        `${entry.dataset} ${entry.subset}/${entry.split} (${entry.stage}): ${entry.rows_in} in, ${entry.rows_out} kept` +
        `${reasons("refused", entry.rejected)}${reasons("unreadable", entry.quarantined)}`,
    );
    const { rows_in, rows_out } = this.ledger.totals;
    return [...lines, `total: ${rows_in} rows in, ${rows_out} kept; the ledger balances; ${this.out}`].join(
      "\n",
    );
  }

  [Symbol.for("corpuslab.display")](): Record<string, unknown> {
    const rows = this.ledger.splits.map((entry) => {
      const cells = [
        `${entry.dataset} ${entry.subset}/${entry.split}`,
        entry.stage,
        String(entry.rows_in),
        String(entry.rows_out),
        list(entry.rejected),
        list(entry.quarantined),
      ];
      return `<tr>${cells.map((cell) => `<td style="text-align:left">${escapeHtml(cell)}</td>`).join("")}</tr>`;
    });
    const head = ["split", "stage", "rows in", "kept", "refused", "unreadable"];
    return {
      "text/plain": this.summary(),
      "text/html": datasetHtml(
        `<table><thead><tr>${head.map((h) => `<th style="text-align:left">${h}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table><p>Ledger balances: every row in is kept, refused or quarantined.</p>`,
      ),
    };
  }
}

/**
 * The run in a folder; `why(key)` asks it from now on.
 * @throws InputError when the folder holds none, or one that did not finish.
 */
export function openRun(folder: string): Run {
  const run = readRun(folder);
  rememberRun(run.out);
  return run;
}

/** `openRun` for a look at a run that nobody wants to go on with. */
export function readRun(folder: string): Run {
  const out = resolve(folder);
  for (const name of ["run.json", "ledger.json"]) {
    if (existsSync(join(out, name))) continue;
    const unfinished = existsSync(join(out, ".run"));
    throw new InputError(
      unfinished
        ? `${out} holds a run that did not finish: run the same command with --resume`
        : `${out} holds no run: expected ${name}; make one with: corpuslab normalize <dataset> --out ${folder}`,
    );
  }
  const read = (name: string): unknown => JSON.parse(readFileSync(join(out, name), "utf8"));
  return new Run(out, runSchema.parse(read("run.json")), ledgerSchema.parse(read("ledger.json")));
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
}

function reasons(word: string, counts: Readonly<Record<string, number>>): string {
  const text = list(counts);
  return text ? `, ${word}: ${text}` : "";
}
