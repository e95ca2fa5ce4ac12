/** Commands about flags: flag. */
import { type Command, InvalidArgumentError } from "commander";
import {
  CLASSIFIER_VIEWS,
  type ClassifierChoice,
  type ClassifierFlagOptions,
  classifierFlag,
} from "../classify/classifier-flag";
import { UsageError } from "../errors";
import { FLAGS } from "../flag";
import { JOBS } from "../progress";
import { type FlagRunOptions, flagRun } from "../run/flag-run";
import { similarityFlag } from "../run/similarity-flag";
import { interruptible } from "./interrupt";
import { nameList, oneOf, seconds, share, wholeNumber } from "./options";
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
    .option(
      "--classifier <name=model>",
      "an ONNX text classifier as a flag: a folder, or owner/name on the Hub; alone, unless --flags is given too",
      namedModel,
      {},
    )
    .option(
      "--labels <a,b>",
      "its labels in the order of its logits; default those of its config.json",
      nameList,
    )
    .option("--threshold <p>", "probability from which on a label is true; default 0.5", share)
    .option("--view <what>", "which text it reads; default prompt", oneOf(...CLASSIFIER_VIEWS))
    .option(
      "--activation <what>",
      "default what its config.json says, else softmax",
      oneOf("softmax", "sigmoid"),
    )
    .option(
      "--similarity <model>",
      "how near each answer is to its request, by an encoder: words, a folder, or owner/name on the Hub",
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
    .action(async (run: string, options: FlagFlags) => {
      await interruptible(async (signal) => {
        const { classifier, labels, threshold, view, activation, similarity, flags = [], ...rest } = options;
        const given = Object.entries({ labels, threshold, view, activation }).filter(
          ([, value]) => value !== undefined,
        );
        const classifiers: ClassifierChoice[] = [];
        for (const [name, model] of Object.entries(classifier))
          classifiers.push(await classifierFlag({ name, model, ...Object.fromEntries(given) }));
        if (classifiers.length === 0 && given.length > 0)
          throw new UsageError(`--${given[0]![0]} belongs to --classifier name=model, which is not given`);
        const near = similarity === undefined ? [] : [await similarityFlag(similarity)];
        const all = [...flags, ...classifiers, ...near];
        const flagged = await showProgress(JOBS.flag, (onProgress) =>
          flagRun(run, { ...rest, ...(all.length > 0 ? { flags: all } : {}), signal, onProgress }),
        );
        console.log(flagged.summary());
        if (Object.keys(flagged.errors).length > 0) process.exitCode = 1;
      });
    });
}

interface FlagFlags
  extends Omit<FlagRunOptions, "signal" | "onProgress" | "flags">,
    Omit<ClassifierFlagOptions, "name" | "model"> {
  readonly flags?: readonly string[];
  /** Model by name. */
  readonly classifier: Record<string, string>;
  readonly similarity?: string;
}

/** Collects `--classifier name=model` into a record. */
function namedModel(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError("expected name=model, such as toxic=out/toxic-onnx.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
