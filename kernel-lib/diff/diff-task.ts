/** Task: two versions of a step over some of the rows: counts by direction, and the rows that moved as files. */
import { Db, quoteName } from "../db";
import type { TaskContext } from "../engine/engine";
import { ShardError } from "../errors";
import { canonicalAnswer } from "../steps/golden-lines";
import type { PinnedStep } from "../steps/pinned-step";
import type { Attribution, Cause } from "./attribution";
import { type Batch, type Decider, decider } from "./decider";
import { KEY_COLUMN } from "./diff-rows";
import {
  type Answer,
  answerText,
  type Comparing,
  DIRECTIONS,
  directionOf,
  hasCause,
  isFailure,
  sameAnswer,
  sameValue,
  valuesOf,
} from "./directions";
import { type MovedRow, MovedRows } from "./moved-rows";
import { Counter, groupOf, type Tally } from "./tally";

export interface DiffSpec {
  /** SQL of the rows. */
  readonly from: string;
  /** How many there are, for progress. */
  readonly rows: number;
  /** Of the task, for the names of its files. */
  readonly part: string;
  /** Number of the first row, where rows have no key. */
  readonly first: number;
  /** Rows without a key are known by their place, so they are read in order. */
  readonly key: "row_key" | "row_number";
  readonly a: PinnedStep;
  readonly b: PinnedStep;
  readonly attribution: Attribution;
  /** Columns that are compared; of a flag. */
  readonly columns: readonly string[];
  /** Column of groups. */
  readonly by: string | null;
  /** Column of token counts. */
  readonly tokens: string | null;
  /** Column of the text that a rewrite starts from. */
  readonly text: string | null;
}

export async function task(spec: unknown, context: TaskContext): Promise<Tally> {
  const db = await Db.open({ threads: 1, memoryLimit: "1GB", signal: context.signal });
  // A database of its own: a statement on the connection that is being read would end the reading.
  const out = await Db.open({ threads: 1, memoryLimit: "300MB", signal: context.signal });
  const started: Decider[] = [];
  try {
    await db.run("set disabled_optimizers = 'build_side_probe_side'"); // joined rows keep their order
    return await compare({ db, out, started }, spec as DiffSpec, context);
  } finally {
    await Promise.allSettled(started.map((one) => one.close()));
    db.close();
    out.close();
  }
}

interface Open {
  readonly db: Db;
  /** Writes the rows that moved. */
  readonly out: Db;
  /** Filled with what has to be closed. */
  readonly started: Decider[];
}

async function compare({ db, out, started }: Open, spec: DiffSpec, context: TaskContext): Promise<Tally> {
  const { a, b, attribution, key, by, tokens, text } = spec;
  const comparing: Comparing = { kind: a.manifest.kind, columns: spec.columns, names: [a.name, b.name] };
  const directions = DIRECTIONS[comparing.kind];
  const start = (step: PinnedStep): Decider => {
    const opened = decider(step, { key: KEY_COLUMN[key], signal: context.signal });
    started.push(opened);
    return opened;
  };
  const deciders = { a: start(a), b: start(b), cause: causes(attribution, comparing, start) };
  const own = [KEY_COLUMN[key], by, tokens, text].flatMap((name) => (name === null ? [] : [quoteName(name)]));
  const needs = [...new Set([...own, ...deciders.a.needs, ...deciders.b.needs, ...deciders.cause.needs])];
  const list = needs.map((need, i) => `${need} as __corpuslab_${i}`).join(", ");
  const counter = new Counter(directions.length, { by: by !== null });
  const columns = comparing.kind === "rewrite" ? ["text"] : spec.columns;
  const moved = new MovedRows(out, context, spec.part, key, columns);
  let done = 0;
  for await (const values of db.streamColumns(`select ${list} from (${withKey(spec)})`)) {
    context.signal.throwIfAborted();
    const batch: Batch = new Map(needs.map((need, i) => [need, values[i]!]));
    const column = (name: string | null) => (name === null ? null : batch.get(quoteName(name))!);
    const [keys, groups, sizes, texts] = [column(KEY_COLUMN[key])!, column(by), column(tokens), column(text)];
    const all = keys.map((_, i) => i);
    const [before, after] = await Promise.all([
      deciders.a.answers(batch, all),
      deciders.b.answers(batch, all),
    ]);
    const changed: { i: number; direction: number }[] = [];
    for (const i of all) {
      const direction = directionOf(before[i]!, after[i]!, comparing, texts?.[i]);
      counter.add(direction, sizes?.[i], groups?.[i]);
      if (directions[direction]!.differs) changed.push({ i, direction });
    }
    const numbers = changed.map(({ i }) => i);
    const because = await deciders.cause.of(batch, numbers, after, texts);
    await moved.append(
      changed.map(({ i, direction }, n) =>
        movedRow({
          key: key === "row_key" ? String(keys[i]) : Number(keys[i]),
          direction: directions[direction]!.id,
          because: hasCause(directions[direction]!) ? because[n]! : null,
          group: groupOf(groups?.[i]),
          a: before[i]!,
          b: after[i]!,
          comparing,
          text: texts?.[i],
        }),
      ),
    );
    done += keys.length;
    context.progress(done, spec.rows === 0 ? 1 : Math.min(1, done / spec.rows));
  }
  await moved.flush();
  if (done !== spec.rows)
    throw new ShardError(`${done} rows were read of ${spec.rows}; did the files change?`);
  for (const one of started.splice(0)) await one.close();
  return counter.tally();
}

/** SQL of the rows with the column that they are known by. */
function withKey({ from, key, first }: DiffSpec): string {
  if (key === "row_key") return from;
  return `select *, row_number() over () - 1 + ${first} as ${KEY_COLUMN.row_number} from (${from})`;
}

interface Causes {
  readonly needs: readonly string[];
  of(
    batch: Batch,
    rows: readonly number[],
    after: readonly Answer[],
    texts: readonly unknown[] | null,
  ): Promise<readonly (Cause | null)[]>;
}

/** Why rows moved; the two more steps are run over these rows alone. */
function causes(
  attribution: Attribution,
  comparing: Comparing,
  start: (step: PinnedStep) => Decider,
): Causes {
  if (attribution.way !== "run") {
    const cause = attribution.way === "all" ? attribution.cause : null;
    return { needs: [], of: async (_, rows) => rows.map(() => cause) };
  }
  const [code, parameters] = [start(attribution.code), start(attribution.parameters)];
  return {
    needs: [...code.needs, ...parameters.needs],
    async of(batch, rows, after, texts) {
      const [byCode, byParameters] = await Promise.all([
        code.answers(batch, rows),
        parameters.answers(batch, rows),
      ]);
      return rows.map((row, n) => {
        const codeAlone = sameAnswer(byCode[n]!, after[row]!, comparing, texts?.[row]);
        const parametersAlone = sameAnswer(byParameters[n]!, after[row]!, comparing, texts?.[row]);
        if (codeAlone) return parametersAlone ? "either" : "code";
        return parametersAlone ? "parameters" : "together";
      });
    },
  };
}

function movedRow({
  key,
  direction,
  because,
  group,
  a,
  b,
  comparing,
  text,
}: {
  readonly key: string | number;
  readonly direction: string;
  readonly because: Cause | null;
  readonly group: string | null;
  readonly a: Answer;
  readonly b: Answer;
  readonly comparing: Comparing;
  readonly text: unknown;
}): MovedRow {
  const base = {
    key,
    direction,
    because,
    group,
    before: answerText(a, comparing, text),
    after: answerText(b, comparing, text),
  };
  if (comparing.kind === "filter") return { ...base, values: [], changes: [] };
  if (comparing.kind === "rewrite") {
    const [left, right] = [lengthOf(a, text), lengthOf(b, text)];
    const change = left === null || right === null ? null : right - left;
    return { ...base, values: [[null, null]], changes: [change] };
  }
  if (isFailure(a) || isFailure(b)) {
    const none = comparing.columns.map(() => null);
    return { ...base, values: none.map(() => [null, null]), changes: none };
  }
  const [left, right] = [valuesOf(a), valuesOf(b)];
  const differ = comparing.columns.map((column) => !sameValue(left[column], right[column]));
  const json = (value: unknown) => canonicalAnswer(value);
  return {
    ...base,
    values: comparing.columns.map((column, i) =>
      differ[i] ? [json(left[column]), json(right[column])] : [null, null],
    ),
    changes: comparing.columns.map((column, i) => {
      if (!differ[i]) return null;
      const [from, to] = [left[column], right[column]];
      return typeof from === "number" && typeof to === "number" && Number.isFinite(to - from)
        ? to - from
        : null;
    }),
  };
}

/** Length of the text after a rewrite, where it is known: not for messages, whose text is rendered later. */
function lengthOf(answer: Answer, text: unknown): number | null {
  if ("text" in answer) return answer.text.length;
  return "unchanged" in answer && typeof text === "string" ? text.length : null;
}
