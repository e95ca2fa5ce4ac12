/** Coverage as an adapter sees it: the fields that normalization would fill from this row. */
import type { Adapted, Adapter, RowPlace } from "../normalize/adapter";
import { Columns } from "../normalize/columns";
import { readEvaluation } from "../normalize/evaluation";
import type { SourceColumns } from "../normalize/source-columns";
import { readSourceColumns } from "../normalize/source-columns";
import type { Message } from "../row";
import type { CoverageField, CoverageOf } from "./coverage";
import { approximateTokens } from "./coverage";

const EVALUATION_FIELDS = [
  "meta_correctness",
  "meta_correctness_low",
  "meta_correctness_medium",
  "meta_correctness_high",
  "meta_correctness_high_with_tool",
  "meta_correctness_high_no_tool",
  "meta_eval_best_setting",
  "meta_pass_k",
  "meta_correct_count",
  "meta_eval_json",
] as const;

/**
 * Measures coverage with the adapter's reading of each row; pure, as adapters are. `described` is what the dataset's
 * description adds to a row's place (domain, columns of other names).
 */
export function coverageWith(
  adapter: Adapter,
  described: Pick<RowPlace, "domain" | "mapping"> = {},
): CoverageOf {
  return (row, place) => {
    const columns = new Columns(row);
    const adapted = adapter.adapt(columns, { ...place, ...described });
    const common = readSourceColumns(columns);
    const fields = plainFields(adapted, common);
    const column = adapted.evaluationColumn;
    const raw = column === undefined ? undefined : row.raw.get(column);
    if (column !== undefined && raw !== undefined) {
      const evaluation = readEvaluation(row.values[column], raw).columns;
      for (const name of EVALUATION_FIELDS) if (evaluation[name] !== null) fields.push(name);
    }
    const bytes = adapted.text ? Buffer.byteLength(adapted.text.value) : messageBytes(adapted.messages ?? []);
    return {
      fields,
      tools: (adapted.tools ?? common.tools)?.id != null,
      tokens: approximateTokens(bytes),
      domain: adapted.domain,
    };
  };
}

function plainFields(adapted: Adapted, common: SourceColumns): CoverageField[] {
  const problem = adapted.problem === undefined ? firstUserText(adapted.messages) : adapted.problem;
  const present: [CoverageField, unknown][] = [
    ["meta_difficulty_bin", adapted.difficulty],
    ["meta_problem_id", problem || null],
    ["meta_cluster", adapted.cluster],
    ["meta_tags", adapted.tags?.length ? adapted.tags : null],
    ["source_uuid", common.uuid],
    ["source_license", common.license],
    ["source_data_source", adapted.dataSource ?? common.dataSource],
    ["source_capability_target", common.capabilityTarget],
    ["source_reasoning", common.reasoning],
    ["source_url", common.url],
    ["source_used_in", common.usedIn],
    ["source_changed_answer_to_majority", common.changedAnswerToMajority],
    ["source_tools_id", (adapted.tools ?? common.tools)?.id],
  ];
  return present.filter(([, value]) => value !== null && value !== undefined).map(([name]) => name);
}

function firstUserText(messages: readonly Message[] | null): string | null {
  return messages?.find(({ role }) => role === "user")?.content ?? null;
}

function messageBytes(messages: readonly Message[]): number {
  let bytes = 0;
  for (const { content, reasoning_content, tool_calls } of messages) {
    if (content) bytes += Buffer.byteLength(content);
    if (reasoning_content) bytes += Buffer.byteLength(reasoning_content);
    if (tool_calls) bytes += Buffer.byteLength(tool_calls);
  }
  return bytes;
}
