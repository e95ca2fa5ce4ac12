/** Commands that look at datasets: inventory, sql, demo. */
import type { Command } from "commander";
import { open, resolveDatasets } from "../dataset";
import { generateDedupCorpus } from "../demo/dedup-corpus";
import { generateDemo } from "../demo/generate-demo";
import { ShardError } from "../errors";
import { JOBS } from "../progress";
import { interruptible } from "./interrupt";
import { coverageText, writeInventories } from "./inventories";
import { runMainJob } from "./main-job";
import { nameList, wholeNumber } from "./options";
import { printRows } from "./print-rows";
import { showProgress } from "./progress";
import { addSourceOptions, resolveOptions, type SourceFlags, tellNotes } from "./sources";

export function addDatasetCommands(program: Command): void {
  addInventory(program);
  addSql(program);
  addDemo(program);
}

function addInventory(program: Command): void {
  const command = program
    .command("inventory")
    .description(
      "Say what is in a dataset and how much metadata it carries: exact counts, types, coverage, gaps",
    )
    .argument("<dataset...>", "owner/name, hf://datasets/…, a file, a folder, or demo")
    .option("--out <dir>", "folder of the report, or of one report a dataset; default reports/<name>")
    .option(
      "--sample <rows>",
      "read only so many rows of each split, and mark every figure as estimated",
      wholeNumber(1),
    )
    .addHelpText("after", "\nExample:\n  corpuslab inventory demo --out reports/demo");
  addSourceOptions(command).action(
    async (refs: string[], flags: SourceFlags & { out?: string; sample?: number }) => {
      await interruptible(async (signal) => {
        const sources = await showProgress(JOBS.download, (onProgress) =>
          resolveDatasets(refs, resolveOptions(flags, signal, onProgress)),
        );
        tellNotes(sources);
        const { written, failures } = await showProgress(JOBS.inventory, (onProgress) =>
          writeInventories(sources, {
            signal,
            onProgress,
            ...(flags.out === undefined ? {} : { out: flags.out }),
            ...(flags.sample === undefined ? {} : { sample: flags.sample }),
          }),
        );
        for (const { inventory, folder } of written) {
          console.log(`${inventory.dataset}\n${coverageText(inventory)}\nreport: ${folder}/index.html\n`);
        }
        if (failures.length > 0) throw new ShardError(failures.join("\n"));
      });
    },
  );
}

function addSql(program: Command): void {
  const command = program
    .command("sql")
    .description("Query a dataset or a run; `this` is the table")
    .argument("<dataset>", "a run folder, owner/name, a file, a folder, or demo")
    .argument("<query>", 'SQL, e.g. "select split, count(*) from this group by all"')
    .option("--json", "one JSON object a line instead of a table")
    .addHelpText(
      "after",
      '\nExample:\n  corpuslab sql out/demo "select meta_domain, count(*) n from this group by all"',
    );
  addSourceOptions(command).action(
    async (ref: string, query: string, flags: SourceFlags & { json?: boolean }) => {
      await interruptible(async (signal) => {
        const table = await showProgress(JOBS.download, (onProgress) =>
          open(ref, resolveOptions(flags, signal, onProgress)),
        );
        for (const note of table.notes) console.error(note);
        const result = await table.sql(query);
        await printRows(result, { json: flags.json ?? false });
      });
    },
  );
}

function addDemo(program: Command): void {
  program
    .command("demo")
    .description("Make the demo dataset (all source shapes, known flaws); with --run do the main job on it")
    .option("--out <dir>", "folder to write to; default .cache/demo, with --run out/demo")
    .option("--rows <n>", "rows over all shapes; 10k and 10M are understood", wholeNumber(1), 2000)
    .option("--seed <n>", "the same seed gives the same bytes", wholeNumber(0), 1)
    .option("--shapes <a,b>", "only these shapes", nameList)
    .option("--dedup <n>", "instead: n documents with known duplicates, to measure dedup", wholeNumber(1))
    .option("--run", "inventory, normalize and pools over the 2,000-row demo")
    .option("--workers <n>", "worker threads; default one per core", wholeNumber(1))
    .addHelpText("after", "\nExample:\n  corpuslab demo --rows 1M --out .cache/demo-1M")
    .action(
      async (flags: {
        out?: string;
        rows: number;
        seed: number;
        shapes?: string[];
        run?: boolean;
        workers?: number;
        dedup?: number;
      }) => {
        await interruptible(async (signal) => {
          if (flags.dedup !== undefined) {
            const { dedup: documents, seed, out: folder = ".cache/demo-dedup" } = flags;
            const made = await showProgress(JOBS.demo, (onProgress) =>
              generateDedupCorpus(folder, { documents, seed, signal, onProgress }),
            );
            console.log(`${documents.toLocaleString("en-US")} documents in ${made.documents}`);
            console.log(`their duplicates in ${made.truth}`);
            return;
          }
          if (flags.run) {
            const sources = await resolveDatasets(["demo"], { signal });
            const out = flags.out ?? "out/demo";
            await runMainJob(sources, {
              out,
              reports: "reports/demo",
              overwrite: true,
              signal,
              ...(flags.workers === undefined ? {} : { workers: flags.workers }),
            });
            return;
          }
          const out = flags.out ?? ".cache/demo";
          const made = await showProgress(JOBS.demo, (onProgress) =>
            generateDemo(out, {
              rows: flags.rows,
              seed: flags.seed,
              signal,
              onProgress,
              ...(flags.shapes === undefined ? {} : { shapes: flags.shapes }),
            }),
          );
          console.log(`${made.rows.toLocaleString("en-US")} rows in ${out}/corpuslab/demo`);
          console.log(`open them with: corpuslab inventory corpuslab/demo --hub-dir ${out}`);
        });
      },
    );
}
