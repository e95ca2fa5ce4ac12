/** The command line: argv → one library call. With its folder cli/ the only code that prints or exits. */
import { Command, CommanderError } from "commander";
import { withAliases } from "./cli/aliases";
import { errorText, InputError, QueryError, RetryableError, ShardError, UsageError } from "./errors";
import { InterruptedError } from "./interrupt";

/** Runs the command line; sets the exit code: 0 done, 1 mendable fault, 2 wrong usage, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const program = await makeProgram(argv[2]);
    await program.parseAsync(withAliases(argv));
  } catch (error) {
    process.exitCode = report(error);
  }
}

interface CommandFile {
  /** The commands that it adds. */
  readonly names: readonly string[];
  readonly load: () => Promise<(program: Command) => void>;
}

/** In the order of the help. A file brings what its commands run, so only the file of the command in hand is loaded. */
export const COMMAND_FILES: readonly CommandFile[] = [
  {
    names: ["inventory", "sql", "demo"],
    load: async () => (await import("./cli/dataset-commands.js")).addDatasetCommands,
  },
  {
    names: ["normalize", "pools", "all"],
    load: async () => (await import("./cli/run-commands.js")).addRunCommands,
  },
  {
    names: ["flag"],
    load: async () => (await import("./cli/flag-commands.js")).addFlagCommands,
  },
  {
    names: ["policy"],
    load: async () => (await import("./cli/policy-commands.js")).addPolicyCommands,
  },
  {
    names: ["candidates", "import-scores", "scores", "subsets"],
    load: async () => (await import("./cli/scores-commands.js")).addScoresCommands,
  },
  {
    names: ["score"],
    load: async () => (await import("./cli/score-command.js")).addScoreCommand,
  },
  {
    names: ["dedup"],
    load: async () => (await import("./cli/dedup-commands.js")).addDedupCommands,
  },
  {
    names: ["embed", "similar", "domains"],
    load: async () => (await import("./cli/embed-commands.js")).addEmbedCommands,
  },
  {
    names: ["split"],
    load: async () => (await import("./cli/split-command.js")).addSplitCommand,
  },
  {
    names: ["boilerplate"],
    load: async () => (await import("./cli/boilerplate-command.js")).addBoilerplateCommand,
  },
  {
    names: ["why", "trace"],
    load: async () => (await import("./cli/lineage-commands.js")).addLineageCommands,
  },
  {
    names: ["label", "unlabel", "labels"],
    load: async () => (await import("./cli/label-commands.js")).addLabelCommands,
  },
  {
    names: ["review"],
    load: async () => (await import("./cli/review-command.js")).addReviewCommand,
  },
  {
    names: ["versions", "pipelines", "verify", "rollback"],
    load: async () => (await import("./cli/step-commands.js")).addStepCommands,
  },
  {
    names: ["diff"],
    load: async () => (await import("./cli/diff-command.js")).addDiffCommand,
  },
  {
    names: ["run"],
    load: async () => (await import("./cli/pipeline-commands.js")).addPipelineCommands,
  },
  {
    names: ["init", "doctor", "kernel"],
    load: async () => (await import("./cli/workspace-commands.js")).addWorkspaceCommands,
  },
];

/** The program with the command of this name; of any other name (`--help`, a misspelled one) with all of them. */
export async function makeProgram(name?: string): Promise<Command> {
  const program = new Command("corpuslab")
    .description(
      "From a Hugging Face dataset to canonical rows, pools and a ledger that accounts for every row",
    )
    .version(version())
    .showHelpAfterError("(add --help for the options and an example)")
    .exitOverride();
  if (name === "--version" || name === "-V") return program;
  const wanted = COMMAND_FILES.filter(({ names }) => name !== undefined && names.includes(name));
  for (const { load } of wanted.length > 0 ? wanted : COMMAND_FILES) (await load())(program);
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
