import { z } from "zod";
import { defineStep } from "../step";
import { mannersOf } from "./refusal";
import { bodyColumns, rowViews } from "./row-view";
import { isJailbreak, isProfane, safetyOf } from "./safety/classify";
import { SAFETY_CATEGORIES } from "./safety/rules";

/**
 * What users ask for that may do harm, by lexicon and patterns with context: "how do I kill a Python process" passes.
 * `safety_categories` and `safety_reasons` (`category: rule`) speak of all user messages together; a text without messages
 * is read as one. `unsafe_request` says whether there is a category, `jailbreak` whether a user tries to talk the
 * assistant out of its rules, `profanity` (a soft sign) whether anyone swears, `safety_refusal` whether the last answer
 * declines. Rules of English words: they miss what is paraphrased and hit what only sounds harmful. The shares measured on
 * XSTest stand in reports/bench-safety.md; decide nothing that matters without a reviewer or a classifier.
 */
export const safety = defineStep({
  name: "safety",
  version: 1,
  kind: "flag",
  params: z.object({}),
  reads: z.object(bodyColumns),
  writes: z.object({
    safety_categories: z.array(z.enum(SAFETY_CATEGORIES)),
    safety_reasons: z.array(z.string()),
    unsafe_request: z.boolean(),
    jailbreak: z.boolean(),
    profanity: z.boolean(),
    safety_refusal: z.boolean(),
  }),
  run(columns) {
    const rows = rowViews(columns).map(({ bodies, completion, messages }) => {
      const asked = bodies.filter(({ role }) => role === "user" || role === "text");
      const said = bodies.filter(({ role }) => role !== "system" && role !== "developer" && role !== "tool");
      const findings = asked.flatMap(({ prose }) => safetyOf(prose));
      return {
        categories: SAFETY_CATEGORIES.filter((name) => findings.some(({ category }) => category === name)),
        reasons: [...new Set(findings.map(({ category, rule }) => `${category}: ${rule}`))].sort(),
        jailbreak: messages.length > 0 && asked.some(({ text }) => isJailbreak(text)),
        profanity: said.some(({ prose }) => isProfane(prose)),
        refusal: messages.length > 0 && completion !== null && mannersOf(completion.text).refusal,
      };
    });
    return {
      safety_categories: rows.map(({ categories }) => categories),
      safety_reasons: rows.map(({ reasons }) => reasons),
      unsafe_request: rows.map(({ categories }) => categories.length > 0),
      jailbreak: rows.map(({ jailbreak }) => jailbreak),
      profanity: rows.map(({ profanity }) => profanity),
      safety_refusal: rows.map(({ refusal }) => refusal),
    };
  },
});
