/** Commands that write runs: normalize, pools, all. */
import type { Command } from "commander";
import { descriptionFolders, resolveDatasets, resolveDescribed } from "../dataset";
import { UsageError } from "../errors";
import { policy, policySql } from "../policy/policy";
import { needsTable, withNumbers } from "../policy/policy-numbers";
import { policyPredicate } from "../policy/policy-predicate";
import { JOBS } from "../progress";
import { normalize } from "../run/normalize";
import type { NormalizeOptions } from "../run/normalize-options";
import { buildPools } from "../select/pools";
import { open } from "../table/open";
import { interruptible } from "./interrupt";
import { runMainJob, showAdapters } from "./main-job";
import { namedPredicate, nameList, oneOf, wholeNumber } from "./options";
import { showProgress } from "./progress";
import { addSourceOptions, resolveOptions, type SourceFlags, tellNotes } from "./sources";

export function addRunCommands(program: Command): void {
  addNormalize(program);
  addPools(program);
  addAll(program);
}

interface NormalizeFlags extends SourceFlags, Omit<NormalizeOptions, "out" | "descriptions"> {
  readonly out?: string;
  readonly dataset?: string;
}

function addNormalize(program: Command): void {
  const command = program
    .command("normalize")
    .description("Write canonical Harmony rows, with a ledger that accounts for every source row")
    .argument("[dataset...]", "owner/name, hf://datasets/…, a file, a folder, or demo")
    .option("--dataset <name>", "the dataset, for scripts that name it by option")
    .option("--out <dir>", "folder of the run (required)")
    .option("--limit <n>", "only the first n rows of each split", wholeNumber(1))
    .option("--adapter <name>", "how to read the rows, for datasets without a description")
    .option("--drop-invalid-harmony", "refuse rows that are not valid Harmony")
    .option("--drop-empty-completion", "refuse rows whose final assistant message is empty")
    .option("--drop-invalid-tools", "refuse rows whose tool schemas or calls are malformed")
    .option("--dedup", "refuse exact duplicates instead of marking them")
    .option("--min-completion-chars <n>", "fewer non-space characters count as empty", wholeNumber(0))
    .option(
      "--specials <what>",
      "a Harmony special inside a body: reject or escape",
      oneOf("reject", "escape"),
    )
    .option("--flags <a,b>", "flags to compute; default all", nameList)
    .option("--rows-per-shard <n>", "rows in a Parquet shard; default 20000", wholeNumber(1))
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the bytes",
      wholeNumber(1),
    )
    .option("--resume", "continue a run that was stopped")
    .option("--overwrite", "delete the run that stands in --out first")
    .option("--research-mode", "mark the run, and all made from it, as not to be published or blended")
    .option(
      "--allow-research-data <sentence>",
      'for --hf-layout and --write-readme of such a run: "yes, publish research data"',
    )
    .option("--hf-layout", "also lay shards out as the Hub expects them (data/…)")
    .option("--write-readme", "also write a dataset card")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab normalize demo --out out/sample --limit 500 --drop-empty-completion",
    );
  addSourceOptions(command).action(async (refs: string[], flags: NormalizeFlags) => {
    const { out, dataset, hubDir: _h, revision: _r, splits, ...rest } = flags;
    if (!out) throw new UsageError("--out <dir> is missing: name the folder the run is written to");
    const wanted = [...refs, ...(dataset ? [dataset] : [])];
    if (wanted.length === 0)
      throw new UsageError("no dataset given: corpuslab normalize <dataset> --out <dir>");
    await interruptible(async (signal) => {
      const { splits: _s, ...sourceFlags } = flags;
      const sources = await showProgress(JOBS.download, (onProgress) =>
        resolveDatasets(wanted, resolveOptions(sourceFlags, signal, onProgress)),
      );
      tellNotes(sources);
      const run = await showProgress(JOBS.normalize, (onProgress) =>
        normalize(sources, {
          ...rest,
          out,
          signal,
          ...(splits ? { splits } : {}),
          descriptions: descriptionFolders(),
          onAdapters: showAdapters,
          onProgress,
        }),
      );
      console.log(run.summary());
    });
  });
}

function addPools(program: Command): void {
  program
    .command("pools")
    .description("Write candidate pools (Parquet) from one or more runs, for GPU scoring and training")
    .argument("[run...]", "run folders")
    .option("--in-dir <dir>", "the run folder, for scripts that name it by option")
    .option("--out <dir>", "folder of the pools; default <run>/pools")
    .option(
      "--pool <name=predicate>",
      "a pool of your own: --pool short='stats_char_len < 500'",
      namedPredicate,
      {},
    )
    .option("--policy <a,b>", "named policies as pools, see corpuslab policy", nameList)
    .option("--only <a,b>", "only these pools", nameList)
    .option("--exclude-duplicates", "leave exact duplicates out")
    .option("--labels <dir>", "folder of the logs of reviews; default labels/ of the workspace")
    .option("--research-mode", "red-team pools of your own hold unreviewed rows too; marks the pools")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab pools out/demo --out out/demo/pools --pool short='stats_char_len < 500'",
    )
    .action(
      async (
        dirs: string[],
        flags: {
          inDir?: string;
          out?: string;
          pool: Record<string, string>;
          policy?: string[];
          only?: string[];
          excludeDuplicates?: boolean;
          labels?: string;
          researchMode?: boolean;
        },
      ) => {
        const runs = [...dirs, ...(flags.inDir ? [flags.inDir] : [])];
        if (runs.length === 0) throw new UsageError("no run folder given: corpuslab pools <run> --out <dir>");
        await interruptible(async (signal) => {
          const ofPolicies = await policyPools(runs, flags.policy ?? []);
          const made = await showProgress(JOBS.pools, (onProgress) =>
            buildPools(runs, {
              out: flags.out ?? `${runs[0]}/pools`,
              pools: { ...ofPolicies, ...flags.pool },
              signal,
              onProgress,
              ...(flags.only ? { only: flags.only } : {}),
              ...(flags.excludeDuplicates ? { excludeDuplicates: true } : {}),
              ...(flags.labels === undefined ? {} : { labels: flags.labels }),
              ...(flags.researchMode ? { researchMode: true } : {}),
            }),
          );
          console.log(made.summary());
        });
      },
    );
}

/** Predicates of named policies, by pool. */
async function policyPools(
  runs: readonly string[],
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const pools: Record<string, string> = {};
  for (const name of names) {
    const found = policy(name);
    if (runs.length === 1) pools[found.policy] = await policyPredicate(await open(runs[0]!), found);
    else if (!needsTable(found)) pools[found.policy] = policySql(await withNumbers(found, {}, null));
    else {
      throw new UsageError(
        `--policy ${name}: takes numbers or shares from the rows of one run, and ${runs.length} are given; normalize the datasets into one run, or build the pools run by run`,
      );
    }
  }
  return pools;
}

function addAll(program: Command): void {
  program
    .command("all")
    .description("Inventory, normalize and pools over every described dataset that can be reached")
    .option("--out <dir>", "folder of the run", "out/all")
    .option("--reports <dir>", "folder of the report", "reports/all")
    .option("--hub-dir <dir>", "folder of dataset repositories laid out as on the Hub (owner/name/…)")
    .option("--limit <n>", "only the first n rows of each split", wholeNumber(1))
    .option("--workers <n>", "worker threads; default one per core", wholeNumber(1))
    .option("--resume", "continue a run that was stopped")
    .option("--overwrite", "delete the run that stands in --out first")
    .addHelpText("after", "\nExample:\n  corpuslab all --limit 1000 --out out/all")
    .action(
      async (flags: {
        out: string;
        reports: string;
        hubDir?: string;
        limit?: number;
        workers?: number;
        resume?: boolean;
        overwrite?: boolean;
      }) => {
        await interruptible(async (signal) => {
          const { hubDir, ...rest } = flags;
          const { sources, unreachable } = await showProgress(JOBS.download, (onProgress) =>
            resolveDescribed(resolveOptions(hubDir ? { hubDir } : {}, signal, onProgress)),
          );
          tellNotes(sources);
          for (const { dataset, reason } of unreachable) console.error(`not reached: ${dataset}: ${reason}`);
          await runMainJob(sources, { ...rest, signal });
        });
      },
    );
}
