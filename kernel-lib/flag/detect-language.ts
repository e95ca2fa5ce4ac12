/** The language of a text. The detector is loaded once a process and looks at a few hundred letters, so it costs little. */
import { InputError } from "../errors";
import { plainWords } from "./prose";
import type { Body } from "./row-view";
import { bareWord } from "./words";

interface Detector {
  detect(text: string): { readonly language: string; getScores(): Readonly<Record<string, number>> };
}

let detector: Detector | null = null;

/**
 * The detector is there afterwards. It is an ES module, which CommonJS can only await.
 * @throws InputError when its package is not installed.
 */
export async function loadDetector(): Promise<void> {
  if (detector) return;
  const name: string = "eld/medium";
  try {
    detector = ((await import(name)) as { readonly eld: Detector }).eld;
  } catch (cause) {
    throw new InputError(
      "flag language: the package eld is not there, expected it to tell languages; run npm ci, or npm install eld@2.1.0",
      { cause },
    );
  }
}

export interface LanguageFacts {
  /** Letters that it was told from, counted up to 200; one of a script without spaces counts as five. */
  readonly letters: number;
  /** ISO 639-1, or `und`. */
  readonly language: string;
  /** The detector's score for that language, 0 to 1. */
  readonly confidence: number;
  readonly englishConfidence: number;
  /** Share of words that are common English ones, 0 to 1. */
  readonly englishShare: number;
}

const UNKNOWN: LanguageFacts = {
  letters: 0,
  language: "und",
  confidence: 0,
  englishConfidence: 0,
  englishShare: 0,
};
/** Letters of the beginning, the middle and the end that the detector is given. */
const SAMPLE = 350;
/** Characters that common words are counted in. */
const COUNTED = 4000;
/** Letters are not counted further. */
const ENOUGH = 200;
/** Longer texts are cut before anything else is done. */
const MOST = 60_000;

const ENGLISH = new Set(
  (
    "the be to of and a in that have i it for not on with he as you do at this but his by from they we say her she or an will my " +
    "one all would there their what so up out if about who get which go me when make can like no just him know take into your some " +
    "could them see other than then now only its over also after use how our work first well even new because any these us is are " +
    "was were has had been being does did more most each such very where why here let need find given total number many much answer " +
    "between both through two three following should may might must using used same per let's therefore thus since"
  ).split(" "),
);

/** Function words of Swahili, which the detector does not know. */
const SWAHILI = new Set(
  (
    "na ya wa kwa ni za katika la cha kila hii alikuwa kuwa ana wake yake lakini kama au hadi ili baada mara ngapi jumla kwenye wana " +
    "ambayo ambao hilo huo hivyo pia sana zaidi tu yeye wao sisi kutoka bila kati moja mbili tatu nne tano kumi ikiwa anahitaji yao " +
    "vya lake wakati siku leo jinsi gani nini alinunua ina ilikuwa hiyo hizo wangapi idadi kisha"
  ).split(" "),
);

/** The language of a body's prose; `und` below `minLetters` letters. Needs `loadDetector` first. */
export function languageOf(body: Body, minLetters: number): LanguageFacts {
  let facts = known.get(body);
  if (!facts) {
    facts = detectLanguage(body.prose);
    known.set(body, facts);
  }
  return facts.letters < minLetters ? UNKNOWN : facts;
}

/** Several flags ask for the same body. */
const known = new WeakMap<Body, LanguageFacts>();

/** The language of a text, however short. Needs `loadDetector` first. */
export function detectLanguage(prose: string): LanguageFacts {
  if (detector === null) throw new Error("the language detector is not loaded: call loadDetector first");
  const plain = plainWords(prose.length > MOST ? prose.slice(0, MOST) : prose);
  const letters = lettersOnly(plain);
  const count = letterCount(letters, ENOUGH);
  if (count === 0) return UNKNOWN;
  const sample = sampleOf(letters);
  const found = detector.detect(sample);
  const scores = found.getScores();
  const { english, swahili, words } = commonWords(letters);
  let { language } = found;
  if (language !== "en" && swahili >= 3 && swahili >= 0.2 * words && swahili > english) language = "sw";
  if (language === "") return UNKNOWN;
  return {
    letters: count,
    language,
    confidence: scores[language] ?? 0,
    englishConfidence: scores.en ?? 0,
    englishShare: words === 0 ? 0 : english / words,
  };
}

/** Something that is spelled with ASCII letters and signs of programs, such as a path, a name of a model, a tag. */
const IDENTIFIER = /^[!-~]*(?:[/_@={}<>\\0-9]|[a-z][A-Z]|-[!-~]*-)[!-~]*$/;

/** Names of things, digits and symbols away, spaces single. */
function lettersOnly(text: string): string {
  const words = text.split(/\s+/).filter((word) => word.length > 60 || !IDENTIFIER.test(word));
  return words
    .join(" ")
    .replace(/[^\p{L}\p{M}']+/gu, " ")
    .trim();
}

function letterCount(letters: string, enough: number): number {
  let count = 0;
  for (let i = 0; i < letters.length && count < enough; i++) {
    const code = letters.charCodeAt(i);
    // A character of a script without spaces says as much as a short word.
    if (code !== 32) count += code >= 0x2e80 ? 5 : 1;
  }
  return count;
}

function sampleOf(letters: string): string {
  if (letters.length <= 2 * SAMPLE) return letters;
  const middle = letters.indexOf(" ", letters.length >> 1);
  if (middle < 0 || middle + 1 >= letters.length) return letters.slice(0, 2 * SAMPLE);
  return `${letters.slice(0, 170)} ${letters.slice(middle + 1, middle + 1 + SAMPLE)}`;
}

function commonWords(letters: string): { english: number; swahili: number; words: number } {
  let [english, swahili, words] = [0, 0, 0];
  for (const word of letters.slice(0, COUNTED).split(" ")) {
    const bare = word.length > 40 ? "" : bareWord(word);
    if (bare === "") continue;
    words++;
    if (ENGLISH.has(bare)) english++;
    if (SWAHILI.has(bare)) swahili++;
  }
  return { english, swahili, words };
}
