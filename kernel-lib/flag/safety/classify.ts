/** What a request asks for, sentence by sentence. */
import { matchText } from "../match-text";
import { type Context, contextOf, withoutIdioms } from "./context";
import { asksPrivateFact, hurtsByName } from "./named-person";
import { ASKS, SAFETY_RULES, type SafetyCategory, type SafetyRule } from "./rules";

export interface SafetyFinding {
  readonly category: SafetyCategory;
  /** Name of the rule. */
  readonly rule: string;
}

/** Sentences are cut to so many characters, so that every pattern runs over little text at a time. */
const MOST_SENTENCE = 500;
/**
 * The harms that a text asks for, each rule once. English, rules alone: it knows words and their company, not intentions.
 * A sentence in a game, story, definition or with a wish to prevent is spared where its rule says so.
 */
export function safetyOf(text: string): SafetyFinding[] {
  const found = new Map<string, SafetyFinding>();
  for (const original of sentencesOf(text)) {
    const sentence = matchText(original);
    const literal = withoutIdioms(sentence);
    // The contexts cost more than most rules, so they are read only where one applies.
    let read: Context | null = null;
    const context = (): Context => {
      read ??= contextOf(sentence);
      return read;
    };
    for (const rule of SAFETY_RULES) {
      const { category, name, spared } = rule;
      if (found.has(`${category} ${name}`) || !applies(rule, literal)) continue;
      if (!spared.some((one) => context()[one])) found.set(`${category} ${name}`, { category, rule: name });
    }
    if (hurtsByName(original) && ASKS.test(sentence)) {
      const { fiction, definition, prevention } = context();
      if (!fiction && !definition && !prevention) {
        found.set("violence named", { category: "violence", rule: "hurt a person by name" });
      }
    }
    if (asksPrivateFact(original) && !context().fiction) {
      found.set("privacy named", { category: "privacy", rule: "a person's private facts by name" });
    }
  }
  return [...found.values()];
}

/** So many characters before the harm may ask for it. */
const REACH = 110;

/** Nothing before it: the harm itself is what is told to do. */
const IMPERATIVE = /^\W*(?:(?:please|now|then|kindly|first),? )?$/;

function applies({ pattern, asked }: SafetyRule, sentence: string): boolean {
  // exec, not matchAll: that one makes a copy of the pattern for every sentence.
  pattern.lastIndex = 0;
  for (let match = pattern.exec(sentence); match; match = pattern.exec(sentence)) {
    const before = sentence.slice(Math.max(0, match.index - REACH), match.index);
    if (!asked || IMPERATIVE.test(before) || ASKS.test(before)) return true;
    if (match[0] === "") pattern.lastIndex++;
  }
  return false;
}

function* sentencesOf(text: string): Generator<string> {
  for (const sentence of text.split(/(?<=[.!?])\s|\n/)) {
    for (let at = 0; at < sentence.length; at += MOST_SENTENCE) yield sentence.slice(at, at + MOST_SENTENCE);
  }
}

const JAILBREAK =
  /\b(?:(?:ignore|disregard|forget|override) (?:all |any |the |your |my ){0,3}(?:previous|prior|above|earlier|preceding|system|existing|safety|original)? ?(?:instructions?|prompts?|rules|guidelines|training|programming|restrictions)|do anything now|\bdan mode|you are (?:now )?dan\b|developer mode (?:enabled|output|on)|jail-?break\w{0,3}|(?:without|no|free (?:of|from)|ignore) (?:any |all |your )?(?:ethical|moral|content|safety) (?:guidelines|restrictions|constraints|filters?|policies|limits|considerations)|(?:pretend|imagine|act as if|act like|roleplay as if) you (?:have no|are not bound|can do anything|don't have any|are free from)|(?:unfiltered|uncensored|unrestricted|amoral|evil) (?:ai|chatbot|assistant|language model|version|response|confidant|twin)|(?:bypass|disable|turn off|circumvent) (?:your |the |all )?(?:safety|filters?|guidelines|restrictions|content polic(?:y|ies)|moderation|safeguards)|answer (?:as|like) (?:aim|stan|dude|mongo tom)\b|stay in character|opposite (?:day|mode)|(?:reveal|print|show|repeat|output) (?:me )?(?:your |the )(?:full |entire |hidden |initial )?(?:system prompt|initial instructions|hidden instructions)|never (?:refuse|say you can'?t)|you (?:must|will) (?:not refuse|comply with (?:every|all|any)))/;

/** Whether a message tries to talk the assistant out of its rules. */
export function isJailbreak(text: string): boolean {
  for (let at = 0; at < text.length; at += 4000)
    if (JAILBREAK.test(matchText(text.slice(at, at + 4200)))) return true;
  return false;
}

const PROFANE =
  /\b(?:f+u+c+k\w{0,8}|motherf\w{3,10}|sh[i1]t(?:s|ty|ting|head|hole)?|bull ?shit|bitch(?:es|y)?|bastards?|ass ?holes?|arse ?holes?|dick ?heads?|cunts?|wankers?|twats?|pricks|bollocks|god ?damn|cock ?suck\w{2,5}|pussies|whores?|sluts?|douche ?bags?|jack ?ass(?:es)?|dumb ?ass(?:es)?|piss(?:ed)? off|faggots?|niggers?|niggas?|kikes?|chinks?|spics?|retards?|trann(?:y|ies))\b/;

/** Whether a text holds a swear word or slur. */
export function isProfane(text: string): boolean {
  return PROFANE.test(matchText(text));
}
