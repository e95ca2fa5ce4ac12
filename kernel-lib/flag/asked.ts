/** What a request wants of the answer's form. */

const NAMES: Readonly<Record<string, string>> = {
  english: "en",
  german: "de",
  french: "fr",
  spanish: "es",
  italian: "it",
  portuguese: "pt",
  dutch: "nl",
  russian: "ru",
  chinese: "zh",
  mandarin: "zh",
  japanese: "ja",
  korean: "ko",
  arabic: "ar",
  hindi: "hi",
  bengali: "bn",
  turkish: "tr",
  polish: "pl",
  swedish: "sv",
  danish: "da",
  norwegian: "no",
  finnish: "fi",
  greek: "el",
  czech: "cs",
  hungarian: "hu",
  romanian: "ro",
  ukrainian: "uk",
  vietnamese: "vi",
  thai: "th",
  indonesian: "id",
  swahili: "sw",
  telugu: "te",
  tamil: "ta",
  hebrew: "he",
  persian: "fa",
};
const LANGUAGE = new RegExp(
  `\\b(?:(?:answer|respond|reply|write|say|explain|speak)\\b[^.!?\\n]{0,40}\\bin|translate\\b[^.!?\\n]{0,200}\\b(?:in)?to) (${Object.keys(NAMES).join("|")})\\b`,
  "gi",
);

/** Languages (ISO 639-1) that the request asks the answer to be in; empty where it names none. */
export function languagesAsked(prompt: string): string[] {
  return [...new Set([...prompt.matchAll(LANGUAGE)].map((match) => NAMES[match[1]!.toLowerCase()]!))];
}

const CODE =
  /\b(?:write|implement|create|code|develop|generate|build|give|design) (?:me )?(?:(?:a|an|the|some) )?(?:[\w+#-]{1,20} ){0,3}(?:function|program|script|class|method|sql query|code snippet|code|regex|algorithm in \w{1,20})\b/i;

/** Whether the request wants code written. */
export function wantsCode(prompt: string): boolean {
  return CODE.test(prompt.slice(0, 20_000));
}
