/** The command line: argv → one library call. With its folder cli/ the only code that prints or exits. */
import { Command, CommanderError } from "commander";
import { withAliases } from "./cli/aliases";
import { addDatasetCommands } from "./cli/dataset-commands";
import { addDedupCommands } from "./cli/dedup-commands";
import { addDiffCommand } from "./cli/diff-command";
import { addFlagCommands } from "./cli/flag-commands";
import { addLabelCommands } from "./cli/label-commands";
import { addLineageCommands } from "./cli/lineage-commands";
import { addPipelineCommands } from "./cli/pipeline-commands";
import { addPolicyCommands } from "./cli/policy-commands";
import { addRunCommands } from "./cli/run-commands";
import { addStepCommands } from "./cli/step-commands";
import { addWorkspaceCommands } from "./cli/workspace-commands";
import { errorText, InputError, QueryError, RetryableError, ShardError, UsageError } from "./errors";
import { InterruptedError } from "./interrupt";

/** Runs the command line; sets the exit code: 0 done, 1 mendable fault, 2 wrong usage, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = makeProgram();
  try {
    await program.parseAsync(withAliases(argv));
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** The program with all its commands. */
export function makeProgram(): Command {
  const program = new Command("corpuslab")
    .description(
      "From a Hugging Face dataset to canonical rows, pools and a ledger that accounts for every row",
    )
    .version(version())
    .showHelpAfterError("(add --help for the options and an example)")
    .exitOverride();
  addDatasetCommands(program);
  addRunCommands(program);
  addFlagCommands(program);
  addPolicyCommands(program);
  addDedupCommands(program);
  addLineageCommands(program);
  addLabelCommands(program);
  addStepCommands(program);
  addDiffCommand(program);
  addPipelineCommands(program);
  addWorkspaceCommands(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

function version(): string {
  return (require("../package.json") as { version: string }).version;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
  if (error instanceof InterruptedError) {
    console.error("interrupted; what was finished is kept, run the same command with --resume");
    return 130;
  }
  if (error instanceof QueryError) console.error(`corpuslab: ${error.message}\n  SQL: ${error.sql}`);
  else if (error instanceof InputError || error instanceof ShardError || error instanceof RetryableError) {
    console.error(`corpuslab: ${error.message}`);
  } else if (process.env.CORPUSLAB_DEBUG) console.error(error);
  else if (isFileFault(error)) {
    console.error(
      `corpuslab: ${errorText(error)}: check that the path can be written and that the disk is not full`,
    );
  } else {
    console.error(
      `corpuslab: ${errorText(error)} (this is a fault of corpuslab: run with CORPUSLAB_DEBUG=1 for the trace)`,
    );
  }
  return error instanceof UsageError ? 2 : 1;
}

/** What the machine refused (rights, a file in place of a folder, a full disk) is the caller's to mend. */
function isFileFault(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const codes = [
    "EACCES",
    "EPERM",
    "EROFS",
    "ENOSPC",
    "EDQUOT",
    "EFBIG",
    "ENOTDIR",
    "EISDIR",
    "EEXIST",
    "EMFILE",
  ];
  return syscall !== undefined && codes.includes(code ?? "");
}
