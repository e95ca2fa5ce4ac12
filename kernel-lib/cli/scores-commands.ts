/** Commands about scores: candidates, scores, import-scores. */
import type { Command } from "commander";
import { UsageError } from "../errors";
import type { LossMode } from "../row";
import { type ImportScoresOptions, importScores } from "../score/import-scores";
import { compareScores, listScores, useScores } from "../score/scores";
import { interruptible } from "./interrupt";
import { oneOf, wholeNumber } from "./options";

export function addScoresCommands(program: Command): void {
  addImport(program);
  addScores(program);
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
