/** Profiles into the inventory: pure, and the same profiles give the same bytes. */
import type { Source, SourceSplit } from "../source/source";
import type { ColumnProfile, RowPosition } from "./column-profile";
import { EXAMPLE_CHARACTERS } from "./column-profile";
import { COVERAGE_FIELDS } from "./coverage";
import { describeGaps } from "./gaps";
import { Inventory } from "./inventory";
import type { InventoryColumn, InventoryJson, InventorySplit } from "./inventory-json";
import type { NumberSketch, NumberSummary } from "./number-sketch";
import type { SplitProfileJson } from "./profile";
import { Profile } from "./profile";
import { describeStatistics } from "./statistics";
import type { JsonType } from "./type-place";
import { JSON_TYPES } from "./type-place";

/** What was found out about one split. */
export interface ProfiledSplit {
  readonly split: SourceSplit;
  readonly profile: SplitProfileJson;
  /** sha256 of the stored bytes, for each file in order. */
  readonly sha256: readonly string[];
  /** Adapter that coverage was measured with, or null. */
  readonly adapter: string | null;
  /** Why that adapter, or what to ask where none fits. */
  readonly note: string | null;
  /** Set when only a sample was read; `rows` is the estimate, or null when there is none. */
  readonly estimate?: { readonly rows: number | null };
}

/** The inventory of a source whose splits were profiled, in the order of the source. */
export function buildInventory(source: Source, profiled: readonly ProfiledSplit[]): Inventory {
  const splits: InventorySplit[] = [];
  const statistics = [];
  for (const one of profiled) {
    const profile = Profile.fromJson(one.profile);
    splits.push(describeSplit(one, profile));
    statistics.push({
      dataset: source.dataset,
      config: one.split.subset,
      split: one.split.split,
      ...describeStatistics(profile, { partial: one.estimate !== undefined }),
    });
  }
  const json: InventoryJson = {
    format: "corpuslab.inventory",
    version: 1,
    dataset: source.dataset,
    revision: source.revision,
    license: source.license,
    tokens: "ceil(UTF-8 bytes of message bodies or text / 4)",
    example_characters: EXAMPLE_CHARACTERS,
    splits,
    gaps: describeGaps(splits),
  };
  return new Inventory(json, statistics, source.origin);
}

function describeSplit(one: ProfiledSplit, profile: Profile): InventorySplit {
  const { coverage } = profile;
  const order = new Map(one.split.files.map((file, i) => [file.name, i]));
  const tokens = coverage.tokens.summary();
  const covered = (rows: number) => ({ rows, share: ratio(rows, profile.rows) });
  const measured = one.adapter !== null;
  const split: InventorySplit = {
    subset: one.split.subset,
    split: one.split.split,
    rows: one.estimate ? one.estimate.rows : profile.rows,
    estimated: one.estimate !== undefined,
    sample_rows: profile.rows,
    files: one.split.files.map(({ name, bytes, format, compression }, i) => {
      return { name, bytes, sha256: one.sha256[i]!, format, compression };
    }),
    unreadable: {
      count: profile.unreadableCount,
      by_reason: Object.fromEntries(profile.unreadableByReason),
      first: [...profile.unreadable],
    },
    columns: [...profile.columns.values()].map((column) => describeColumn(column, profile.rows, order)),
    columns_left_out: profile.columnsLeftOut,
    coverage: {
      adapter: one.adapter,
      note: one.note,
      rows: coverage.rows,
      correctness_metadata: covered(coverage.correctness),
      tools: measured ? covered(coverage.tools) : null,
      fields: measured
        ? Object.fromEntries(
            COVERAGE_FIELDS.map((field) => [field, covered(coverage.fields.get(field) ?? 0)]),
          )
        : {},
      domains: Object.fromEntries(coverage.domains),
      tokens: tokens && { ...plain(tokens), histogram: tokenHistogram(coverage.tokens) },
    },
    gaps: [],
  };
  return { ...split, gaps: describeGaps([split]) };
}

function describeColumn(
  column: ColumnProfile,
  rows: number,
  fileOrder: ReadonlyMap<string, number>,
): InventoryColumn {
  const present = column.present();
  const nulls = column.count("null");
  const types = JSON_TYPES.filter((type) => column.count(type) > 0).map((type) => ({
    type,
    written: column.types.writtenAs(type),
    count: column.count(type),
    share: ratio(column.count(type), present),
    example: { ...column.first[type]! },
  }));
  types.sort((a, b) => b.count - a.count);
  const kinds = new Set(types.filter(({ type }) => type !== "null").map(({ type }) => kind(type)));
  return {
    name: column.name,
    type: column.types.written(),
    fields: column.types.fields(),
    types,
    mixed: kinds.size > 1,
    type_change: typeChange(column, fileOrder),
    present,
    absent: rows - present,
    null_count: nulls,
    null_share: ratio(nulls + rows - present, rows),
    distinct: column.distinct.count(),
    numbers: plainOrNull(column.numbers.summary()),
    string_length: plainOrNull(column.stringLengths.summary()),
    list_length: plainOrNull(column.listLengths.summary()),
    examples: column.examples.map(({ text, length }) => ({ text, length })),
  };
}

/** Where the column's first type ends and another begins for good; null when types alternate or there is one. */
function typeChange(
  column: ColumnProfile,
  fileOrder: ReadonlyMap<string, number>,
): InventoryColumn["type_change"] {
  const before = (a: RowPosition, b: RowPosition) =>
    a.file === b.file ? a.row - b.row : (fileOrder.get(a.file) ?? 0) - (fileOrder.get(b.file) ?? 0);
  const types = JSON_TYPES.filter((type) => type !== "null" && column.first[type]);
  types.sort((a, b) => before(column.first[a]!, column.first[b]!));
  if (new Set(types.map(kind)).size < 2) return null;
  for (let i = 1; i < types.length; i++) {
    const from = types[i - 1]!;
    const to = types[i]!;
    if (before(column.last[from]!, column.first[to]!) >= 0) return null;
  }
  const to = types.findIndex((type, i) => i > 0 && kind(type) !== kind(types[i - 1]!));
  return { from: types[to - 1]!, to: types[to]!, at: { ...column.first[types[to]!]! } };
}

/** Whole numbers next to fractions are one kind: JSON writers drop `.0` at will. */
function kind(type: JsonType): string {
  return type === "int" || type === "float" ? "number" : type;
}

function plain({ min, max, mean, median, p95, std, exact }: NumberSummary) {
  return { min, max, mean, median, p95, std, exact };
}

function plainOrNull(summary: NumberSummary | null) {
  return summary && plain(summary);
}

function tokenHistogram(sketch: NumberSketch) {
  const { counts, edges } = sketch.doublings() ?? { counts: [], edges: [] };
  return { counts: [...counts], edges: [...edges] };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
