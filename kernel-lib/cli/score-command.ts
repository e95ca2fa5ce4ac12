/** The command that scores rows with a model: score. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { open } from "../dataset";
import { UsageError } from "../errors";
import { JOBS } from "../progress";
import { scoreRows } from "../score/score";
import { type ScoreRunOptions, scoreRun } from "../score/score-run";
import { interruptible } from "./interrupt";
import { oneOf, wholeNumber } from "./options";
import { showProgress } from "./progress";

interface ScoreFlags extends Omit<ScoreRunOptions, "signal" | "onProgress"> {
  readonly model: string;
  readonly modelFile?: string;
  readonly text?: string;
}

export function addScoreCommand(program: Command): void {
  program
    .command("score")
    .description("Score rows with a language model: NLL of what is learned, beside the rows")
    .argument("<dir>", "run folder; or a file, a folder or owner/name with --out")
    .requiredOption(
      "--model <ref>",
      "folder with model.onnx and tokenizer.json, owner/name on the Hub, or demo",
    )
    .option("--model-file <name>", "which ONNX file of it: onnx/model_fp16.onnx")
    .option("--revision <name>", "branch, tag or commit of the model on the Hub; default main")
    .option("--out <dir>", "folder that gets scores/<name>.v1/; default the run itself")
    .option("--as <name>", "name of the scores; default the model's, in small letters")
    .option("--text <column>", "column with the text, of any table; default text")
    .option(
      "--loss-mode <mode>",
      "what is learned; default row: each row's own",
      oneOf("row", "assistant_all", "assistant_last", "assistant_last_turn", "all_text"),
    )
    .option("--include-stop", "the special that ends a learned message counts too")
    .option(
      "--max-length <n>",
      "tokens of a row that are seen; default all that the model has positions for",
      wholeNumber(2),
    )
    .option(
      "--batch-tokens <n>",
      "most tokens of one run of the model; default 1024, on a GPU 16384",
      wholeNumber(1),
    )
    .option(
      "--ifd",
      "also score completions without their prompts: adds nll_unconditioned and ifd (twice the work)",
    )
    .option("--add-special-tokens", "let the tokenizer add its begin-of-text token")
    .option("--reference <name>", "scores of another checkpoint in the same place: adds nll_delta")
    .option("--no-use", "leave the plain column names to the scores that have them")
    .option(
      "--device <name>",
      "cpu (default), or cuda where onnxruntime's libraries for it are",
      oneOf("cpu", "cuda"),
    )
    .option(
      "--threads <n>",
      "threads of one run of the model; default 1, one per core for a large one",
      wholeNumber(1),
    )
    .option("--workers <n>", "copies of the model side by side; does not change the bytes", wholeNumber(1))
    .option("--resume", "continue a scoring that was stopped")
    .option("--overwrite", "replace scores of that name")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab score out/demo --model demo --include-stop\n  corpuslab score answers.jsonl --model demo --loss-mode all_text --out out/answers",
    )
    .action(async (dir: string, { modelFile, text, ...flags }: ScoreFlags) => {
      await interruptible(async (signal) => {
        const scored = await showProgress(JOBS.score, async (onProgress) => {
          const options = {
            ...flags,
            ...(modelFile === undefined ? {} : { file: modelFile }),
            signal,
            onProgress,
          };
          if (text === undefined && existsSync(join(dir, "rows")))
            return await scoreRun(dir, flags.model, options);
          const { out, reference } = flags;
          const table = await open(dir, { signal });
          if (out === undefined)
            throw new UsageError(`score ${dir}: is no run, so --out says where the scores go`);
          if (reference !== undefined) throw new UsageError("score: --reference is for runs");
          return await scoreRows(table, flags.model, {
            ...options,
            out,
            ...(text === undefined ? {} : { text }),
          });
        });
        console.log(scored.toString());
      });
    });
}
