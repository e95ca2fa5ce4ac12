/** The main job as one command runs it: inventory, normalize, pools, and five lines on what was found. */
import { descriptionFolders } from "../dataset";
import { JOBS } from "../progress";
import type { AdapterChoice } from "../run/choose-adapters";
import { normalize } from "../run/normalize";
import { buildPools } from "../select/pools";
import type { Source } from "../source/source";
import { writeInventories } from "./inventories";
import { showProgress } from "./progress";

export interface MainJobOptions {
  readonly out: string;
  readonly reports: string;
  readonly limit?: number;
  readonly workers?: number;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly signal: AbortSignal;
}

export async function runMainJob(sources: readonly Source[], options: MainJobOptions): Promise<void> {
  const { out, reports, signal, ...rest } = options;
  const { written, failures } = await showProgress(JOBS.inventory, (onProgress) =>
    writeInventories(sources, {
      out: reports,
      signal,
      ...(rest.limit === undefined ? {} : { sample: rest.limit }),
      onProgress,
    }),
  );
  for (const failure of failures) console.error(failure); // normalize goes on with the other files and fails at its end
  const run = await showProgress(JOBS.normalize, (onProgress) =>
    normalize(sources, {
      ...rest,
      out,
      signal,
      descriptions: descriptionFolders(),
      onAdapters: showAdapters,
      onProgress,
    }),
  );
  const pools = await showProgress(JOBS.pools, (onProgress) =>
    buildPools([out], { out: `${out}/pools`, signal, onProgress }),
  );
  const { rows_in, rows_out, rejected, quarantined } = run.ledger.totals;
  const filled = pools.pools.filter((pool) => pool.rows > 0);
  const empty = pools.pools.length - filled.length;
  console.log(
    [
      `Found ${number(rows_in)} source rows in ${sources.length} dataset${sources.length === 1 ? "" : "s"}, ${run.ledger.splits.length} splits.`,
      `Kept ${number(rows_out)} canonical rows; refused ${words(rejected)}; unreadable, kept with their bytes: ${words(quarantined)}.`,
      `Every row is accounted for (${out}/ledger.json); ask for any of them: npx corpuslab sql ${out} "select * from this limit 5"`,
      `${filled.length} pools hold rows${empty > 0 ? `, ${empty} are empty for a stated reason` : ""} (${out}/pools/pools.json).`,
      `Metadata coverage and gaps: ${written.map(({ folder }) => `${folder}/index.html`).join(", ")}`,
    ].join("\n"),
  );
}

/** Adapters that were detected rather than described are told before any row is read. */
export function showAdapters(choices: readonly AdapterChoice[]): void {
  for (const { dataset, subset, split, adapter, why } of choices) {
    if (why) console.error(`${dataset} ${subset}/${split}: read as "${adapter}" (${why})`);
  }
}

function number(n: number): string {
  return n.toLocaleString("en-US");
}

function words(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  if (entries.length === 0) return "none";
  return entries.map(([reason, n]) => `${number(n)} ${reason}`).join(", ");
}
