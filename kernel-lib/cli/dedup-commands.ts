/** Commands that compare rows with rows: dedup. */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { dedup } from "../dedup/dedup";
import type { DedupView } from "../dedup/settings";
import { JOBS } from "../progress";
import { interruptible } from "./interrupt";
import { oneOf, wholeNumber } from "./options";
import { showProgress } from "./progress";

export function addDedupCommands(program: Command): void {
  program
    .command("dedup")
    .description("Find exact and near duplicates across runs and tables; every one is verified")
    .argument("<dir...>", "run folders, .jsonl files or folders of them, Parquet, owner/name")
    .requiredOption("--out <dir>", "folder that gets duplicates.parquet and dedup.json")
    .option("--threshold <j>", "least Jaccard similarity over word n-grams; default 0.8", similarity)
    .option("--hashes <n>", "values of a sketch: 16, 32, 64 or 128; default 128", wholeNumber(16))
    .option("--bands <BxR>", "bands × values in each: 21x6 (default), 16x8, …")
    .option("--ngram <n>", "words in a shingle; default 3", wholeNumber(1))
    .option(
      "--view <what>",
      "message bodies: all (default), prompt or completion; text: the column as it stands",
      oneOf("all", "prompt", "completion", "text"),
    )
    .option("--system", "system and developer messages count too")
    .option("--exact <how>", "equal texts: collapsed (NFC, white space) or raw", oneOf("collapsed", "raw"))
    .option("--no-near", "exact duplicates only")
    .option("--text <column>", "column with the text, of any table")
    .option("--id <column>", "column with your own id")
    .option("--what-if <j,…>", "thresholds to report on; default 0.9", similarities)
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the bytes",
      wholeNumber(1),
    )
    .option("--overwrite", "replace an earlier result in --out")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab dedup out/math out/agentic --out out/dedup --threshold 0.8",
    )
    .action(async (dirs: string[], flags: DedupFlags) => {
      await interruptible(async (signal) => {
        const result = await showProgress(JOBS.dedup, (onProgress) =>
          dedup(dirs, { ...flags, signal, onProgress }),
        );
        console.log(result.toString());
        console.log(`\nwritten to ${flags.out}: duplicates.parquet, dedup.json`);
      });
    });
}

interface DedupFlags {
  readonly out: string;
  readonly threshold?: number;
  readonly hashes?: number;
  readonly bands?: string;
  readonly ngram?: number;
  readonly view?: DedupView;
  readonly system?: boolean;
  readonly exact?: "collapsed" | "raw";
  readonly near: boolean;
  readonly text?: string;
  readonly id?: string;
  readonly whatIf?: number[];
  readonly workers?: number;
  readonly overwrite?: boolean;
}

/** A number above 0 and up to 1. */
function similarity(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value <= 1))
    throw new InvalidArgumentError("expected a similarity above 0 and up to 1, such as 0.8.");
  return value;
}

function similarities(text: string): number[] {
  return text.split(",").map(similarity);
}
