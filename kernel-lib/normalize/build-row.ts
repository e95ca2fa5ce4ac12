/** A source row as a canonical row: what the adapter says about the shape, and all that is the same for every shape. */
import { canonicalizeJson, joinCanonical } from "../canonical-json";
import { escapeSpecials, findSpecial, qualityFlags, renderHarmony } from "../harmony";
import { measureText } from "../harmony/measure-text";
import type { SourceRow } from "../json-text";
import { type CanonicalRow, type Message, TEMPLATE } from "../row";
import type { Adapted, Adapter, RowPlace } from "./adapter";
import { Columns } from "./columns";
import { NO_EVALUATION, readEvaluation } from "./evaluation";
import { sha1 } from "./sha1";
import { readSourceColumns } from "./source-columns";
import { checkToolCalls, isValidToolSchema, type ToolsInfo } from "./tools";

/** A canonical row but for what says where it stands in which file: the caller knows that. */
export type PlacelessRow = Omit<CanonicalRow, "row_key" | "source_revision" | "source_file" | "source_row">;

export interface BuildOptions {
  /** What happens to a body that contains a Harmony special as text. Default `reject`. */
  readonly specials?: "reject" | "escape";
  /** Fewest characters other than white space that count as a completion. Default 1. */
  readonly minCompletionChars?: number;
}

export interface BuiltRow {
  readonly row: PlacelessRow;
  /** Why the row must not be used as it stands; its text is then rendered with escaped specials, for inspection. */
  readonly refusal: { readonly reason: string; readonly detail: string } | null;
  /** The row's tool declarations, for the tools catalog. */
  readonly tools: ToolsInfo | null;
}

/**
 * The canonical row. Pure and deterministic; never throws on data: what is wrong becomes a flag and a tag. A row
 * without messages, or with one that Harmony cannot write (unknown role, a name with spaces), keeps its messages, has
 * the text "", `quality_valid_harmony` false and the reason. A special inside a body makes a refusal.
 *
 * `meta_problem_id` is the sha1 of the problem (where the source has one, else of the first user message) in Unicode
 * form NFC with every run of white space as one space. `stats_approx_tokens` is UTF-8 bytes of the text ÷ 4, rounded up.
 * @example
 * buildRow(parseRow(line), { dataset: "a/b", subset: "default", split: "train" }, resolveAdapter("messages")).row.text
 */
export function buildRow(
  source: SourceRow,
  place: RowPlace,
  adapter: Adapter,
  { specials = "reject", minCompletionChars = 1 }: BuildOptions = {},
): BuiltRow {
  const columns = new Columns(source);
  const adapted = adapter.adapt(columns, place);
  const common = readSourceColumns(columns);
  const tools = adapted.tools ?? common.tools;
  const reasons = new Set<string>(adapted.reasons);
  for (const reason of common.reasons) reasons.add(reason);

  const evaluation = evaluate(adapted, columns, reasons);
  const problems = checkToolCalls(adapted.toolEvents ?? [], tools);
  for (const problem of problems) reasons.add(`tool:${problem}`);

  const rendered = renderText(adapted, specials);
  if (rendered.reason !== null) reasons.add(rendered.reason);
  const { text } = rendered;
  const isPlain = adapted.text?.kind === "plain";
  let validHarmony = false;
  let nonempty: boolean;
  let hasTool = false;
  if (isPlain) {
    reasons.add("plain_text");
    nonempty = countsAsCompletion(text, minCompletionChars);
  } else {
    const flags = text === "" ? null : qualityFlags(text, { minCompletionChars });
    validHarmony = flags?.validHarmony ?? false;
    if (flags) for (const reason of flags.reasons) if (reason !== "empty_completion") reasons.add(reason);
    const { messages } = adapted;
    hasTool = messages ? usesTools(messages) : (flags?.hasTool ?? false);
    nonempty =
      messages && adapted.text === undefined
        ? hasCompletion(messages, minCompletionChars)
        : (flags?.completionNonempty ?? false);
  }
  if (!nonempty) reasons.add("empty_completion");

  const measure = measureText(text);
  const { uuid } = common;
  const row: PlacelessRow = {
    id: uuid !== null && uuid !== "" ? uuid : sha1(canonicalRowJson(source)),
    text_id: measure.id,
    dataset: place.dataset,
    subset: place.subset,
    split: place.split,
    messages: adapted.messages,
    text,
    template: TEMPLATE,
    loss_mode: adapted.lossMode,
    meta_domain: adapted.domain,
    meta_difficulty_bin: adapted.difficulty ?? null,
    meta_correctness: evaluation.meta_correctness,
    meta_correctness_low: evaluation.meta_correctness_low,
    meta_correctness_medium: evaluation.meta_correctness_medium,
    meta_correctness_high: evaluation.meta_correctness_high,
    meta_correctness_high_with_tool: evaluation.meta_correctness_high_with_tool,
    meta_correctness_high_no_tool: evaluation.meta_correctness_high_no_tool,
    meta_eval_best_setting: evaluation.meta_eval_best_setting,
    meta_pass_k: evaluation.meta_pass_k,
    meta_correct_count: evaluation.meta_correct_count,
    meta_eval_json: evaluation.meta_eval_json,
    meta_problem_id: problemId(adapted),
    meta_cluster: adapted.cluster ?? null,
    meta_tags: adapted.tags ? [...adapted.tags] : [],
    source_extra_json: extraJson(columns, adapted),
    source_uuid: uuid,
    source_license: common.license,
    source_data_source: adapted.dataSource ?? common.dataSource,
    source_capability_target: common.capabilityTarget,
    source_reasoning: common.reasoning,
    source_url: common.url,
    source_used_in: common.usedIn,
    source_changed_answer_to_majority: common.changedAnswerToMajority,
    source_tools_id: tools?.id ?? null,
    source_tools_count: tools?.count ?? null,
    quality_valid_harmony: validHarmony,
    quality_completion_nonempty: nonempty,
    quality_has_tool: hasTool,
    quality_valid_tool_schema: isValidToolSchema(problems),
    quality_reasons: [...reasons].sort(),
    stats_char_len: measure.characters,
    stats_approx_tokens: Math.ceil(measure.bytes / 4),
  };
  const refusal = rendered.refusal === null ? null : { reason: "special_in_body", detail: rendered.refusal };
  return { row, refusal, tools };
}

/** The row's columns as one canonical JSON object: what `id` hashes where the source gives no uuid. */
export function canonicalRowJson(source: SourceRow): string {
  const entries: [string, string][] = [];
  for (const [name, raw] of source.raw) entries.push([name, canonicalizeJson(raw, "hash")]);
  return joinCanonical(entries, "hash");
}

function evaluate(adapted: Adapted, columns: Columns, reasons: Set<string>) {
  const column = adapted.evaluationColumn;
  if (column === undefined) return NO_EVALUATION;
  const raw = columns.raw(column);
  if (raw === undefined) {
    reasons.add("eval:absent");
    return NO_EVALUATION;
  }
  columns.take(column);
  const evaluation = readEvaluation(columns.value(column), raw);
  for (const reason of evaluation.reasons) reasons.add(reason);
  return evaluation.columns;
}

interface Rendered {
  readonly text: string;
  readonly reason: string | null;
  /** Which special stands in a body, and where; null when the row may be used. */
  readonly refusal: string | null;
}

function renderText({ text, messages }: Adapted, specials: "reject" | "escape"): Rendered {
  if (text?.kind === "harmony") return { text: text.value, reason: null, refusal: null };
  if (text?.kind === "plain") {
    const found = findSpecial(text.value);
    if (!found) return { text: text.value, reason: null, refusal: null };
    const refusal = specials === "escape" ? null : `${found.special} at ${found.position} of the text`;
    return { text: escapeSpecials(text.value), reason: "special_in_body", refusal };
  }
  if (messages === null || messages.length === 0) return { text: "", reason: "no_messages", refusal: null };
  const rendered = renderHarmony(messages);
  if (rendered.ok) return { text: rendered.text, reason: null, refusal: null };
  if (rendered.reason === "special_in_body") {
    const escaped = renderHarmony(messages, { specials: "escape" });
    return {
      text: escaped.ok ? escaped.text : "",
      reason: "special_in_body",
      refusal: specials === "escape" ? null : rendered.detail,
    };
  }
  const role = rendered.reason === "unknown_role" ? (messages[rendered.message]?.role ?? "") : null;
  const reason = role === null ? rendered.reason : `unknown_role:${role.slice(0, 40)}`;
  return { text: "", reason, refusal: null };
}

function usesTools(messages: readonly Message[]): boolean {
  for (const message of messages) if (message.role === "tool" || message.tool_calls !== null) return true;
  return false;
}

/** The final assistant message calls a tool or says something; false where there is no assistant message. */
function hasCompletion(messages: readonly Message[], minChars: number): boolean {
  const last = messages.findLast((message) => message.role === "assistant");
  if (!last) return false;
  return last.tool_calls !== null || countsAsCompletion(last.content ?? "", minChars);
}

function countsAsCompletion(text: string, minChars: number): boolean {
  const visible = /\S/g;
  for (let count = 0; count < minChars; count++) if (!visible.test(text)) return false;
  return true;
}

const ASCII = /^[\0-\x7f]*$/;
/** Every run of white space but the single space, which is to stay. */
const SPACE_RUNS = /[^\S ]\s*| \s+/g;

function problemId({ problem, messages, text }: Adapted): string | null {
  const first = problem ?? messages?.find((message) => message.role === "user")?.content ?? null;
  if (first === null || (text?.kind === "plain" && !problem)) return null;
  const composed = ASCII.test(first) ? first : first.normalize("NFC");
  const normalized = composed.replace(SPACE_RUNS, " ").trim();
  return normalized === "" ? null : sha1(normalized);
}

/** Columns without a place, and under `message_extras` the message keys without one; null when there are none. */
function extraJson(columns: Columns, { messageExtras }: Adapted): string | null {
  const left = columns.leftovers();
  if (messageExtras && messageExtras.size > 0) {
    const name = columns.has("message_extras") ? "message_extras (of messages)" : "message_extras";
    const ofMessages = [...messageExtras].map(([index, extras]): [string, string] => [
      String(index),
      joinCanonical(extras, "text"),
    ]);
    left.push([name, joinCanonical(ofMessages, "text")]);
  }
  return left.length === 0 ? null : joinCanonical(left, "text");
}
