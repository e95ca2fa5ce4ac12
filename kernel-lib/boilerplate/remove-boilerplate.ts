/** A text without lines and paragraphs that were chosen. Pure, so that a promoted step can hold it. */
import { type BodyOptions, bodiesOf } from "./bodies";
import { type BodyLine, linesOf, paragraphsOf, plainLine } from "./units";

/** One place that was taken out. */
export interface Removal {
  /** The chosen line or paragraph, in the form in which it is compared. */
  readonly unit: string;
  /** Role of the message it stood in; `text` for other texts. */
  readonly role: string;
  /** Characters (code points) that went with it: its own, its line feed, and blank lines that it leaves doubled. */
  readonly characters: number;
}

export interface Removed {
  readonly text: string;
  /** In the order of the text. Their characters add up to what the text lost. */
  readonly removals: readonly Removal[];
  /** Bodies that hold nothing but chosen lines: they stay as they are, for a message is never emptied. */
  readonly heldBack: number;
}

/**
 * A function that takes the chosen lines and paragraphs out of a text. A unit of several lines is a paragraph and goes where a
 * whole paragraph says the same; a unit of one line goes where a whole line says the same. Compared in Unicode NFC with
 * white space collapsed. Code fences, tool calls and JSON bodies are left alone, so are system and developer messages
 * unless `system` is given, and a body of which nothing would be left.
 *
 * @example
 * const remove = boilerplateRemover(["Subscribe to our newsletter to get the latest news!"]);
 * remove("Text.\n\nSubscribe to our newsletter to get the latest news!").text // "Text."
 */
export function boilerplateRemover(
  units: readonly string[],
  options: BodyOptions = {},
): (text: string) => Removed {
  const lines = new Set<string>();
  const paragraphs = new Set<string>();
  for (const unit of units) {
    const plain = unit.split("\n").map(plainLine).join("\n");
    if (plain.trim() !== "") (plain.includes("\n") ? paragraphs : lines).add(plain);
  }
  return (text) => {
    const removals: Removal[] = [];
    let [out, from, heldBack] = ["", 0, 0];
    for (const { role, start, end } of bodiesOf(text, options)) {
      const left = withoutUnits(text.slice(start, end), lines, paragraphs, (unit, raw) => {
        removals.push({ unit, role, characters: codePoints(raw) });
      });
      if (left === null) continue;
      if (left === "") {
        heldBack++;
        continue;
      }
      out += text.slice(from, start) + left;
      from = end;
    }
    return { text: out + text.slice(from), removals, heldBack };
  };
}

/** The body without the units; null where it holds none, empty where it holds nothing else. */
function withoutUnits(
  body: string,
  chosenLines: ReadonlySet<string>,
  chosenParagraphs: ReadonlySet<string>,
  onRemoved: (unit: string, raw: string) => void,
): string | null {
  const lines = linesOf(body);
  /** Of each line the unit that takes it out. */
  const unitOf = new Array<string | null>(lines.length).fill(null);
  let any = false;
  if (chosenParagraphs.size > 0) {
    for (const { from, to, plain } of paragraphsOf(lines)) {
      if (!chosenParagraphs.has(plain)) continue;
      unitOf.fill(plain, from, to);
      any = true;
    }
  }
  lines.forEach(({ plain, fenced }, i) => {
    if (unitOf[i] !== null || fenced || plain === "" || !chosenLines.has(plain)) return;
    unitOf[i] = plain;
    any = true;
  });
  if (!any) return null;
  if (lines.every(({ plain }, i) => plain === "" || unitOf[i] !== null)) return "";
  return joined(lines, unitOf, onRemoved);
}

/** What stays, and to `onRemoved` each unit with all that goes with it. */
function joined(
  lines: readonly BodyLine[],
  unitOf: readonly (string | null)[],
  onRemoved: (unit: string, raw: string) => void,
): string {
  const kept: string[] = [];
  const taken: { readonly unit: string; raw: string }[] = [];
  let afterUnit = false;
  lines.forEach(({ raw, plain }, i) => {
    const unit = unitOf[i]!;
    const withFeed = i === lines.length - 1 ? raw : `${raw}\n`;
    if (unit !== null) {
      // The lines of one paragraph stand together: it is taken out once.
      if (unit.includes("\n") && unitOf[i - 1] === unit) taken.at(-1)!.raw += withFeed;
      else taken.push({ unit, raw: withFeed });
      afterUnit = true;
    } else if (afterUnit && plain === "" && (kept.at(-1) ?? "").trim() === "") {
      // A blank line that would stand first, or beside another one, goes with the unit.
      taken.at(-1)!.raw += withFeed;
    } else {
      afterUnit = false;
      kept.push(withFeed);
    }
  });
  let text = kept.join("");
  if (afterUnit) {
    // The body ended with a unit: the blank lines before it go too, and the line feed of the last line that stays.
    const end = text.trimEnd();
    taken.at(-1)!.raw += text.slice(end.length);
    text = end;
  }
  for (const { unit, raw } of taken) onRemoved(unit, raw);
  return text;
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) count--;
  }
  return count;
}
