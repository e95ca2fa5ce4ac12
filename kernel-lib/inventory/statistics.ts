/**
 * `statistics.json`: for each split what the Hub viewer's `/statistics` answers, so that programs written for one read
 * the other. Where it differs from the Hub: medians, and counts at histogram edges, are within 1 % when a column has
 * more than `EXACT_VALUES` different values; strings longer than `LABEL_CHARACTERS` are never labels; columns of several types and
 * dict columns, for which the Hub has no statistics, are listed in `omitted` with the reason.
 */
import type { ColumnProfile } from "./column-profile";
import { MAX_LABELS } from "./column-profile";
import type { NumberSketch } from "./number-sketch";
import type { Profile } from "./profile";

/** Share of different values up to which a string column counts as labels, as on the Hub. */
const LABEL_SHARE = 0.2;
const DECIMALS = 5;

export interface HubNumbers {
  nan_count: number;
  nan_proportion: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  median: number | null;
  std: number | null;
  histogram: { hist: number[]; bin_edges: number[] } | null;
}

export interface HubLabels {
  nan_count: number;
  nan_proportion: number;
  no_label_count: number;
  no_label_proportion: number;
  n_unique: number;
  frequencies: Record<string, number>;
}

export interface HubBooleans {
  nan_count: number;
  nan_proportion: number;
  frequencies: Record<string, number>;
}

export interface HubColumn {
  column_name: string;
  column_type: "string_text" | "string_label" | "int" | "float" | "bool" | "list";
  column_statistics: HubNumbers | HubLabels | HubBooleans;
}

export interface HubStatistics {
  num_examples: number;
  statistics: HubColumn[];
  partial: boolean;
  /** Not in the Hub's answer: columns without statistics. */
  omitted: { column_name: string; reason: string }[];
  /** Not in the Hub's answer: columns whose median and histogram are approximations (within 1 %). */
  approximate: string[];
}

export interface SplitStatistics extends HubStatistics {
  dataset: string;
  config: string;
  split: string;
}

/** The statistics of one split; columns in the order of the source. */
export function describeStatistics(
  profile: Profile,
  { partial = false }: { readonly partial?: boolean } = {},
): HubStatistics {
  const out: HubStatistics = {
    num_examples: profile.rows,
    statistics: [],
    partial,
    omitted: [],
    approximate: [],
  };
  for (const column of profile.columns.values()) {
    const described = describe(column, profile.rows);
    if (typeof described === "string") out.omitted.push({ column_name: column.name, reason: described });
    else {
      out.statistics.push(described.column);
      if (!described.exact) out.approximate.push(column.name);
    }
  }
  return out;
}

function describe(column: ColumnProfile, rows: number): { column: HubColumn; exact: boolean } | string {
  const types = (["bool", "int", "float", "string", "list", "dict"] as const).filter(
    (type) => column.count(type) > 0,
  );
  const valid = types.reduce((sum, type) => sum + column.count(type), 0);
  const missing = { nan_count: rows - valid, nan_proportion: proportion(rows - valid, rows) };
  const made = (
    column_type: HubColumn["column_type"],
    column_statistics: HubColumn["column_statistics"],
    exact = true,
  ) => ({ column: { column_name: column.name, column_type, column_statistics }, exact });
  if (types.length === 0) return "no value";
  if (types.length > 1 && types.join() !== "int,float") return `several types: ${types.join(", ")}`;
  switch (types[0]!) {
    case "dict":
      return "dict";
    case "bool":
      return made("bool", {
        ...missing,
        frequencies: tally([
          ["True", column.trues],
          ["False", valid - column.trues],
        ]),
      });
    case "list":
      return numeric("list", column.listLengths, true);
    case "string": {
      const labels = column.labels;
      if (labels && labels.size <= MAX_LABELS && labels.size <= LABEL_SHARE * rows) {
        return made("string_label", {
          ...missing,
          no_label_count: 0,
          no_label_proportion: 0,
          n_unique: labels.size,
          frequencies: tally([...labels].sort(([a], [b]) => (a < b ? -1 : 1))),
        });
      }
      return numeric("string_text", column.stringLengths, true);
    }
    default:
      return types.includes("float")
        ? numeric("float", column.numbers, false)
        : numeric("int", column.numbers, true);
  }

  function numeric(type: HubColumn["column_type"], sketch: NumberSketch, whole: boolean) {
    const summary = sketch.summary({ whole });
    if (!summary) return made(type, { ...missing, ...NOTHING });
    const { histogram } = summary;
    return made(
      type,
      {
        ...missing,
        min: summary.min,
        max: summary.max,
        mean: rounded(summary.mean),
        median: rounded(summary.median),
        std: rounded(summary.std),
        histogram: { hist: [...histogram.counts], bin_edges: [...histogram.edges] },
      },
      summary.exact,
    );
  }
}

const NOTHING = { min: null, max: null, mean: null, median: null, std: null, histogram: null };

/** An object of counts; `__proto__` as a value stays a value. */
function tally(entries: readonly (readonly [string, number])[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [value, count] of entries) {
    if (count > 0) Object.defineProperty(out, value, { value: count, enumerable: true, configurable: true });
  }
  return out;
}

function proportion(part: number, whole: number): number {
  return whole === 0 ? 0 : (rounded(part / whole) as number);
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(DECIMALS));
}
