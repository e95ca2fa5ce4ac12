/** What a step of any form says of some rows of a relation. */
import { quoteName, quoteText } from "../db";
import { externalProcess } from "./external-process";
import { filterSql, UNDECIDED } from "./filter-sql";
import type { Outcome } from "./outcome";
import type { PinnedStep } from "./pinned-step";
import { rowFunction } from "./row-function";
import type { StepRow } from "./sandbox";

export interface AskedRows {
  /** The rows of a query, which is made of the SQL of the relation. */
  read(make: (sql: string) => string): Promise<Record<string, unknown>[]>;
  /** SQL expression of what names a row, over the relation. */
  readonly key: string;
  /**
   * SQL condition over `key__` for the rows that are asked about. A rule over groups is asked about all rows of the
   * relation, so that each has its place in its group.
   */
  readonly only: string;
  /** Column by which equal rows of a group are told apart; none: any of them may be first. */
  readonly tie?: string;
  readonly signal?: AbortSignal;
}

export interface StepAnswer {
  readonly key: string;
  /** What the step read. */
  readonly row: StepRow;
  readonly answer: Outcome | { readonly fault: string };
}

/** The step's answers, in the order in which the relation gives the rows. */
export async function stepAnswers(step: PinnedStep, asked: AskedRows): Promise<StepAnswer[]> {
  const { form } = step.manifest;
  const names = columnsRead(step);
  const columns = names.map((name, i) => `${quoteName(name)} as c${i}`);
  const rule =
    form === "sql" || form === "group"
      ? filterSql(step, asked.tie === undefined ? {} : { tie: asked.tie })
      : null;
  const judged = rule ? [`${rule.undecided} as undecided__`, `(${rule.reason}) as reason__`] : [];
  const list = [`${asked.key} as key__`, ...columns, ...judged].join(", ");
  const found = await asked.read((sql) => `select * from (select ${list} from (${sql})) where ${asked.only}`);
  const rows = found.map((row) =>
    Object.fromEntries(names.map((name, i): [string, unknown] => [name, row[`c${i}`] ?? null])),
  );
  const answers = rule ? found.map(ruleAnswer) : await ask(step, rows, asked.signal);
  return found.map((row, i) => ({ key: String(row.key__), row: rows[i]!, answer: answers[i]! }));
}

/** Columns that a step looks at: those it reads, and of a rule over groups those that make the group and its order. */
export function columnsRead({ manifest: { reads, group } }: PinnedStep): string[] {
  const grouped = group ? [...group.by, ...group.order.map(({ column }) => column)] : [];
  return [...new Set([...Object.keys(reads.properties), ...grouped])];
}

/** SQL condition that a key is one of a file of JSON lines, such as golden.jsonl. */
export function keyInLines(path: string): string {
  const lines = `read_json(${quoteText(path)}, format = 'newline_delimited', columns = {key: 'VARCHAR'})`;
  return `key__ in (select key from ${lines})`;
}

function ruleAnswer({ undecided__, reason__ }: Record<string, unknown>): Outcome {
  if (undecided__ === true) return { error: UNDECIDED };
  return reason__ === null || reason__ === undefined ? { keep: true } : { drop: String(reason__) };
}

async function ask(step: PinnedStep, rows: readonly StepRow[], signal: AbortSignal | undefined) {
  if (step.manifest.form === "function") {
    const fn = rowFunction(step);
    return rows.map((row) => fn(structuredClone(row)));
  }
  const program = externalProcess(step, signal ? { signal } : {});
  const answers = await program.answers(rows);
  await program.close();
  return answers;
}
