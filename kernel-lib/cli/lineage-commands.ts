/** Commands that ask a run about one of its rows: why, trace. */
import type { Command } from "commander";
import { trace } from "../lineage/trace";
import { why } from "../lineage/why";
import { interruptible } from "./interrupt";

export function addLineageCommands(program: Command): void {
  program
    .command("why")
    .description(
      "Say whether a row is in or out of a run, at which stage or step and why; its flags, duplicates, pools, labels",
    )
    .argument("<key>", "row_key, id or text_id")
    .requiredOption("--run <dir>", "the run's folder")
    .option("--pools <dir>", "folder of the pools; default pools in the run folder")
    .option("--pipelines <dir>", "folder of the versions of steps; default pipelines/ of the workspace")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      '\nExample:\n  corpuslab why "corpuslab/demo@local/data/chat_if.jsonl#48" --run out/demo',
    )
    .action(
      async (key: string, flags: { run: string; pools?: string; pipelines?: string; json?: boolean }) => {
        await interruptible(async (signal) => {
          const { run, pools, pipelines, json } = flags;
          const folders = {
            ...(pools === undefined ? {} : { pools }),
            ...(pipelines === undefined ? {} : { pipelines }),
          };
          print(await why(key, { run, signal, ...folders }), json);
        });
      },
    );

  program
    .command("trace")
    .description("Go back to a row's source row, read it again and check that it is the same")
    .argument("<key>", "row_key, id or text_id")
    .requiredOption("--run <dir>", "the run's folder")
    .option(
      "--hub-dir <dir>",
      "folder of dataset repositories, to look in beside the place the run read from",
    )
    .option("--json", "as JSON, with the whole source row")
    .addHelpText(
      "after",
      '\nExample:\n  corpuslab trace "corpuslab/demo@local/data/chat_if.jsonl#0" --run out/demo',
    )
    .action(async (key: string, flags: { run: string; hubDir?: string; json?: boolean }) => {
      await interruptible(async (signal) => {
        const { run, hubDir, json } = flags;
        const traced = await trace(key, { run, signal, ...(hubDir === undefined ? {} : { hubDir }) });
        print(traced, json);
        if (!traced.same) process.exitCode = 1;
      });
    });
}

function print(answer: object, json: boolean | undefined): void {
  console.log(json ? JSON.stringify(answer, bigintText, 2) : String(answer));
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
