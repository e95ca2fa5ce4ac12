export type { DropAnalysis } from "./drop-analysis";
export { type HarmonyMessage, type HarmonyRole, isToolCall, type MessageEnd } from "./harmony-message";
export {
  harmonyMessages,
  type RenderFailure,
  type RenderFault,
  type SourcedMessage,
} from "./harmony-messages";
export { messagesFromHarmony } from "./messages-from-harmony";
export {
  type HarmonyProblem,
  type ParsedMessage,
  type ParseResult,
  type ProblemKind,
  parseHarmony,
  type RejectReason,
} from "./parse";
export { type QualityFlags, type QualityOptions, qualityFlags } from "./quality";
export { type RenderOptions, type RenderResult, renderHarmony } from "./render";
export { assistantSpans, type Span, type SpanOptions } from "./spans";
export { escapeSpecials, findSpecial, unescapeSpecials } from "./specials";
export { textId } from "./text-id";
export { isPythonTool, toolRecipient } from "./tool-name";
