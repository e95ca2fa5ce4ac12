/** Commands about flags: flag. */
import type { Command } from "commander";
import { FLAGS } from "../flag";
import { JOBS } from "../progress";
import { type FlagRunOptions, flagRun } from "../run/flag-run";
import { interruptible } from "./interrupt";
import { nameList, seconds, wholeNumber } from "./options";
import { showProgress } from "./progress";

export function addFlagCommands(program: Command): void {
  program
    .command("flag")
    .description("Compute flags for every row of a run: sidecars beside the rows, nothing dropped")
    .argument("<run>", "run folder")
    .option(
      "--flags <a,b>",
      `flags to compute, of ${[...FLAGS.keys()].join(", ")}, or promoted ones such as my_flag@2; default all built-in`,
      nameList,
    )
    .option("--out <dir>", "folder that gets flags/<name>.v<N>/; default the run itself")
    .option("--pipelines <dir>", "folder of promoted flags; default pipelines/ of the workspace")
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the bytes",
      wholeNumber(1),
    )
    .option(
      "--max-errors <n>",
      "fail when promoted flags threw on more rows than this; default 100",
      wholeNumber(0),
    )
    .option(
      "--task-timeout <seconds>",
      "stop a promoted flag that takes longer than this for one row; default 60",
      seconds,
    )
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab flag out/demo --flags repetition,language,my_flag@2\n" +
        "\nExit codes: 0 done; 1 done, but promoted flags threw on some rows (see <name>_error), or stopped by a fault; 130 stopped by Ctrl-C",
    )
    .action(async (run: string, options: Omit<FlagRunOptions, "signal" | "onProgress">) => {
      await interruptible(async (signal) => {
        const flagged = await showProgress(JOBS.flag, (onProgress) =>
          flagRun(run, { ...options, signal, onProgress }),
        );
        console.log(flagged.summary());
        if (Object.keys(flagged.errors).length > 0) process.exitCode = 1;
      });
    });
}
