/** An inventory as an analyst holds it: the data of `inventory.json`, its statistics, and how it shows itself. */
import { datasetHtml } from "../notebook/dataset-html";
import { displaySymbol } from "../notebook/display";
import { renderCoverageHtml, renderCoverageText } from "./coverage-table";
import type { InventoryJson, InventorySplit } from "./inventory-json";
import type { SplitStatistics } from "./statistics";

export class Inventory {
  constructor(
    /** What `inventory.json` holds. */
    readonly data: InventoryJson,
    /** What `statistics.json` holds, a split each. */
    readonly statistics: readonly SplitStatistics[],
    /** Where the files came from, for people; in no file. */
    readonly origin: string,
  ) {}

  get dataset(): string {
    return this.data.dataset;
  }

  get splits(): readonly InventorySplit[] {
    return this.data.splits;
  }

  /** What is missing and what that rules out, a sentence each. */
  get gaps(): readonly string[] {
    return this.data.gaps;
  }

  /** What a notebook shows for it: the coverage table and the gaps, as text and as HTML. */
  [displaySymbol](): Record<"text/plain" | "text/html", string> {
    return {
      "text/plain": renderCoverageText(this.data),
      "text/html": datasetHtml(renderCoverageHtml(this.data)),
    };
  }
}
