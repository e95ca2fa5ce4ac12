/** All that is compared before a version is written, and what speaks against it. */
import { createHash } from "node:crypto";
import { liveValue } from "../kernel/scope";
import type { GoldenRow } from "../steps/golden-lines";
import type { AnswerNames, Outcome, StepKind } from "../steps/outcome";
import { withNulls } from "../steps/row-function";
import type { BoundStep, StepRow } from "../steps/sandbox";
import { refusal } from "./capture";
import { answers, answersInAnotherOrder, changesItself, differences, shuffled } from "./prove";
import type { Refusal } from "./refusal";
import type { Slice } from "./slice";
import { valueSource } from "./value-source";

export interface ProofParts {
  readonly name: string;
  readonly kind: StepKind;
  /** The function of the cell. */
  readonly live: (row: StepRow) => unknown;
  /** A fresh realm with the rebuilt step. */
  readonly load: () => BoundStep;
  /** A fresh realm whose `bind` gives the step and a function for the values of all that was captured, in their order. */
  readonly probe: () => BoundStep;
  readonly params: Readonly<Record<string, unknown>>;
  readonly golden: readonly GoldenRow[];
  readonly nulls: Readonly<Record<string, "keep" | "drop">>;
  readonly names: AnswerNames;
  readonly slice: Slice;
  /** The golden rows with every column of the table, in its order; null where no row is handed on as a whole. */
  readonly whole: readonly StepRow[] | null;
}

export interface Proof {
  readonly refusals: readonly Refusal[];
  /** The answer for each golden row. */
  readonly outcomes: readonly (Outcome | { readonly fault: string })[];
  readonly summary: {
    readonly rows: number;
    readonly strata: Readonly<Record<string, number>>;
    readonly outcomes: Readonly<Record<string, number>>;
    /** Rows that the pipeline's executor was given too, and the size of its other batches. */
    readonly executor?: { readonly rows: number; readonly batch: number };
  };
}

/** The live function and the rebuilt one on the golden rows, in order, shuffled and in other batches. */
export function prove(parts: ProofParts): Proof {
  const { kind, params, golden, nulls, names, slice } = parts;
  const load = (): BoundStep => {
    const bind = parts.load();
    return (values) => bind(structuredClone(values));
  };
  const place = { cell: slice.target.cell, line: slice.target.line };
  const live = withNulls(parts.live, nulls);
  const rebuilt = () => (values: Readonly<Record<string, unknown>>) => withNulls(load()(values), nulls);
  const rows = golden.map(({ row }) => row);
  const first = answers(rebuilt()(params), rows, kind, names);
  const refusals: Refusal[] = [...changedValues(parts)];
  const isExplained = refusals.length > 0;
  const add = (code: Refusal["code"], what: string, wayOut: string): void => {
    refusals.push(refusal(code, what, wayOut, place));
  };
  const summary = {
    rows: golden.length,
    strata: tally(golden.flatMap(({ strata }) => strata)),
    outcomes: tally(first.map((outcome) => Object.keys(outcome)[0]!)),
  };
  if (golden.length === 0) {
    add("GOLDEN_EMPTY", "the table has no rows to prove it on", "give a table with rows");
    return { refusals, outcomes: first, summary };
  }
  const state = changedState(parts);
  if (state.length > 0) return { refusals: [...refusals, ...state], outcomes: first, summary };
  const fault = first.findIndex((outcome) => "fault" in outcome);
  if (fault >= 0) {
    const { fault: what } = first[fault] as { fault: string };
    add("SCHEMA", `for row ${golden[fault]!.key} it ${what}`, faultWayOut(kind));
  }
  const guarded = first.findIndex(
    (outcome) => "error" in outcome && / is not (there for a step|defined)/.test(outcome.error),
  );
  if (guarded >= 0) {
    const { error } = first[guarded] as { error: string };
    add(
      "NONDETERMINISTIC",
      `for row ${golden[guarded]!.key}: ${error}`,
      "take it from a column or a parameter",
    );
  }
  const errors = summary.outcomes.error ?? 0;
  if (errors === golden.length && guarded < 0) {
    const { error } = first[0] as { error: string };
    add(
      "GOLDEN_EMPTY",
      `it throws for every row: ${error}`,
      "mend the function, or give rows that it is for",
    );
  }
  const spoken = answers(live, rows, kind, names);
  const differing = differences(comparable(spoken), comparable(first));
  if (differing.length > 0) {
    if (guarded < 0 && !(isExplained && slice.redefined.length === 0))
      refusals.push(...disagreement(parts, differing, spoken, first));
  } else refusals.push(...redefined(slice));
  if (differing.length === 0 && parts.whole) {
    const seeing = answers(live, parts.whole, kind, names);
    const i = differences(comparable(seeing), comparable(spoken))[0];
    if (i !== undefined) {
      add(
        "SCHEMA",
        `row ${golden[i]!.key} gets ${brief(JSON.stringify(seeing[i]))} with all columns of the table, and ${brief(JSON.stringify(spoken[i]))} with the columns that were named`,
        "name every column that it reads in columns, or read the columns by name",
      );
    }
  }
  const again = answersInAnotherOrder(rebuilt, params, golden, kind, names);
  const { items, from } = shuffled(rows);
  const liveAgain = new Array<unknown>(rows.length);
  answers(live, items, kind, names).forEach((answer, i) => {
    liveAgain[from[i]!] = answer;
  });
  const unstable = [...differences(first, again), ...differences(comparable(spoken), comparable(liveAgain))];
  const itself = changesItself(rebuilt()(params), rows, kind, names);
  if (itself !== null) {
    add(
      "ORDER_DEPENDENT",
      `row ${golden[itself]!.key} gets another answer when it is asked for twice: something remembers the rows before (a pattern with the flag g, a counter)`,
      "let the function look at one row alone",
    );
  } else if (unstable.length > 0 && guarded < 0) {
    add(
      "ORDER_DEPENDENT",
      `row ${golden[unstable[0]!]!.key} gets another answer when the rows come in another order`,
      "let the function look at one row alone",
    );
  }
  if (kind === "filter" && refusals.length === 0) {
    const kept = summary.outcomes.keep ?? 0;
    if (kept === 0 || kept === golden.length) {
      const all = kept === 0 ? "drops" : "keeps";
      add(
        "GOLDEN_EMPTY",
        `it ${all} all ${golden.length} rows of the sample, which proves nothing`,
        `give a table with rows that it ${kept === 0 ? "keeps" : "drops"}, or compare every row with all: true`,
      );
    }
  }
  return { refusals, outcomes: first, summary };
}

/** Values whose source, read again, gives something else than what stands in the kernel. */
function changedValues({ probe, params, slice }: ProofParts): Refusal[] {
  const { captured } = slice;
  if (captured.length === 0) return [];
  const rebuilt = look(probe(), params).values();
  return captured.flatMap(({ name, piece }, i) => {
    const live = liveValue(name);
    const [now, then] = [valueSource(live?.value, name), valueSource(rebuilt[i], name)];
    if (!live || !now.ok || !then.ok || now.text === then.text) return [];
    return [
      refusal(
        "MUTATED_CAPTURE",
        `${name} is ${brief(now.text)} now, but its cell makes ${brief(then.text)}`,
        "run its cell and the cell of the function again, and make the whole value in one statement",
        piece,
      ),
    ];
  });
}

/** Captured values that are others after the golden rows than before: also those changed through another name. */
function changedState({ probe, params, slice, golden, kind, names }: ProofParts): Refusal[] {
  const { captured } = slice;
  if (captured.length === 0) return [];
  const { step, values } = look(probe(), params);
  const texts = () =>
    values().map((value, i) => {
      const source = valueSource(value, captured[i]!.name);
      return source.ok ? source.text : null;
    });
  const before = texts();
  answers(
    step,
    golden.map(({ row }) => row),
    kind,
    names,
  );
  return texts().flatMap((text, i) => {
    if (text === before[i]) return [];
    const { name, piece } = captured[i]!;
    return [
      refusal(
        "ORDER_DEPENDENT",
        `${name} is ${brief(before[i] ?? "another value")} before the rows and ${brief(text ?? "another value")} after them: the function changes it`,
        "let the function look at one row alone; duplicates and groups are found by dedup and group filters",
        piece,
      ),
    ];
  });
}

function look(bind: BoundStep, params: Readonly<Record<string, unknown>>) {
  return bind(structuredClone(params)) as unknown as {
    readonly step: (row: StepRow) => unknown;
    readonly values: () => unknown[];
  };
}

/** What an answer of this kind is. */
export function faultWayOut(kind: StepKind): string {
  if (kind === "filter") return 'return true to keep, false or { drop: "reason" } to drop';
  if (kind === "rewrite") return "return { text }, { messages }, or null for no change";
  return "return each column of writes with a value of its type; a value that can be missing is .nullable()";
}

/** The function still holds an old value, although no golden row shows it. */
function redefined({ redefined }: Slice): Refusal[] {
  return redefined.map(({ name, usedIn, definition }) =>
    refusal(
      "REDEFINED",
      `${usedIn.defines.join(", ")} holds the ${name} of its own cell, and cell ${definition.cell} defines ${name} anew`,
      `keep one definition of ${name}, or run cell ${usedIn.cell} again`,
      usedIn,
    ),
  );
}

function disagreement(
  { golden, slice, params }: ProofParts,
  differing: readonly number[],
  spoken: readonly unknown[],
  rebuilt: readonly unknown[],
): Refusal[] {
  const i = differing[0]!;
  const example = `row ${golden[i]!.key}: the cell says ${brief(JSON.stringify(spoken[i]))}, its source ${brief(JSON.stringify(rebuilt[i]))}`;
  const count = `${differing.length} of ${golden.length} rows`;
  const wayOut =
    "run the cell of the function again, so that it sees the values as they are now, then promote";
  const values = slice.redefined.map(({ name, usedIn, definition }) => {
    const value = name in params ? ` (now ${brief(JSON.stringify(params[name]))})` : "";
    return refusal(
      "STALE_CLOSURE",
      `${usedIn.defines.join(", ")} still uses the ${name} from before cell ${definition.cell} defined it anew${value}; ${count} differ, ${example}`,
      `run cell ${usedIn.cell} again, then promote`,
      usedIn,
    );
  });
  if (values.length > 0) return values;
  const { cell, line } = slice.target;
  return [refusal("STALE_CLOSURE", `${count} differ: ${example}`, wayOut, { cell, line })];
}

/** Messages of errors may name other realms: that both throw is what counts. */
function comparable(outcomes: readonly unknown[]): unknown[] {
  return outcomes.map((outcome) =>
    typeof outcome === "object" && outcome !== null && "error" in outcome ? { error: true } : outcome,
  );
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function brief(text: string): string {
  return text.length > 80
    ? `${text.slice(0, 60)}… (${createHash("sha256").update(text).digest("hex").slice(0, 8)})`
    : text;
}
