/** Commands about scores: candidates, import-scores, scores, subsets. */
import type { Command } from "commander";
import { UsageError } from "../errors";
import { JOBS } from "../progress";
import type { LossMode } from "../row";
import { type CandidateOptions, exportCandidates } from "../score/export-candidates";
import { type ImportScoresOptions, importScores } from "../score/import-scores";
import { compareScores, listScores, useScores } from "../score/scores";
import { SUBSETS, subsets } from "../score/subsets";
import { interruptible } from "./interrupt";
import { nameList, oneOf, wholeNumber } from "./options";
import { showProgress } from "./progress";

export function addScoresCommands(program: Command): void {
  addCandidates(program);
  addImport(program);
  addScores(program);
  addSubsets(program);
}

function addCandidates(program: Command): void {
  program
    .command("candidates")
    .description("Write rows as Parquet for a job that scores them elsewhere")
    .argument("<run>", "run folder")
    .requiredOption("--out <dir>", "folder of the files")
    .option("--pool <name>", "only the rows of this standard pool")
    .option("--where <predicate>", "only rows for which this SQL predicate is true")
    .option("--columns <a,b>", "more columns than the usual ones", nameList)
    .option("--rows-per-shard <n>", "rows in a file, about; default 20000", wholeNumber(1))
    .option("--overwrite", "replace candidates that stand in --out")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab candidates out/demo --out candidates --pool verified_correct",
    )
    .action(async (run: string, flags: Omit<CandidateOptions, "signal">) => {
      await interruptible(async (signal) => {
        console.log(String(await exportCandidates(run, { ...flags, signal })));
      });
    });
}

function addImport(program: Command): void {
  program
    .command("import-scores")
    .description("Put the scores that a GPU job wrote beside the rows of a run")
    .argument("<run>", "run folder")
    .argument(
      "<file>",
      "Parquet, JSON Lines or CSV: id, text_id or row_key; completion_token_count; nll_sum, nll_mean",
    )
    .option("--model <name>", "the model that scored, where the file has no column model")
    .option("--as <name>", "name of the scores; default the model's, in small letters")
    .option(
      "--on <column>",
      "key; default the first of row_key, text_id, id",
      oneOf("row_key", "text_id", "id"),
    )
    .option("--template <name>", "rendering that was scored, where the file does not say")
    .option(
      "--loss-mode <mode>",
      "mask that was scored; row: each row's own",
      oneOf("row", "assistant_all", "assistant_last", "assistant_last_turn", "all_text"),
    )
    .option("--include-stop", "the token that ends a message was scored too")
    .option("--no-include-stop", "it was not")
    .option("--max-length <n>", "longest text in tokens that was scored whole", wholeNumber(1))
    .option("--reference <name>", "scores of another checkpoint in this run: adds nll_delta")
    .option("--no-use", "leave the plain column names to the scores that have them")
    .option("--overwrite", "replace scores of that name")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab import-scores out/demo scores.parquet --model student-1000 --loss-mode row --no-include-stop",
    )
    .action(
      async (
        run: string,
        file: string,
        flags: Omit<ImportScoresOptions, "lossMode"> & { lossMode?: LossMode | "row" },
      ) => {
        await interruptible(async (signal) => {
          console.log(String(await importScores(run, file, { ...flags, signal })));
        });
      },
    );
}

function addScores(program: Command): void {
  program
    .command("scores")
    .description("List the scores of a run, choose which have the plain column names, or compare two")
    .argument("<run>", "run folder")
    .argument("[name]", "name of the scores to use or compare")
    .option("--use", "its columns have the plain names from now on")
    .option("--reference <name>", "compare with these scores: adds nll_delta")
    .addHelpText("after", "\nExample:\n  corpuslab scores out/demo student-1000 --reference student-0")
    .action(async (run: string, name: string | undefined, flags: { use?: boolean; reference?: string }) => {
      if (name === undefined && (flags.use || flags.reference)) {
        throw new UsageError("which scores? corpuslab scores <run> <name> --use");
      }
      if (name !== undefined && flags.reference !== undefined) {
        console.log((await compareScores(run, name, { reference: flags.reference })).words);
      }
      if (name !== undefined && flags.use) await useScores(run, name);
      console.log(String(await listScores(run)));
    });
}

function addSubsets(program: Command): void {
  program
    .command("subsets")
    .description("Count the subsets by score and correctness, and write them as pools")
    .argument("<run>", "run folder")
    .option(
      "--out <dir>",
      "write each subset there as Parquet, and rest.parquet with the reasons of the rest",
    )
    .option("--policies <a,b>", `policies or .json files; default ${SUBSETS.join(",")}`, nameList)
    .addHelpText("after", "\nExample:\n  corpuslab subsets out/demo --out out/demo/subsets")
    .action(async (run: string, flags: { out?: string; policies?: string[] }) => {
      await interruptible(async (signal) => {
        const found = await showProgress(JOBS.pools, (onProgress) =>
          subsets(run, { ...flags, signal, onProgress }),
        );
        console.log(String(found));
      });
    });
}
