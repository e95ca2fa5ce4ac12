import { z } from "zod";
import { defineStep } from "../step";
import { languagesAsked, wantsCode } from "./asked";
import { commonPrefixShare, contentWords } from "./content-words";
import { languageOf, loadDetector } from "./detect-language";
import { asksForJson, isJson, jsonIn } from "./json-answer";
import { codeBlocks } from "./prose";
import { mannersOf } from "./refusal";
import { bodyColumns, rowViews } from "./row-view";

const REASONS = [
  "wrong_language",
  "wrong_format",
  "code_missing",
  "refused",
  "empty",
  "echo",
  "off_topic",
] as const;

/**
 * Signs that the last answer does not answer the last request: another language than was asked for (or than the request is
 * in), JSON or code that was asked for and did not come, a refusal, nothing, the request repeated, or not one content word
 * in common. A weak signal: it knows form and words, not whether an answer is right. `prompt_overlap` is the share of the
 * request's content words that the answer takes up, 0 to 1; null where the request has fewer than `minWords` of them.
 */
export const alignment = defineStep({
  name: "alignment",
  version: 1,
  kind: "flag",
  params: z.object({
    /** Content words that a request needs for `prompt_overlap` and `off_topic`; default 6. */
    minWords: z.int().min(1).default(6),
    /** Share of the answer that repeats the request from its beginning to count as an echo, 0 to 1; default 0.8. */
    minEcho: z.number().min(0).max(1).default(0.8),
  }),
  reads: z.object(bodyColumns),
  writes: z.object({
    prompt_overlap: z.number().nullable(),
    asked_language: z.string().nullable(),
    misalignment_reasons: z.array(z.enum(REASONS)),
    misaligned: z.boolean(),
  }),
  prepare: loadDetector,
  run(columns, { minWords, minEcho }) {
    const rows = rowViews(columns).map(({ messages, prompt, completion }) => {
      const hasTools = messages.some(({ role, tool_calls }) => role === "tool" || tool_calls !== null);
      if (prompt === null || hasTools) return { overlap: null, asked: null, reasons: [] };
      const answer = completion?.text ?? "";
      const asked = languagesAsked(prompt.text);
      const reasons = new Set<(typeof REASONS)[number]>();
      if (answer === "") reasons.add("empty");
      const wanted = contentWords(prompt.words);
      const given = contentWords(completion?.words ?? null);
      let shared = 0;
      for (const word of wanted) if (given.has(word)) shared++;
      const overlap = wanted.size < minWords ? null : shared / wanted.size;
      if (completion) {
        const spoken = languageOf(completion, 40).language;
        const own = languageOf(prompt, 40).language;
        const isForeign =
          asked.length > 0
            ? !asked.includes(spoken)
            : own !== spoken && own !== "und" && !mentionsLanguage(prompt.text);
        if (spoken !== "und" && isForeign) reasons.add("wrong_language");
        const json = asksForJson(prompt.text) ? jsonIn(answer) : undefined;
        if (json === null || (json !== undefined && !isJson(json))) reasons.add("wrong_format");
        if (wantsCode(prompt.text) && codeBlocks(answer).length === 0 && !looksLikeCode(answer))
          reasons.add("code_missing");
        if (mannersOf(answer).refusal) reasons.add("refused");
        if (answer.length > 40 && commonPrefixShare(answer, prompt.text) >= minEcho) reasons.add("echo");
        const sameLanguage = spoken === own && own !== "und";
        if (sameLanguage && overlap === 0 && given.size >= 2 * minWords) reasons.add("off_topic");
      }
      return { overlap, asked: asked[0] ?? null, reasons: REASONS.filter((reason) => reasons.has(reason)) };
    });
    return {
      prompt_overlap: rows.map(({ overlap }) => overlap),
      asked_language: rows.map(({ asked }) => asked),
      misalignment_reasons: rows.map(({ reasons }) => reasons),
      misaligned: rows.map(({ reasons }) => reasons.length > 0),
    };
  },
});

function mentionsLanguage(prompt: string): boolean {
  return /\b(?:translat|language|traduc|übersetz|tradui|перевед|翻译|訳)/iu.test(prompt);
}

function looksLikeCode(answer: string): boolean {
  return /^\s{0,8}(?:def |class |import |from \w{1,40} import|function |const |let |var |public |#include|SELECT |<\?php|<!DOCTYPE|package |using |print\()|[;{}]\s*$|=>|\(\)/m.test(
    answer.slice(0, 20_000),
  );
}
