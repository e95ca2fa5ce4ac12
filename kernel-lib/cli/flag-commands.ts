/** Commands about flags: flag. */
import type { Command } from "commander";
import { FLAGS } from "../flag";
import { JOBS } from "../progress";
import { flagRun } from "../run/flag-run";
import { interruptible } from "./interrupt";
import { nameList, wholeNumber } from "./options";
import { showProgress } from "./progress";

export function addFlagCommands(program: Command): void {
  program
    .command("flag")
    .description("Compute flags for every row of a run: sidecars beside the rows, nothing dropped")
    .argument("<run>", "run folder")
    .option("--flags <a,b>", `flags to compute, of ${[...FLAGS.keys()].join(", ")}; default all`, nameList)
    .option("--out <dir>", "folder that gets flags/<name>.v<N>/; default the run itself")
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the bytes",
      wholeNumber(1),
    )
    .addHelpText("after", "\nExample:\n  corpuslab flag out/demo --flags repetition,language")
    .action(async (run: string, options: { flags?: string[]; out?: string; workers?: number }) => {
      await interruptible(async (signal) => {
        const flagged = await showProgress(JOBS.flag, (onProgress) =>
          flagRun(run, { ...options, signal, onProgress }),
        );
        console.log(flagged.summary());
      });
    });
}
