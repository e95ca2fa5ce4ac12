/** The command that splits rows without leaks, or looks for leaks in a split that is there. */
import type { Command } from "commander";
import type { DedupView } from "../dedup/settings";
import { UsageError } from "../errors";
import { JOBS } from "../progress";
import { splitLeaks } from "../split/split-leaks";
import { splitWithoutLeaks } from "../split/split-without-leaks";
import { interruptible } from "./interrupt";
import { nameList, oneOf, share, wholeNumber } from "./options";
import { showProgress } from "./progress";
import { writeViews } from "./run-views";

interface SplitFlags {
  readonly out?: string;
  readonly validation?: number;
  readonly test?: number;
  readonly seed?: number;
  readonly stratify?: string[];
  readonly together?: string[];
  readonly threshold?: number;
  readonly near: boolean;
  readonly view?: DedupView;
  readonly system?: boolean;
  readonly text?: string;
  readonly check?: string;
  readonly sidecars?: boolean;
  readonly workers?: number;
  readonly overwrite?: boolean;
}

export function addSplitCommand(program: Command): void {
  program
    .command("split")
    .description("Split rows so that no near duplicate and no problem stands on both sides")
    .argument("<dir...>", "run folders, .jsonl files, Parquet, owner/name")
    .option("--validation <share>", "share of the rows, such as 2%", share)
    .option("--test <share>", "share of the rows, such as 1%", share)
    .option("--seed <n>", "whole number; default 0", wholeNumber(0))
    .option("--out <dir>", "folder that gets split.parquet and split.json")
    .option("--sidecars", "also write flags/split.v1 into each run: the column split_assigned")
    .option("--stratify <columns>", "columns whose values each get the shares: dataset,meta_domain", nameList)
    .option(
      "--together <columns>",
      "columns whose equal values stay together; default meta_problem_id",
      nameList,
    )
    .option("--threshold <j>", "similarity that keeps two rows together; default 0.8", share)
    .option("--no-near", "equal content and values only")
    .option(
      "--view <what>",
      "what is compared: all message bodies (default), prompt, completion, or text as it stands",
      oneOf("all", "prompt", "completion", "text"),
    )
    .option("--system", "system and developer messages too")
    .option("--text <column>", "column with the text, of any table")
    .option("--check <column>", "split nothing: say which groups stand on two sides of this column")
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the split",
      wholeNumber(1),
    )
    .option("--overwrite", "replace an earlier split in --out")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab split out/math --validation 2% --seed 7 --out out/split --sidecars\n  corpuslab split out/math --check split\n" +
        "\nExit codes: 0 done; 1 with --check: there are leaks",
    )
    .action(async (dirs: string[], flags: SplitFlags) => {
      const isCheck = flags.check !== undefined;
      if (!isCheck && flags.out === undefined && !flags.sidecars)
        throw new UsageError("split: nowhere to write to: give --out DIR, --sidecars or both");
      if (isCheck && (flags.validation ?? flags.test ?? flags.out) !== undefined)
        throw new UsageError(
          "split: --check looks at a split that is there: leave --validation, --test and --out out",
        );
      await interruptible(async (signal) => {
        if (isCheck) {
          const found = await showProgress(JOBS.split, (onProgress) =>
            splitLeaks(dirs, { ...flags, column: flags.check!, signal, onProgress }),
          );
          console.log(found.toString());
          if (found.leaks.length > 0) process.exitCode = 1;
          return;
        }
        const result = await showProgress(JOBS.split, (onProgress) =>
          splitWithoutLeaks(dirs, { ...flags, signal, onProgress }),
        );
        if (flags.sidecars) await writeViews(dirs);
        console.log(result.toString());
        if (flags.out !== undefined) console.log(`\nwritten to ${flags.out}: split.parquet, split.json`);
      });
    });
}
