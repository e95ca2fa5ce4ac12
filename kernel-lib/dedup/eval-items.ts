/** The items of an evaluation set, as texts whose words are looked for. Fails loudly rather than check nothing. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { InputError } from "../errors";
import { open } from "../table/open";

export interface EvalItem {
  /** `HumanEval/12`, or the file's name and the item's number. */
  readonly name: string;
  readonly text: string;
}

/** What holds the task, in the order of preference; the answer follows where it is long text of its own. */
const TASK = ["question", "prompt", "problem", "instruction", "query", "input", "text"];
const ANSWER = ["canonical_solution"];
const NAME = ["task_id", "id", "key", "uuid"];

/**
 * The items of a file: JSON lines, CSV, TSV, Parquet, or a dataset. The text is the first column there is of question,
 * prompt, problem, instruction, query, input, text; a TSV without such a head (MGSM) has it in its first column.
 * @throws InputError when the file holds no item, or none with text.
 */
export async function readEvalItems(path: string, column?: string): Promise<EvalItem[]> {
  const items = isHeadless(path) ? headlessItems(path) : await tableItems(path, column);
  if (items.length === 0)
    throw new InputError(`${path}: no item with text, expected an evaluation set: nothing would be checked`);
  return items;
}

/** A TSV whose first line is an item already. */
function isHeadless(path: string): boolean {
  if (!path.endsWith(".tsv")) return false;
  const head = readFileSync(path, "utf8").split("\n", 1)[0]!.split("\t");
  return !head.some((name) => [...TASK, ...NAME].includes(name.trim().toLowerCase()));
}

function headlessItems(path: string): EvalItem[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line, i) => ({ name: `${basename(path)}#${i}`, text: line.split("\t")[0]!.trim() }))
    .filter(({ text }) => text !== "");
}

async function tableItems(path: string, column: string | undefined): Promise<EvalItem[]> {
  const table = await open(path);
  const names = Array.from(await table.schema, ({ name }) => name);
  const task = column ?? TASK.find((name) => names.includes(name));
  if (task === undefined || !names.includes(task)) {
    throw new InputError(
      `${path}: no column ${column ? `"${column}"` : TASK.join(", ")}; it has ${names.slice(0, 12).join(", ")}: name it with --eval-text`,
    );
  }
  const problems = await table.problems();
  if (problems.length > 0) {
    throw new InputError(
      `${path}: ${problems.length} items cannot be read, the first in row ${String(problems[0]!.row)}: an item that is not read is not checked`,
    );
  }
  const answers = column === undefined ? ANSWER.filter((name) => names.includes(name)) : [];
  const name = NAME.find((each) => names.includes(each));
  const items: EvalItem[] = [];
  let row = 0;
  for await (const batch of table.stream()) {
    for (const each of batch) {
      const text = [task, ...answers]
        .map((key) => (typeof each[key] === "string" ? each[key] : ""))
        .join("\n");
      const called = name === undefined ? `${basename(path)}#${row}` : String(each[name]);
      if (text.trim() !== "") items.push({ name: called, text });
      row++;
    }
  }
  return items;
}
