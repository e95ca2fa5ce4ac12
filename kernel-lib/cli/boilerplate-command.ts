/** The command over lines that recur: boilerplate. */
import type { Command } from "commander";
import type { BoilerplateView } from "../boilerplate/bodies";
import { boilerplate } from "../boilerplate/boilerplate";
import { prepareBoilerplateFolder, readChosen, writeBoilerplate } from "../boilerplate/boilerplate-files";
import { open } from "../dataset";
import { UsageError } from "../errors";
import { pipeline } from "../pipeline/pipeline";
import { JOBS } from "../progress";
import { promoteBoilerplate } from "../promote/promote-boilerplate";
import { interruptible } from "./interrupt";
import { oneOf, share, wholeNumber } from "./options";
import { showProgress } from "./progress";

interface BoilerplateFlags {
  readonly out?: string;
  readonly minRows?: number;
  readonly minShare?: number;
  readonly minChars?: number;
  readonly view?: BoilerplateView;
  readonly system?: boolean;
  readonly code?: boolean;
  readonly text?: string;
  readonly chosen?: string;
  readonly step?: string;
  readonly pipelines?: string;
  readonly overwrite?: boolean;
}

export function addBoilerplateCommand(program: Command): void {
  program
    .command("boilerplate")
    .description("List lines and paragraphs that recur in many rows; make a step that takes them out")
    .argument("<dir...>", "run folders, .jsonl files, Parquet, owner/name")
    .option("--out <dir>", "folder that gets boilerplate.jsonl, a unit a line, and boilerplate.json")
    .option("--min-rows <n>", "least number of different texts; default 10", wholeNumber(2))
    .option("--min-share <s>", "and least share of a dataset, such as 1% or 0.01; default 0.1%", share)
    .option("--min-chars <n>", "least characters of a line or a paragraph; default 40", wholeNumber(1))
    .option(
      "--view <what>",
      "message bodies: all (default), prompt or completion; text: the column as it stands",
      oneOf("all", "prompt", "completion", "text"),
    )
    .option("--system", "system and developer messages too")
    .option("--code", "lines that look like code, markup, formulas or answers too")
    .option("--text <column>", "column with the text, of any table")
    .option("--step <name>", "promote what was found to a rewrite step, proven on the first table")
    .option("--chosen <file>", "with --step: only the units of this file, lines of a boilerplate.jsonl")
    .option("--pipelines <dir>", "with --step: folder of the steps; default pipelines/ of the workspace")
    .option("--overwrite", "replace an earlier result in --out, and an earlier pipeline of the step's name")
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab boilerplate out/web --out out/boilerplate\n  corpuslab boilerplate out/web --step strip_boilerplate --chosen out/boilerplate/boilerplate.jsonl\n  corpuslab run pipelines/strip_boilerplate.json --input out/web --out out/clean",
    )
    .action(async (dirs: string[], flags: BoilerplateFlags) => {
      if (flags.chosen !== undefined && flags.step === undefined)
        throw new UsageError("boilerplate: --chosen without --step: name the step that takes its lines out");
      if (flags.step !== undefined && flags.text !== undefined)
        throw new UsageError(
          "boilerplate: --step with --text: a step rewrites the text of a run; leave --text out",
        );
      await interruptible(async (signal) => {
        const chosen = flags.chosen === undefined ? null : readChosen(flags.chosen);
        if (chosen !== null) return await makeStep(dirs[0]!, chosen, flags);
        if (flags.out !== undefined)
          prepareBoilerplateFolder(flags.out, { overwrite: flags.overwrite ?? false });
        const found = await showProgress(JOBS.boilerplate, (onProgress) =>
          boilerplate(dirs, { ...flags, signal, onProgress }),
        );
        console.log(found.toString());
        if (flags.out !== undefined) {
          writeBoilerplate(found, flags.out);
          console.log(`\nwritten to ${flags.out}: boilerplate.jsonl, boilerplate.json`);
        }
        if (flags.step !== undefined && found.units.length > 0)
          await makeStep(
            dirs[0]!,
            found.units.map(({ text }) => text),
            flags,
          );
      });
    });
}

/** The step, and a pipeline of its name that runs it. */
async function makeStep(dir: string, units: readonly string[], flags: BoilerplateFlags): Promise<void> {
  const { view, system, overwrite = false } = flags;
  const made = await promoteBoilerplate(flags.step!, units, {
    table: await open(dir),
    ...(view === undefined ? {} : { view }),
    ...(system === undefined ? {} : { system }),
    ...(flags.pipelines === undefined ? {} : { pipelines: flags.pipelines }),
  });
  console.log(`\n${made.toString()}`);
  const file = pipeline([made], { name: made.name }).save({ overwrite });
  console.log(`\ncorpuslab run ${file} --input ${dir} --out …`);
}
