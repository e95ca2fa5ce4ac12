/** Commands that say something about rows: label, unlabel, labels. */
import type { Command } from "commander";
import { UsageError } from "../errors";
import { label } from "../label/label";
import { labels } from "../label/labels";
import { writeLabels } from "../lineage/write-labels";

interface ActFlags {
  readonly reason?: string;
  readonly author?: string;
  readonly into?: string;
}

interface LabelsFlags {
  readonly label?: string;
  readonly dataset?: string;
  readonly history?: boolean;
  readonly into?: string;
  readonly json?: boolean;
  readonly write?: boolean;
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
    .description("List the labels and patches of the workspace, or write them into a run")
    .argument("[run]", "only labels on the datasets of this run; with --write the run to write them into")
    .option(
      "--write",
      "write them and reviews as sidecars of the run (flags/labels.v1, flags/reviews.v1), for pools, view.sql and Python",
    )
    .option("--label <name>", "only this label")
    .option("--dataset <name>", "only rows of this dataset")
    .option("--history", "also what was taken back or said anew later")
    .option("--into <dir>", "folder of the log; default labels/ of the workspace")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  corpuslab labels --label bad --json")
    .action(async (run: string | undefined, flags: LabelsFlags) => {
      const { into, json, write, ...rest } = flags;
      const from = into === undefined ? {} : { from: into };
      if (write) {
        if (run === undefined) throw new UsageError("no run given: corpuslab labels <run> --write");
        const written = await writeLabels(run, from);
        const { rows, labeled, patched, reviewed, sidecar } = written;
        console.log(
          json
            ? JSON.stringify(written, null, 2)
            : `${run}/${sidecar}: ${labeled} of ${rows} rows labeled, ${patched} patched, ${reviewed} reviewed; view.sql shows them`,
        );
        return;
      }
      const list = labels({ ...rest, ...from, ...(run === undefined ? {} : { run }) });
      console.log(json ? JSON.stringify(list, null, 2) : list.toString());
    });
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
