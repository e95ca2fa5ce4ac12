import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorText, InputError } from "../errors";
import { renderCoverageMarkdown } from "./coverage-table";
import { describeCroissant } from "./croissant";
import type { Inventory } from "./inventory";
import { inventorySchema } from "./inventory-json";
import { renderReport } from "./report-html";

/** Files of a report, in the order in which they are written. */
export const REPORT_FILES = [
  "inventory.json",
  "metadata_coverage.md",
  "statistics.json",
  "croissant.json",
  "index.html",
] as const;
export type ReportFile = (typeof REPORT_FILES)[number];

/**
 * The report of an inventory stands in `folder` (made if missing): `inventory.json`, `metadata_coverage.md`,
 * `statistics.json`, `croissant.json`, `index.html`. Each file is written beside its place and renamed, so none is
 * ever half there. The same inventory gives the same bytes. Returns the paths.
 * @throws InputError when the folder cannot be written to.
 * @example writeReports(await inventory(await open("demo")), "reports/demo")
 */
export function writeReports(inventory: Inventory, folder: string): string[] {
  const data = inventorySchema.parse(inventory.data);
  const contents: Record<ReportFile, string> = {
    "inventory.json": json(data),
    "metadata_coverage.md": renderCoverageMarkdown(data),
    "statistics.json": json({
      format: "corpuslab.statistics",
      version: 1,
      dataset: data.dataset,
      revision: data.revision,
      splits: inventory.statistics,
    }),
    "croissant.json": json(describeCroissant(data, { url: pageOf(inventory.origin) })),
    "index.html": renderReport(data),
  };
  try {
    mkdirSync(folder, { recursive: true });
    return REPORT_FILES.map((name) => replaceFile(join(folder, name), contents[name]));
  } catch (cause) {
    throw new InputError(`inventory: cannot write the report to ${folder}: ${errorText(cause)}`, { cause });
  }
}

/** Folder name for a dataset's report: `owner/name` becomes `owner-name`. */
export function reportSlug(dataset: string): string {
  return dataset.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|-+$/g, "") || "dataset";
}

function replaceFile(path: string, text: string): string {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return path;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function pageOf(origin: string): string | undefined {
  return /^https?:\/\//.test(origin) ? origin : undefined;
}
