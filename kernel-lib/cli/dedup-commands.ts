/** Commands that compare rows with rows: dedup. */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { DecontaminationResult } from "../dedup/contamination";
import { dedup } from "../dedup/dedup";
import type { DedupView } from "../dedup/settings";
import { counted, thousands } from "../notebook/counts";
import { head, plainText } from "../notebook/plain-text";
import { JOBS } from "../progress";
import { interruptible } from "./interrupt";
import { nameList, oneOf, wholeNumber } from "./options";
import { showProgress } from "./progress";
import { writeViews } from "./run-views";

export function addDedupCommands(program: Command): void {
  program
    .command("dedup")
    .description("Find exact and near duplicates across runs and tables; every one is verified")
    .argument("<dir...>", "run folders, .jsonl files or folders of them, Parquet, owner/name")
    .requiredOption("--out <dir>", "folder that gets duplicates.parquet, dedup.json and dedup.html")
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
    .option(
      "--field <a,b>",
      "only rows that are equal in a field: problem, prompt, completion, any column or source key",
      nameList,
    )
    .option("--no-near", "exact duplicates only")
    .option("--text <column>", "column with the text, of any table")
    .option("--id <column>", "column with your own id")
    .option("--against <dir>", "--out of an earlier dedup: its rows stay; may be given again", collect, [])
    .option("--keep-signatures", "leave signatures in --out, for --against of a later dedup")
    .option("--sidecars", "also write flags/duplicate.v1 into each run: columns of open(run) and of pools")
    .option(
      "--eval <file>",
      "also find items of this evaluation set in the rows; may be given again",
      collect,
      [],
    )
    .option("--eval-text <column>", "its column with the text; default question, prompt, problem …")
    .option(
      "--near-coverage <s>",
      "least share of an item's 3-grams that makes a near copy of it; default 0.4",
      similarity,
    )
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
          dedup(dirs, {
            ...flags,
            ...(flags.field === undefined ? {} : { fields: flags.field }),
            ...{ signal, onProgress },
          }),
        );
        if (flags.sidecars) await writeViews(dirs);
        console.log(result.toString());
        if (flags.eval.length > 0) {
          const { decontaminate } = await import("../dedup/decontaminate.js");
          const found = await showProgress(JOBS.dedup, (onProgress) =>
            decontaminate(dirs, flags.eval, { ...flags, signal, onProgress }),
          );
          console.log(`\n${contaminationText(found)}`);
        }
        const written = [
          "duplicates.parquet",
          "dedup.json",
          "dedup.html",
          ...(flags.eval.length > 0 ? ["contaminated.parquet"] : []),
        ];
        console.log(`\nwritten to ${flags.out}: ${written.join(", ")}`);
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
  readonly field?: string[];
  readonly near: boolean;
  readonly text?: string;
  readonly id?: string;
  readonly against: string[];
  readonly keepSignatures?: boolean;
  readonly sidecars?: boolean;
  readonly eval: string[];
  readonly evalText?: string;
  readonly nearCoverage?: number;
  readonly whatIf?: number[];
  readonly workers?: number;
  readonly overwrite?: boolean;
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

const SHOWN = 5;

function contaminationText({ rows, contaminated, evals }: DecontaminationResult): string {
  const keys = new Set(contaminated.map(({ row_key }) => row_key));
  const sets = evals.map(({ eval: name, items, short }) => {
    const compared = short > 0 ? `, ${counted(short, "short one")} compared whole only` : "";
    return `${plainText(name)}: ${counted(items, "item")}${compared}`;
  });
  const lines = contaminated.slice(0, SHOWN).map(({ row_key, item, kind, coverage, span }) => {
    const text = plainText(head(span, 100)).replace(/\s+/g, " ");
    return `  ${plainText(row_key)} holds ${(coverage * 100).toFixed(0)} % of ${plainText(item)} (${kind}): ${text}`;
  });
  const rest = contaminated.length > SHOWN ? [`  … and ${thousands(contaminated.length - SHOWN)} more`] : [];
  return [
    `${thousands(keys.size)} of ${counted(rows, "row")} hold items of ${sets.join("; ")}`,
    ...lines,
    ...rest,
  ].join("\n");
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
