/** The command over two versions of a step: diff. */
import { join, relative } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { open } from "../dataset";
import { diff } from "../diff/diff";
import { JOBS } from "../progress";
import { findWorkspace } from "../workspace";
import { interruptible } from "./interrupt";
import { wholeNumber } from "./options";
import { showProgress } from "./progress";

interface DiffFlags {
  readonly on: string;
  readonly by?: string;
  readonly sample?: number;
  readonly seed?: number;
  readonly examples?: number;
  readonly oldParams?: Readonly<Record<string, unknown>>;
  readonly newParams?: Readonly<Record<string, unknown>>;
  readonly workers?: number;
  readonly out?: string;
  readonly moved?: string;
  readonly json?: boolean;
  readonly pipelines?: string;
}

export function addDiffCommand(program: Command): void {
  program
    .command("diff")
    .description("Say which rows another version of a step decides differently, and write a report")
    .argument("<old>", "name@version")
    .argument("<new>", "name@version; the same one with --new-params compares parameters")
    .requiredOption("--on <dir>", "folder of a run, or a dataset with the columns that the steps read")
    .option("--by <column>", "count rows by the values of this column; default meta_domain")
    .option("--sample <n>", "compare n rows instead of all; counts then have intervals", wholeNumber(1))
    .option("--seed <n>", "of the sample; default 0", wholeNumber(0))
    .option("--examples <n>", "examples of each direction in the report; default 3", wholeNumber(0))
    .option("--old-params <json>", "other parameters for the old version", paramsObject)
    .option("--new-params <json>", "other parameters for the new version", paramsObject)
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the result",
      wholeNumber(1),
    )
    .option("--out <file>", "the report; default reports/diff/<old>-<new>.html of the workspace")
    .option("--moved <file>", "also write the rows that moved: keys, answers and causes, as Parquet")
    .option("--json", "print the difference as JSON")
    .option("--pipelines <dir>", "folder of the steps; default pipelines/ of the workspace")
    .addHelpText("after", "\nExample:\n  corpuslab diff keep_short@1 keep_short@2 --on out/demo")
    .action(async (old: string, next: string, flags: DiffFlags) => {
      await interruptible(async (signal) => {
        const { on, oldParams, newParams, out, moved, json, ...options } = flags;
        const table = await open(on);
        const given = (step: string, params: DiffFlags["oldParams"]) => (params ? { step, params } : step);
        const found = await showProgress(JOBS.diff, (onProgress) =>
          diff(given(old, oldParams), given(next, newParams), table, { ...options, signal, onProgress }),
        );
        const { data } = found;
        const report = found.write(out ?? defaultReport(data.old.ref, data.new.ref), {
          command: `corpuslab ${process.argv.slice(2).map(shellWord).join(" ")}`,
        });
        if (moved !== undefined) await found.writeRows(moved, { signal });
        if (json) console.log(JSON.stringify(data, null, 2));
        else console.log(String(found));
        console.error(`report: ${relative(process.cwd(), report) || report}`);
        if (moved !== undefined) console.error(`rows that moved: ${moved}`);
      });
    });
}

/** In the workspace's reports, else here. */
function defaultReport(old: string, next: string): string {
  return join(findWorkspace() ?? ".", "reports", "diff", `${old}-${next}.html`);
}

/** A word as a shell takes it back. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function paramsObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // told below
  }
  throw new InvalidArgumentError(`expected a JSON object such as '{"limit": 400}'.`);
}
