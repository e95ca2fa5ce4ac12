/** Commands that say something about rows: label, unlabel, labels. */
import type { Command } from "commander";
import { label } from "../label/label";
import { labels } from "../label/labels";

interface ActFlags {
  readonly reason?: string;
  readonly author?: string;
  readonly into?: string;
}

export function addLabelCommands(program: Command): void {
  const command = program
    .command("label")
    .description(
      "Label a row: a line in the workspace's labels/labels.jsonl, shown as a column of every table",
    )
    .argument("<row_key>", "the row, as dataset@revision/file#row")
    .argument("<label>", "a word, such as bad");
  addActOptions(
    command,
    `corpuslab label acme/set@local/train.jsonl#7 bad --reason "answers another question"`,
  );
  command.action((key: string, name: string, flags: ActFlags) => act(key, name, flags));

  const unlabel = program
    .command("unlabel")
    .description("Take a row's label back; the line that gave it stays in the log")
    .argument("<row_key>", "the row, as dataset@revision/file#row");
  addActOptions(unlabel, "corpuslab unlabel acme/set@local/train.jsonl#7");
  unlabel.action((key: string, flags: ActFlags) => act(key, null, flags));

  program
    .command("labels")
    .description("List the labels and patches of the workspace")
    .option("--label <name>", "only this label")
    .option("--dataset <name>", "only rows of this dataset")
    .option("--history", "also what was taken back or said anew later")
    .option("--into <dir>", "folder of the log; default labels/ of the workspace")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  corpuslab labels --label bad --json")
    .action(
      (flags: { label?: string; dataset?: string; history?: boolean; into?: string; json?: boolean }) => {
        const { into, json, ...rest } = flags;
        const list = labels({ ...rest, ...(into === undefined ? {} : { from: into }) });
        console.log(json ? JSON.stringify(list, null, 2) : list.toString());
      },
    );
}

function addActOptions(command: Command, example: string): void {
  command
    .option("--reason <text>", "why")
    .option("--author <name>", "who; default git config user.name, else the user of this machine")
    .option("--into <dir>", "folder of the log; default labels/ of the workspace")
    .addHelpText("after", `\nExample:\n  ${example}`);
}

function act(key: string, name: string | null, flags: ActFlags): void {
  console.log(label(key, name, flags).toString());
}
