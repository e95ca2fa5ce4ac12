/** Which line of a split carries which planted flaw: follows from seed, shape and row count alone. */
import { Random } from "./random";
import type { Shape } from "./shape";

/** A planted flaw; `form` says which variant, `source` the line that a duplicate repeats. */
export interface Flaw {
  readonly kind: string;
  readonly form: string;
  readonly source?: { readonly split: string; readonly line: number };
}

export interface SplitPlan {
  readonly shape: Shape;
  readonly rows: number;
  /** Lines: rows and malformed lines. */
  readonly lines: number;
  readonly flaws: ReadonlyMap<number, Flaw>;
}

export const MALFORMED_FORMS =
  "array truncated trailing_comma nan two_objects blank single_quotes invalid_utf8".split(" ");

interface FlawSpec {
  readonly forms: readonly string[];
  /** Share of the rows. */
  readonly rate: number;
  /** At least so many in a split of 80 rows or more. */
  readonly least: number;
}

const GENERAL: Readonly<Record<string, FlawSpec>> = {
  empty_completion: { forms: ["", "   ", "\n", "null"], rate: 0.012, least: 1 },
  exact_dup_identical_row: { forms: ["identical"], rate: 0.012, least: 1 },
  near_dup: { forms: ["case_punct", "whitespace", "swap05", "truncate", "prefix"], rate: 0.025, least: 1 },
  over_long: { forms: ["prose"], rate: 0.002, least: 1 },
  repeated_pattern: { forms: ["line", "word", "character"], rate: 0.006, least: 1 },
  pii: { forms: ["email", "phone", "ipv4"], rate: 0.006, least: 1 },
};

const SPECIAL: Readonly<Record<string, FlawSpec>> = {
  metadata_fault: {
    forms: ["string_accuracy", "empty", "count_zero", "accuracy_mismatch", "accuracy_above_1", "absent"],
    rate: 0.015,
    least: 6,
  },
  malformed_tool_schema: {
    forms: [
      "call_to_undeclared_tool",
      "required_not_in_properties",
      "tool_calls_without_tools",
      "missing_function_name",
      "arguments_unparseable_json",
      "parameters_not_object_schema",
      "tools_is_json_string",
    ],
    rate: 0.035,
    least: 14,
  },
  defective_harmony: {
    forms: ["special_inside_body", "truncated_body", "no_message_tag", "unknown_role", "no_message"],
    rate: 0.06,
    least: 10,
  },
  non_string_content: { forms: ["dict", "list"], rate: 0.008, least: 2 },
  special_in_body: { forms: ["<|end|>"], rate: 0.006, least: 1 },
  mixed_type: { forms: ["changed"], rate: 0.01, least: 2 },
};

/** Copies into a split of rows of another one. */
const ACROSS: Readonly<Record<string, string>> = {
  high_math: "low_math",
  code_alpaca: "magicoder",
  metamath: "openmath",
  dolci: "wizard",
};

const MOST_PER_KIND = 2000;

/** The plan of every split; duplicates point at lines without a flaw. */
export function planFlaws(shapes: readonly Shape[], rows: readonly number[], seed: number): SplitPlan[] {
  const names = new Set(shapes.map((shape) => shape.name));
  const plans = shapes.map((shape, i) => planSplit(shape, rows[i]!, seed, names));
  const byName = new Map(plans.map((plan) => [plan.shape.name, plan]));
  return plans.map((plan) => ({ ...plan, flaws: withSources(plan, byName, seed) }));
}

function planSplit(shape: Shape, rows: number, seed: number, names: ReadonlySet<string>): SplitPlan {
  const random = new Random(seed, `plan ${shape.name}`);
  const wanted = [...specsOf(shape, names)].map(([kind, spec]) => {
    const count = Math.min(
      MOST_PER_KIND,
      Math.max(rows >= 40 ? spec.least : 0, Math.round(rows * spec.rate)),
    );
    return { kind, spec, count, first: random.int(0, spec.forms.length - 1) };
  });
  const list: Flaw[] = [];
  for (let turn = 0; wanted.some(({ count }) => count > turn); turn++) {
    for (const { kind, spec, count, first } of wanted) {
      if (turn < count) list.push({ kind, form: spec.forms[(first + turn) % spec.forms.length]! });
    }
  }
  const flaws = list.slice(0, Math.floor(rows * 0.4));
  const malformed = flaws.filter(({ kind }) => kind === "malformed").length;
  const lines = rows + malformed;
  shuffle(flaws, random);
  mixedLast(flaws, random);
  const placed = new Map<number, Flaw>();
  for (const [slot, flaw] of flaws.entries()) {
    // slots are equal stretches of the lines 1 .. lines - 2, so no line has two flaws, and the first and last have none
    const line = 1 + Math.floor(((slot + random.fraction()) * (lines - 2)) / flaws.length);
    placed.set(line, flaw);
  }
  return { shape, rows, lines, flaws: placed };
}

function* specsOf(shape: Shape, names: ReadonlySet<string>): Generator<[string, FlawSpec]> {
  if (shape.format === "jsonl") yield ["malformed", { forms: MALFORMED_FORMS, rate: 0.004, least: 3 }];
  for (const kind of shape.flaws) {
    if (kind === "tool_calls_without_tools") {
      yield ["malformed_tool_schema", { forms: [kind], rate: 0.004, least: 1 }];
    } else yield [kind, SPECIAL[kind]!];
  }
  for (const [kind, spec] of Object.entries(GENERAL)) {
    if (shape.editable === false && kind !== "exact_dup_identical_row") continue;
    yield [
      kind,
      shape.format === "csv" ? { ...spec, forms: spec.forms.filter((form) => form !== "null") } : spec,
    ];
  }
  if (shape.nullable.length > 0) yield ["null_field", { forms: shape.nullable, rate: 0.008, least: 1 }];
  if (shape.id) yield ["exact_dup_new_id", { forms: ["new id"], rate: 0.01, least: 1 }];
  if (names.has(ACROSS[shape.name] ?? "")) {
    yield ["copy_across_splits", { forms: ["exact", "swap05"], rate: 0.02, least: 2 }];
  }
}

/** Types change in mid-file: such rows stand in the second half. */
function mixedLast(flaws: Flaw[], random: Random): void {
  const half = Math.ceil(flaws.length / 2);
  for (let i = 0; i < half; i++) {
    if (flaws[i]!.kind !== "mixed_type") continue;
    for (let tries = 0; tries < 100; tries++) {
      const j = random.int(half, flaws.length - 1);
      if (flaws[j]!.kind === "mixed_type") continue;
      [flaws[i], flaws[j]] = [flaws[j]!, flaws[i]!];
      break;
    }
  }
}

function withSources(
  plan: SplitPlan,
  plans: ReadonlyMap<string, SplitPlan>,
  seed: number,
): ReadonlyMap<number, Flaw> {
  const random = new Random(seed, `sources ${plan.shape.name}`);
  const copied = new Set<number>();
  const flaws = new Map<number, Flaw>();
  for (const [line, flaw] of plan.flaws) {
    if (flaw.kind === "copy_across_splits") {
      const from = plans.get(ACROSS[plan.shape.name]!)!;
      flaws.set(line, {
        ...flaw,
        source: { split: from.shape.name, line: cleanLine(from, from.lines, random) },
      });
    } else if (/dup/.test(flaw.kind)) {
      let source = cleanLine(plan, line, random);
      for (let tries = 0; copied.has(source) && tries < 20; tries++) source = cleanLine(plan, line, random);
      copied.add(source);
      flaws.set(line, { ...flaw, source: { split: plan.shape.name, line: source } });
    } else flaws.set(line, flaw);
  }
  return flaws;
}

/** A line before `before` that has no flaw; line 0 never has one. */
function cleanLine(plan: SplitPlan, before: number, random: Random): number {
  for (let tries = 0; tries < 100; tries++) {
    const line = random.int(0, before - 1);
    if (!plan.flaws.has(line)) return line;
  }
  return 0;
}

function shuffle<T>(items: T[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}
