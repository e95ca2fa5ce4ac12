/** What an assistant says when it declines, apologizes or speaks of itself as a model. Patterns have bounded gaps. */
import { matchText } from "./match-text";

/** A refusal stands at the beginning; what comes after so many characters is not looked at. */
const OPENING = 600;

const CANNOT =
  "(?:can(?:not|'t| not)|could(?:n't| not)|won't|will not|am not able to|'m not able to|am unable to|'m unable to|'m not going to|am not going to|must decline to|have to decline to|refuse to|'d rather not|would rather not)";
const DO =
  "(?:help|assist|provide|give|offer|support|share|answer|fulfill|comply|engage|participate|create|write|generate|produce|discuss|condone|encourage|promote|recommend|advise|tell you|do that|do this|talk about|show you|teach|explain how|endorse|in good conscience)";

const REFUSALS: readonly RegExp[] = [
  new RegExp(
    `\\bi(?:'m| am)? ?(?:really |truly |very |so )?(?:sorry|afraid|apologi[sz]e)[^.!?\\n]{0,60}\\bi ${CANNOT}\\b`,
  ),
  new RegExp(`\\b(?:i|we) ?${CANNOT} (?:\\w{1,12} ){0,3}${DO}\\b`),
  /\bi(?:'m| am) (?:just |only )?an? (?:ai|artificial intelligence|language model|large language model)[^.!?\n]{0,80}\b(?:can't|cannot|unable|not able|don't have the ability)\b/,
  /\b(?:this|that|your|the) request (?:is|goes|violates|falls)[^.!?\n]{0,60}\b(?:against|inappropriate|harmful|outside|unsafe|illegal|violat|not something)/,
  /\b(?:against|violat\w{1,4}) (?:my|the|our) (?:guidelines|policy|policies|programming|principles|ethical|content policy|terms)/,
  /\bi (?:must|have to|need to) (?:respectfully |politely )?decline\b/,
  /\bi (?:don't|do not) (?:feel comfortable|think (?:i should|it would be (?:appropriate|right|ethical))|want to (?:help|assist|give|tell|encourage|participate))\b/,
  /\b(?:it is|it's|it would be|that's|that is|this is) (?:not (?:appropriate|ethical|okay|ok|acceptable|something i can)|illegal|unethical|inappropriate|wrong|dangerous) (?:for me )?(?:and|to|so|\.)/,
  /\bi(?:'m| am) not (?:comfortable|willing|allowed|permitted|programmed|designed) (?:\w{1,12} ){0,2}(?:to|with|helping|giving|providing|discussing|answering|sharing)\b/,
];
/** Said with the same words, and no refusals. */
const NOT_REFUSALS =
  /\bi (?:can't|cannot|could not|couldn't) (?:help but|wait|stress|emphasi[sz]e|recommend (?:it|this|them) (?:enough|highly)|say (?:enough|for (?:sure|certain)))/g;

const APOLOGY =
  /\b(?:i(?:'m| am)(?: really| truly| very| so| deeply)? sorry|i apologi[sz]e|my apologies|apologies for|sorry for the|sorry about the|please forgive me)\b/;

const AI_SELF =
  /\b(?:as|i(?:'m| am)(?: just| only)?|being|since i am) an? (?:ai|artificial intelligence|(?:large )?language model|virtual assistant|machine learning model|chatbot|computer program|digital assistant|llm)\b|\bmy (?:knowledge cutoff|training data)\b|\bi (?:was|am) (?:trained|developed|created) by (?:openai|anthropic|google|meta|microsoft|alibaba|deepseek|mistral|nvidia)\b|\bi (?:don't|do not) have (?:personal (?:opinions|experiences|feelings|beliefs|preferences)|feelings|emotions|a physical body|real-time (?:access|data|information))\b/;

export interface Manners {
  readonly refusal: boolean;
  readonly apology: boolean;
  /** "As an AI language model", a training cut-off, an absence of feelings. */
  readonly aiSelfReference: boolean;
}

/** What the beginning of an answer says of the assistant itself. English. */
export function mannersOf(text: string): Manners {
  const opening = matchText(text.slice(0, OPENING)).replace(NOT_REFUSALS, " ");
  return {
    refusal: REFUSALS.some((pattern) => pattern.test(opening)),
    apology: APOLOGY.test(opening),
    aiSelfReference: AI_SELF.test(text.length > OPENING ? matchText(text.slice(0, 20_000)) : opening),
  };
}
