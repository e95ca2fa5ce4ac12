/** The verdicts that a report shows: what a flag catches, and by which measure rows are near to its threshold. */
import { quoteName } from "../db";
import type { FlaggedBy } from "../table/flagged-by";

export interface Verdict {
  readonly flag: string;
  /** What is caught, for people: `too_short`, `tool_errors > 0`. */
  readonly name: string;
  /** SQL condition over the table's columns; null for a measure without a verdict. */
  readonly caught: string | null;
  /** What decides it, and the threshold that the run's own parameters give; null where a row is caught or not, without more or less. */
  readonly measure: { readonly sql: string; readonly name: string; readonly threshold: number | null } | null;
  /** Whether the threshold is the flag's default because nothing says with which parameters it was computed. */
  readonly assumed?: boolean;
}

type Params = Readonly<Record<string, unknown>>;
type Column = (name: string) => string;

/** A verdict before the flag's parameters and the names of its columns are known. */
interface Rule {
  readonly flag: string;
  readonly name: string;
  /** Columns that it needs; the flag's own, or the row's. */
  readonly columns: readonly string[];
  readonly caught: (column: Column) => string;
  readonly measure?: {
    readonly name: string;
    readonly sql: (column: Column, params: Params) => string;
    /** Name of the parameter, or a number that no parameter moves. */
    readonly threshold: string | number;
  };
}

const yes = (flag: string, name: string): Rule => ({
  ...{ flag, name, columns: [name] },
  caught: (column) => column(name),
});

const by = (flag: string, name: string, measure: string, threshold: string | number): Rule => ({
  ...{ flag, name, columns: [name, measure] },
  caught: (column) => column(name),
  measure: { name: measure, sql: (column) => column(measure), threshold },
});

const above = (flag: string, count: string): Rule => ({
  ...{ flag, name: `${count} > 0`, columns: [count] },
  caught: (column) => `${column(count)} > 0`,
  measure: { name: count, sql: (column) => column(count), threshold: 0.5 },
});

/** Measures of `repetition` and the parameter of each. */
const SHARES: readonly (readonly [string, string])[] = [
  ["dup_line_frac", "maxDupLineFrac"],
  ["dup_para_frac", "maxDupParaFrac"],
  ["dup_line_char_frac", "maxDupLineCharFrac"],
  ["dup_para_char_frac", "maxDupParaCharFrac"],
  ["top_2gram_char_frac", "maxTop2gram"],
  ["top_3gram_char_frac", "maxTop3gram"],
  ["top_4gram_char_frac", "maxTop4gram"],
  ...[5, 6, 7, 8, 9, 10].map((n) => [`dup_${n}gram_char_frac`, `maxDup${n}gram`] as const),
  ["loop_chars", "minLoopChars"],
];

/** Of the built-in flags. */
export const RULES: readonly Rule[] = [
  by("length", "too_short", "stats_char_len", "minChars"),
  by("length", "too_long", "stats_approx_tokens", "maxTokens"),
  by("form", "completion_too_short", "completion_chars", "minChars"),
  by("form", "completion_too_long", "completion_chars", "maxChars"),
  ...[
    "truncated_ending",
    "unbalanced_code_fence",
    "broken_latex",
    "invalid_json",
    "template_leftover",
    "html_boilerplate",
    "refusal",
    "apology",
    "ai_self_reference",
  ].map((column) => yes("form", column)),
  {
    ...{ flag: "repetition", name: "repetitive", columns: ["repetitive", ...SHARES.map(([name]) => name)] },
    caught: (column) => column("repetitive"),
    measure: {
      name: "worst share ÷ its limit",
      sql: (column, params) =>
        `greatest(${SHARES.map(([name, limit]) => `coalesce(${column(name)}, 0) / ${Math.max(Number(params[limit]), 1e-9)}`).join(", ")})`,
      threshold: 1,
    },
  },
  {
    ...{
      flag: "gopher_quality",
      name: "gopher_quality_reasons",
      columns: ["gopher_quality_reasons", "gopher_words"],
    },
    caught: (column) => `len(${column("gopher_quality_reasons")}) > 0`,
    measure: { name: "gopher_words", sql: (column) => column("gopher_words"), threshold: "minWords" },
  },
  by("language", "not_english", "english_share", "minEnglishShare"),
  yes("structure", "roles_out_of_order"),
  yes("structure", "media_reference"),
  above("structure", "tool_errors"),
  above("private_data", "private_data_count"),
  yes("safety", "unsafe_request"),
  yes("safety", "jailbreak"),
  yes("safety", "profanity"),
  by("alignment", "misaligned", "prompt_overlap", 0),
  {
    ...{ flag: "grounding", name: "grounding_faults", columns: ["grounding_faults"] },
    caught: (column) => `len(${column("grounding_faults")}) > 0`,
  },
  {
    ...{ flag: "quality_score", name: "quality_score < 0.5", columns: ["quality_score"] },
    caught: (column) => `${column("quality_score")} < 0.5`,
    measure: { name: "quality_score", sql: (column) => column("quality_score"), threshold: 0.5 },
  },
  by("tokens", "too_few_tokens", "completion_tokens", "min"),
  by("tokens", "too_many_tokens", "completion_tokens", "max"),
  by("tokens", "row_too_long", "body_tokens", "maxRow"),
];

/** The verdicts of a table's flags, the built-in ones in their order, then the others, as far as the table `has` their columns. */
export function verdictsOf(flags: readonly FlaggedBy[], has: ReadonlySet<string>): Verdict[] {
  const builtIn = RULES.flatMap((rule) =>
    flags.filter(({ flag, kind }) => flag === rule.flag && kind === "built-in").map((one) => ({ rule, one })),
  );
  const several = (flag: string) => flags.filter((one) => one.flag === flag).length > 1;
  return [
    ...builtIn.flatMap(({ rule, one }, i) => {
      const shown = shownAs(one);
      if (!rule.columns.every((name) => has.has(shown.get(name) ?? name))) return [];
      const column: Column = (name) => quoteName(shown.get(name) ?? name);
      const { measure } = rule;
      const again = builtIn.slice(0, i).some((other) => other.rule === rule);
      return [
        {
          flag: rule.flag,
          name: again ? (shown.get(rule.name) ?? `${rule.name} (again)`) : rule.name,
          caught: rule.caught(column),
          assumed: one.assumed === true,
          measure: measure
            ? {
                name: measure.name,
                sql: measure.sql(column, one.params),
                threshold:
                  typeof measure.threshold === "number"
                    ? measure.threshold
                    : Number(one.params[measure.threshold]),
              }
            : null,
        },
      ];
    }),
    ...flags
      .filter(({ kind }) => kind !== "built-in")
      .flatMap((one) => otherVerdicts(one, has, several(one.flag))),
  ];
}

/**
 * Of a flag that nothing is known of but its columns: each boolean is a verdict, each list of reasons one that catches where
 * there is a reason, and numbers are measures without a verdict.
 */
function otherVerdicts(one: FlaggedBy, has: ReadonlySet<string>, several: boolean): Verdict[] {
  const flag = several ? `${one.flag}@${one.version}` : one.flag;
  return one.columns.flatMap(({ name, type, shownAs: shown }): Verdict[] => {
    if (!has.has(shown)) return [];
    const column = quoteName(shown);
    if (name === `${one.flag}_error`) {
      return [{ flag, name: `threw (${name})`, caught: `${column} is not null`, measure: null }];
    }
    if (type === "BOOLEAN") return [{ flag, name: shown, caught: column, measure: thresholdOf(one, name) }];
    if (type.endsWith("[]")) return [{ flag, name: shown, caught: `len(${column}) > 0`, measure: null }];
    if (/^(DOUBLE|BIGINT|FLOAT|INTEGER)$/.test(type) && !isProbability(one, name)) {
      return [{ flag, name: shown, caught: null, measure: { sql: column, name: shown, threshold: null } }];
    }
    return [];
  });
}

/** A classifier's verdict `name_label` is decided by the probability `name_label_p`. */
function thresholdOf({ kind, params, columns }: FlaggedBy, name: string): Verdict["measure"] {
  const probability = columns.find((column) => column.name === `${name}_p`);
  if (kind !== "classifier" || !probability || typeof params.threshold !== "number") return null;
  return { sql: quoteName(probability.shownAs), name: probability.shownAs, threshold: params.threshold };
}

function isProbability({ kind, columns }: FlaggedBy, name: string): boolean {
  return kind === "classifier" && columns.some((column) => `${column.name}_p` === name);
}

function shownAs({ columns }: FlaggedBy): ReadonlyMap<string, string> {
  return new Map(columns.map(({ name, shownAs: shown }) => [name, shown]));
}
