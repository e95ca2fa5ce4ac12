/** The third party of a proof: what the pipeline's executor says of the golden rows. */
import { join } from "node:path";
import { quoteName, quoteText } from "../db";
import { FEW, type StagedAnswer, stagedRun } from "../pipeline/staged-run";
import { ROW_COLUMNS } from "../row";
import { canonicalAnswer } from "../steps/golden-lines";
import type { StepManifest } from "../steps/manifest";
import type { Outcome } from "../steps/outcome";
import { pinStep } from "../steps/pinned-step";
import { type VersionFiles, writeVersion } from "../steps/versions";
import type { Table } from "../table/table";
import { refusal } from "./capture";
import type { NumberedRow } from "./golden";
import type { Refusal } from "./refusal";

export interface ExecutorProof {
  readonly name: string;
  readonly kind: StepManifest["kind"];
  readonly table: Table;
  readonly golden: readonly NumberedRow[];
  /** What the rebuilt function says of each. */
  readonly outcomes: readonly (Outcome | { readonly fault: string })[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** The files of the version as it would be written. */
  readonly files: (version: number) => VersionFiles;
  readonly place: { readonly cell: number; readonly line: number | null } | null;
  readonly signal?: AbortSignal;
}

/** Columns that a rewrite of a canonical row looks at beside those of its step, with what stands for them elsewhere. */
const OF_REWRITES: Readonly<Record<string, string>> = {
  loss_mode: "'all_text'",
  quality_valid_harmony: "false",
  text_id: "''",
  text: "''",
  messages: `null::${ROW_COLUMNS.messages}`,
  stats_char_len: "0",
  stats_approx_tokens: "0",
};

/**
 * The version is written to a folder that is gone afterwards and run over the golden rows by the real executor: in one
 * shard, and in another order in shards of a few rows. A row that gets another answer there is a refusal.
 */
export async function executorProof(proof: ExecutorProof): Promise<Refusal[]> {
  const { name, kind, table, golden, outcomes, reads, writes, files, place, signal } = proof;
  if (golden.length === 0) return [];
  const known = (await table.readSchema(signal)).map((column) => column.name);
  const staged = await stagedRun({
    step: (folder) => {
      const pipelines = join(folder, "pipelines");
      writeVersion(pipelines, name, files);
      return pinStep(pipelines, `${name}@1`);
    },
    write: (path) => {
      const key = known.includes("row_key") ? "row_key" : "n__::varchar as row_key";
      const extra = kind === "rewrite" ? Object.keys(OF_REWRITES) : [];
      const columns = [...new Set([...reads, ...extra])]
        .filter((column) => column !== "row_key")
        .map((column) =>
          known.includes(column) ? quoteName(column) : `${OF_REWRITES[column]} as ${quoteName(column)}`,
        );
      const numbers = golden.map(({ number }) => number).join(", ");
      return table.read(
        (sql) =>
          `copy (select ${[key, ...columns].join(", ")} from (select *, row_number() over () - 1 as n__ from (${sql})) where n__ in (${numbers}) order by n__) to ${quoteText(path)} (format parquet)`,
        signal,
      );
    },
    columns: kind === "flag" ? writes : kind === "rewrite" ? ["text"] : [],
    ...(signal ? { signal } : {}),
  });
  for (const [how, answers] of [
    ["in the order of the table", staged.inOrder],
    [`in another order and in batches of ${FEW}`, staged.shuffled],
  ] as const) {
    const at = golden.findIndex((_, i) => !agrees(kind, writes, outcomes[i]!, answers[i]!));
    if (at < 0) continue;
    return [
      refusal(
        "SCHEMA",
        `row ${golden[at]!.key} gets ${said(outcomes[at])} from the function and ${said(answers[at])} from the pipeline's executor (rows ${how}, read from Parquet and written to it)`,
        "return values that a column can hold: texts without lone surrogates, numbers in the range of their column",
        place,
      ),
    ];
  }
  return [];
}

function agrees(
  kind: StepManifest["kind"],
  writes: readonly string[],
  outcome: Outcome | { readonly fault: string },
  answer: StagedAnswer,
): boolean {
  if ("error" in outcome) return !answer.kept && answer.drop_reason === "error";
  if ("drop" in outcome) return !answer.kept && answer.drop_reason === outcome.drop;
  if (!answer.kept) return false;
  if ("values" in outcome) {
    const written = Object.fromEntries(writes.map((column) => [column, answer[column]]));
    return canonicalAnswer(written) === canonicalAnswer(outcome.values);
  }
  return kind !== "rewrite" || !("text" in outcome) || answer.text === outcome.text;
}

function said(answer: unknown): string {
  const text = JSON.stringify(answer, (key, value) => (key === "row_key" ? undefined : value)) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
