/** What a dataset lacks, in words, and what that rules out. */
import type { InventorySplit } from "./inventory-json";
import { splitLabel } from "./inventory-json";

/** Tokens beyond which a row counts as long context. */
const LONG_CONTEXT_TOKENS = 8192;

interface GapRule {
  readonly applies: (split: InventorySplit) => boolean;
  readonly sentence: (splits: string) => string;
}

const covers = (split: InventorySplit, field: string) => (split.coverage.fields[field]?.rows ?? 0) > 0;
const measured = (split: InventorySplit) => split.coverage.adapter !== null && split.coverage.rows > 0;
const without = (field: string) => (split: InventorySplit) => measured(split) && !covers(split, field);

const RULES: readonly GapRule[] = [
  {
    applies: (split) => split.sample_rows === 0,
    sentence: (splits) => `no readable row in ${splits}: every output of it will be empty`,
  },
  {
    applies: (split) => split.sample_rows > 0 && split.coverage.adapter === null,
    sentence: (splits) =>
      `no adapter for ${splits}: only columns and correctness metadata were measured, and it cannot be normalized yet`,
  },
  {
    applies: (split) => split.sample_rows > 0 && split.coverage.correctness_metadata.rows === 0,
    sentence: (splits) =>
      `no correctness metadata in ${splits}: the correctness pools (has_correctness_meta, high_correctness, ` +
      "mid_correctness, low_correctness, verified_correct) will be empty",
  },
  {
    applies: (split) => measured(split) && split.coverage.tools?.rows === 0,
    sentence: (splits) => `no tools in ${splits}: the pool tool_use will be empty`,
  },
  {
    applies: (split) => without("meta_difficulty_bin")(split) && (split.coverage.domains.math ?? 0) > 0,
    sentence: (splits) => `no difficulty in ${splits}: the pool math_high_verified_correct will be empty`,
  },
  {
    applies: without("source_reasoning"),
    sentence: (splits) =>
      `no reasoning switch in ${splits}: the pools reasoning_on and reasoning_off will be empty`,
  },
  {
    applies: without("source_capability_target"),
    sentence: (splits) => `no capability target in ${splits}: there will be no capability_… pool`,
  },
  {
    applies: (split) => measured(split) && (split.coverage.tokens?.max ?? 0) <= LONG_CONTEXT_TOKENS,
    sentence: (splits) =>
      `no row above ${LONG_CONTEXT_TOKENS.toLocaleString("en-US")} estimated tokens in ${splits}: the pool long_context will be (nearly) empty`,
  },
  {
    applies: without("meta_problem_id"),
    sentence: (splits) =>
      `no problem to group by in ${splits}: trajectories per problem cannot be limited, nor splits made by problem`,
  },
  {
    applies: without("source_uuid"),
    sentence: (splits) => `no uuid in ${splits}: ids are hashes of the row, so identical rows share one`,
  },
  {
    applies: without("source_license"),
    sentence: (splits) => `no license per row in ${splits}: only the dataset's license applies`,
  },
];

/** Sentences about all splits together: splits that lack the same thing share a sentence. Order: as the rules stand. */
export function describeGaps(splits: readonly InventorySplit[]): string[] {
  const sentences: string[] = [];
  for (const { applies, sentence } of RULES) {
    const lacking = splits.filter(applies);
    if (lacking.length === 0) continue;
    sentences.push(sentence(listed(lacking.map(splitLabel))));
  }
  for (const [question, asked] of questions(splits)) sentences.push(`${listed(asked)}: ${question}`);
  for (const split of splits) sentences.push(...partialCorrectness(split), ...faults(split));
  return sentences;
}

/** What has to be asked before rows can be read → the splits it is asked for. */
function questions(splits: readonly InventorySplit[]): Map<string, string[]> {
  const asked = new Map<string, string[]>();
  for (const split of splits) {
    const { adapter, note } = split.coverage;
    if (adapter === null && note !== null) asked.set(note, [...(asked.get(note) ?? []), splitLabel(split)]);
  }
  return asked;
}

function partialCorrectness(split: InventorySplit): string[] {
  const missing = split.sample_rows - split.coverage.correctness_metadata.rows;
  if (missing === 0 || missing === split.sample_rows) return [];
  const rows = missing === 1 ? "1 row has" : `${whole(missing)} rows have`;
  return [
    `${rows} no correctness metadata in ${splitLabel(split)}: only missing_correctness_meta will hold them`,
  ];
}

function faults(split: InventorySplit): string[] {
  const label = splitLabel(split);
  const sentences: string[] = [];
  const { count, by_reason } = split.unreadable;
  if (count > 0) {
    const reasons = Object.entries(by_reason).map(([reason, n]) => `${reason} ${whole(n)}`);
    const lines = count === 1 ? "1 line cannot" : `${whole(count)} lines cannot`;
    sentences.push(
      `${lines} be read in ${label} (${reasons.join(", ")}): normalize puts them into quarantine`,
    );
  }
  const unread = split.coverage.adapter === null ? 0 : split.sample_rows - split.coverage.rows;
  if (unread > 0) sentences.push(`${whole(unread)} rows of ${label} do not have the adapter's shape`);
  for (const column of split.columns) {
    if (column.type_change) {
      const { from, to, at } = column.type_change;
      sentences.push(
        `column ${column.name} of ${label} changes from ${from} to ${to} at ${at.file} row ${at.row}`,
      );
    } else if (column.mixed) {
      const types = column.types.filter(({ type }) => type !== "null");
      const parts = types.map(({ type, count }) => `${type} ${whole(count)}`);
      sentences.push(`column ${column.name} of ${label} mixes types: ${parts.join(", ")}`);
    }
  }
  return sentences;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8);
  return names.length > shown.length
    ? `${shown.join(", ")} and ${names.length - shown.length} more`
    : shown.join(", ");
}

function whole(value: number): string {
  return value.toLocaleString("en-US");
}
