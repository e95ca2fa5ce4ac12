/** Task: what two rewrites make of a few rows, to be shown side by side. */
import { Db, quoteName } from "../db";
import type { TaskContext } from "../engine/engine";
import type { PinnedStep } from "../steps/pinned-step";
import { type Batch, decider } from "./decider";
import type { Answer } from "./directions";

export interface ExampleSpec {
  /** SQL of the rows. */
  readonly from: string;
  /** Column that a row is known by. */
  readonly key: string;
  readonly a: PinnedStep;
  readonly b: PinnedStep;
}

/** Answers of both, by key. */
export type ExampleAnswers = readonly (readonly [key: string, before: Answer, after: Answer])[];

export async function task(spec: unknown, context: TaskContext): Promise<ExampleAnswers> {
  const { from, key, a, b } = spec as ExampleSpec;
  const db = await Db.open({ threads: 1, memoryLimit: "1GB", signal: context.signal });
  try {
    const [left, right] = [
      decider(a, { key, signal: context.signal }),
      decider(b, { key, signal: context.signal }),
    ];
    const needs = [...new Set([...left.needs, ...right.needs])];
    const list = [`${quoteName(key)}::varchar as k`, ...needs.map((need, i) => `${need} as c${i}`)];
    const out: (readonly [string, Answer, Answer])[] = [];
    for await (const [keys, ...columns] of db.streamColumns(`select ${list.join(", ")} from (${from})`)) {
      const batch: Batch = new Map(needs.map((need, i) => [need, columns[i]!]));
      const rows = keys!.map((_, i) => i);
      const [before, after] = [await left.answers(batch, rows), await right.answers(batch, rows)];
      for (const i of rows) out.push([String(keys![i]), before[i]!, after[i]!]);
    }
    await left.close();
    await right.close();
    return out;
  } finally {
    db.close();
  }
}
