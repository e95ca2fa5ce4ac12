/** Plain English sentences, paragraphs and answers, and everyday text in other scripts. */
import type { Random } from "./random";
import {
  ADJECTIVES,
  CITIES,
  CRAFTS,
  type Language,
  NAMES,
  OBJECTS,
  OPENERS,
  REASONS,
  SENTENCES,
  SUBJECTS,
  TOPICS,
  VERBS,
} from "./words";

export function sentence(random: Random): string {
  const core = `${random.pick(SUBJECTS)} ${random.pick(VERBS)} ${random.pick(OBJECTS)}`;
  switch (random.int(0, 4)) {
    case 0:
      return `${random.pick(OPENERS)} ${core}.`;
    case 1:
      return `${upper(core)} ${random.pick(REASONS)}.`;
    case 2:
      return `In ${random.pick(CITIES)}, ${random.pick(NAMES)} noted ${random.int(3, 980)} times that ${core}.`;
    case 3:
      return `The ${random.pick(ADJECTIVES)} ${random.pick(CRAFTS)} where ${random.pick(NAMES)} works shows that ${core}, ${random.pick(REASONS)}.`;
    default:
      return `${random.pick(OPENERS)} about ${random.int(2, 98)} percent of it is ${random.pick(ADJECTIVES)}: ${core} ${random.pick(REASONS)}.`;
  }
}

/** At least `characters` long, in paragraphs of three to six sentences. */
export function prose(random: Random, characters: number): string {
  let text = sentence(random);
  let left = random.int(2, 5);
  while (text.length < characters) {
    if (left-- > 0) text += ` ${sentence(random)}`;
    else {
      text += `\n\n${sentence(random)}`;
      left = random.int(2, 5);
    }
  }
  return text;
}

/** A text in a language other than English. */
export function foreignProse(random: Random, language: Exclude<Language, "en">, sentences: number): string {
  const parts: string[] = [];
  for (let i = 0; i < sentences; i++) parts.push(random.pick(SENTENCES[language]));
  return `${parts.join(language === "zh" ? "" : " ")} (${random.int(1, 99_999)})`;
}

/** Mostly English; about one row in twelve is Spanish, Chinese, Arabic or full of emoji. */
export function language(random: Random): Language {
  return random.chance(0.92) ? "en" : random.pick(["es", "zh", "ar", "emoji"] as const);
}

export function topic(random: Random): string {
  return random.pick(TOPICS);
}

export function question(random: Random): string {
  const about = topic(random);
  const place = `${random.pick(NAMES)} from ${random.pick(CITIES)}`;
  switch (random.int(0, 5)) {
    case 0:
      return `Explain ${about} to ${place}, who has ${random.int(2, 55)} minutes.`;
    case 1:
      return `What are ${random.int(3, 9)} things that every beginner should know about ${about}? ${place} asks.`;
    case 2:
      return `Write a short note for ${place} on how ${random.pick(SUBJECTS)} ${random.pick(VERBS)} ${random.pick(OBJECTS)}.`;
    case 3:
      return `How would you compare ${about} with ${topic(random)}? Please give ${random.int(2, 8)} points for ${place}.`;
    case 4:
      return `Summarize this for ${place} in ${random.int(20, 120)} words: ${sentence(random)} ${sentence(random)}`;
    default:
      return `Is it true that ${random.pick(SUBJECTS)} ${random.pick(VERBS)} ${random.pick(OBJECTS)}? ${place} wants ${random.int(2, 9)} reasons.`;
  }
}

/** An answer in prose, as a list, or with headings; `characters` is its least length. */
export function answer(random: Random, characters: number): string {
  const style = random.int(0, 3);
  if (style < 2) return prose(random, characters);
  let text = `${sentence(random)}\n`;
  for (let i = 1; text.length < characters || i < 3; i++) {
    text +=
      style === 2 ? `\n${i}. ${sentence(random)}` : `\n- **${upper(topic(random))}**: ${sentence(random)}`;
  }
  return `${text}\n\n${sentence(random)}`;
}

export function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
