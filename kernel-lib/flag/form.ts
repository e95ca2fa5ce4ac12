import { z } from "zod";
import { defineStep } from "../step";
import { endsInTheMiddle } from "./ending";
import { asksForJson, isJson, jsonIn } from "./json-answer";
import { latexFault } from "./latex-fault";
import { hasHtmlBoilerplate, hasTemplateLeftover } from "./leftovers";
import { codeBlocks } from "./prose";
import { mannersOf } from "./refusal";
import { bodyColumns, type RowView, rowViews } from "./row-view";

/**
 * Faults of form in what the assistant wrote. `completion_chars` is the length of the last answer (UTF-16 units), held
 * against `minChars`; exact token counts are the flag `tokens`. Signs, not proofs; English for `refusal`, `apology`,
 * `ai_self_reference` and in part `truncated_ending`.
 */
export const form = defineStep({
  name: "form",
  version: 1,
  kind: "flag",
  params: z.object({
    /** A shorter last answer is too short; characters, default 2. */
    minChars: z.int().min(0).default(2),
    /** A longer last answer is too long; characters, default 50,000. */
    maxChars: z.int().min(1).default(50_000),
  }),
  reads: z.object(bodyColumns),
  writes: z.object({
    completion_chars: z.int(),
    completion_too_short: z.boolean(),
    completion_too_long: z.boolean(),
    /** The last answer ends in the middle of a sentence, code block or formula. */
    truncated_ending: z.boolean(),
    unbalanced_code_fence: z.boolean(),
    broken_latex: z.boolean(),
    json_asked: z.boolean(),
    /** JSON was asked for and the last answer is none. */
    invalid_json: z.boolean(),
    /** Markers of chat templates, role prefixes, unfilled `{{placeholders}}`. */
    template_leftover: z.boolean(),
    /** Markup or standing texts of web pages. */
    html_boilerplate: z.boolean(),
    refusal: z.boolean(),
    apology: z.boolean(),
    ai_self_reference: z.boolean(),
  }),
  run(columns, { minChars, maxChars }) {
    const rows = rowViews(columns).map(formOf);
    return {
      completion_chars: rows.map(({ chars }) => chars),
      completion_too_short: rows.map(({ chars }) => chars < minChars),
      completion_too_long: rows.map(({ chars }) => chars > maxChars),
      truncated_ending: rows.map(({ truncated }) => truncated),
      unbalanced_code_fence: rows.map(({ fence }) => fence),
      broken_latex: rows.map(({ latex }) => latex),
      json_asked: rows.map(({ asked }) => asked),
      invalid_json: rows.map(({ invalidJson }) => invalidJson),
      template_leftover: rows.map(({ template }) => template),
      html_boilerplate: rows.map(({ html }) => html),
      refusal: rows.map(({ refusal }) => refusal),
      apology: rows.map(({ apology }) => apology),
      ai_self_reference: rows.map(({ aiSelfReference }) => aiSelfReference),
    };
  },
});

function formOf({ messages, written, completion, prompt }: RowView) {
  const answer = completion?.text ?? "";
  const isChat = messages.length > 0;
  const system = messages.find(({ role }) => role === "system" || role === "developer")?.content ?? "";
  const hasTools = messages.some(({ role, tool_calls }) => role === "tool" || tool_calls !== null);
  const asked = isChat && !hasTools && (asksForJson(prompt?.text ?? "") || asksForJson(system));
  const json = asked && answer !== "" ? jsonIn(answer) : null;
  const manners = isChat ? mannersOf(answer) : { refusal: false, apology: false, aiSelfReference: false };
  const contents = written.filter(({ part }) => part === "content");
  return {
    chars: answer.trim().length,
    truncated: endsInTheMiddle(answer),
    fence: written.some(({ text }) => codeBlocks(text).some(({ closed }) => !closed)),
    latex: written.some(({ prose }) => latexFault(prose) !== null),
    asked,
    invalidJson: asked && answer !== "" && (json === null || !isJson(json)),
    template: contents.some(({ prose }) => hasTemplateLeftover(prose)),
    html: contents.some(({ prose }) => hasHtmlBoilerplate(prose)),
    ...manners,
  };
}
