/** Commands over pipelines: run. */
import type { Command } from "commander";
import { runPipeline } from "../pipeline/run-pipeline";
import type { RunPipelineOptions } from "../pipeline/run-pipeline-options";
import { JOBS } from "../progress";
import { interruptible } from "./interrupt";
import { seconds, wholeNumber } from "./options";
import { showProgress } from "./progress";

export function addPipelineCommands(program: Command): void {
  program
    .command("run")
    .description("Run promoted steps over all rows of a run, as a layer of verdicts, flags and texts over it")
    .argument("<pipeline>", "file that lists the steps: pipelines/<name>.json")
    .requiredOption("--input <dir>", "folder of a finished run, of normalize or of another pipeline")
    .requiredOption("--out <dir>", "folder of this run; the rows stay where they are")
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the bytes",
      wholeNumber(1),
    )
    .option("--part-rows <n>", "rows of a verdict file at most; default 1000000", wholeNumber(1))
    .option("--research-mode", "mark the run, and all made from it, as not to be published or blended")
    .option("--resume", "continue a run that was stopped")
    .option("--overwrite", "delete the run that stands in --out first")
    .option("--max-errors <n>", "stop when steps threw on more rows than this; default 100", wholeNumber(0))
    .option(
      "--task-timeout <seconds>",
      "stop a step that takes longer than this for one row; default 60",
      seconds,
    )
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab run pipelines/clean.json --input out/demo --out out/clean\n" +
        "\nExit codes: 0 done; 1 done, but steps threw on some rows (see quarantine/), or stopped by a fault; 130 stopped by Ctrl-C",
    )
    .action(async (pipeline: string, flags: Omit<RunPipelineOptions, "signal" | "onProgress">) => {
      await interruptible(async (signal) => {
        const run = await showProgress(JOBS.run, (onProgress) =>
          runPipeline(pipeline, { ...flags, signal, onProgress }),
        );
        console.log(run.summary());
        if (Object.keys(run.ledger.totals.quarantined).length > 0) process.exitCode = 1;
      });
    });
}
