/** The rows of the examples, whole, and for rewrites what both versions make of them. */
import { quoteText } from "../db";
import type { Stage, StageResult } from "../engine/engine";
import type { PinnedStep } from "../steps/pinned-step";
import type { Table } from "../table/table";
import type { DiffExample } from "./diff-json";
import { type DiffRows, KEY_COLUMN } from "./diff-rows";
import type { Answer } from "./directions";
import type { ExampleAnswers, ExampleSpec } from "./example-task";

export interface ShownExample extends DiffExample {
  /** The row with all its columns; null where it is not there any more. */
  readonly row: Readonly<Record<string, unknown>> | null;
  /** Of a rewrite: what it made of the row. */
  readonly answers: readonly [before: Answer, after: Answer] | null;
}

const NUMBER = KEY_COLUMN.row_number;

export async function readExamples(
  examples: readonly DiffExample[],
  {
    rows: { table, key },
    old,
    next,
    run,
    signal,
  }: {
    readonly rows: DiffRows;
    readonly old: PinnedStep;
    readonly next: PinnedStep;
    readonly run: (stage: Omit<Stage, "out">) => Promise<StageResult>;
    readonly signal: AbortSignal;
  },
): Promise<ShownExample[]> {
  if (examples.length === 0) return [];
  const found = only(
    table,
    key,
    examples.map((example) => example.key),
  );
  const name = KEY_COLUMN[key];
  const rows = new Map<string, Record<string, unknown>>();
  for (const row of await found.toArray({ signal })) {
    const { [NUMBER]: _number, ...own } = row;
    rows.set(String(row[name]), key === "row_key" ? row : own);
  }
  const answers = new Map<string, readonly [Answer, Answer]>();
  if (old.manifest.kind === "rewrite") {
    const spec: ExampleSpec = { from: await found.rowsSql(signal), key: name, a: old, b: next };
    const { results } = await run({
      name: "examples",
      module: "diff/example-task",
      tasks: [{ id: "examples", spec }],
    });
    const told = (results.get("examples")?.summary ?? []) as ExampleAnswers;
    for (const [found, before, after] of told) answers.set(found, [before, after]);
  }
  return examples.map((example) => ({
    ...example,
    row: rows.get(example.key) ?? null,
    answers: answers.get(example.key) ?? null,
  }));
}

function only(table: Table, key: DiffRows["key"], keys: readonly string[]): Table {
  if (key === "row_key") return table.filter(`row_key in (${keys.map(quoteText).join(", ")})`);
  return table
    .sql(`select *, row_number() over () - 1 as ${NUMBER} from this`)
    .filter(`${NUMBER} in (${keys.join(", ")})`);
}
