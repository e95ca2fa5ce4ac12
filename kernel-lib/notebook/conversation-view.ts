/** A row as what is to be shown of it: turns with their marks, what is cut, and what stands around them. */

import { counted, percent, thousands } from "./counts";
import { harmonyTurns } from "./harmony-turns";
import { type LossMask, type LossMaskOptions, lossMask } from "./loss-mask";
import { cutLine, head } from "./plain-text";
import { type RowFacts, rowFacts } from "./row-facts";
import { sourceTurns } from "./source-turns";
import { learnedShare, plainTurn, type Turn, type TurnGroup, textOf } from "./turn";

type Row = Readonly<Record<string, unknown>>;

/** A turn and how much of its body is shown. */
export interface ShownTurn extends Turn {
  /** The body, or its beginning. */
  readonly shown: string;
  /** Characters of the body that are not shown. */
  readonly hidden: number;
}

export interface ConversationView {
  /** Where the row stands and what it is about, on one line. */
  readonly place: string;
  readonly mask: LossMask | null;
  /** What is learned and what the marks mean, or why there is no mask. */
  readonly maskLine: string;
  readonly notes: readonly string[];
  readonly groups: readonly { readonly title: string | null; readonly turns: readonly ShownTurn[] }[];
  /** Characters that are not shown, for their number or that of the messages. */
  readonly hiddenChars: number;
  readonly facts: RowFacts;
}

export interface ViewOptions extends LossMaskOptions {
  readonly maxChars: number;
}

/** All texts of a conversation together show at most this many times `maxChars`. */
const TOTAL = 8;
/** Messages that are shown: a page of thousands can be neither read nor saved. */
const MAX_TURNS = 300;

export function conversationView(row: Row, { maxChars, ...options }: ViewOptions): ConversationView {
  const mask = lossMask(row, options);
  const { groups, columns, notes } = turnGroups(row, typeof mask === "string" ? null : mask);
  let left = TOTAL * maxChars;
  const cutTurn = (turn: Turn): ShownTurn => {
    const shown = head(turn.body, Math.min(maxChars, left));
    left -= shown.length;
    return { ...turn, shown, hidden: turn.body.length - shown.length };
  };
  const shownGroups = groups.map(({ title, turns }) => ({ title, turns: turns.map(cutTurn) }));
  const turns = shownGroups.flatMap((group) => group.turns);
  if (turns.length > MAX_TURNS)
    notes.push(`only the first ${thousands(MAX_TURNS)} of ${counted(turns.length, "message")} are shown`);
  const cut = turns.filter(({ hidden }) => hidden > 0).length;
  if (cut > 0) {
    notes.push(
      `${counted(cut, "text")} cut after ${thousands(maxChars)} characters (${thousands(TOTAL * maxChars)} ` +
        "for all texts together); maxChars shows more",
    );
  }
  const dropped = turns.filter(({ inText }) => !inText);
  if (dropped.length > 0) {
    const chars = dropped.reduce((sum, { body }) => sum + body.length, 0);
    notes.push(
      `${counted(dropped.length, "message")} (${counted(chars, "character")}) not in text: the template leaves out ` +
        "the reasoning of earlier turns, so the model never sees it",
    );
  }
  return {
    place: placeOf(row),
    mask: typeof mask === "string" ? null : mask,
    maskLine: typeof mask === "string" ? mask : maskLine(mask, turns),
    notes,
    groups: firstTurns(shownGroups),
    hiddenChars: turns.reduce((sum, { body, hidden }, i) => sum + (i < MAX_TURNS ? hidden : body.length), 0),
    facts: rowFacts(row, columns),
  };
}

function firstTurns(groups: ConversationView["groups"]): ConversationView["groups"] {
  let left = MAX_TURNS;
  return groups.map(({ title, turns }) => {
    const shown = turns.slice(0, left);
    left -= shown.length;
    return { title, turns: shown };
  });
}

function turnGroups(
  row: Row,
  mask: LossMask | null,
): { groups: readonly TurnGroup[]; columns: readonly string[]; notes: string[] } {
  const { text } = row;
  const isHarmony = typeof text === "string" && (mask !== null || text.includes("<|start|>"));
  if (!isHarmony) {
    const source = sourceTurns(row);
    return { ...source, notes: [...source.notes] };
  }
  const columns = ["messages", "text"];
  const found = text.includes("<|start|>") ? harmonyTurns(text, mask, row.messages) : null;
  if (found?.turns)
    return { groups: [{ title: null, turns: found.turns }], columns, notes: [...found.notes] };
  const learned = mask === null ? null : mask.spans;
  const turn = plainTurn("text", text, { learned });
  const why = found === null ? null : found.why;
  return { groups: [{ title: null, turns: [turn] }], columns, notes: why === null ? [] : [why] };
}

function maskLine(mask: LossMask, turns: readonly Turn[]): string {
  const { lossMode, insteadOf, learnedChars, textChars, includeStop } = mask;
  const messages = turns.filter(({ inText }) => inText);
  const learned = messages.filter((turn) => ["all", "part"].includes(learnedShare(turn) ?? "none"));
  const parts = [
    `${lossMode}${insteadOf === null ? "" : ` (the row's own: ${cutLine(insteadOf, 60)})`}`,
    `learned: ${learned.length} of ${counted(messages.length, "message")}, ` +
      `${thousands(learnedChars)} of ${counted(textChars, "character")} of text (${percent(learnedChars, textChars)})`,
  ];
  if (includeStop) parts.push("the stop of a learned message is learned too");
  return `loss ${parts.join(" · ")}`;
}

const PLACE = ["dataset", "subset", "split", "meta_domain", "meta_difficulty_bin"];

function placeOf(row: Row): string {
  const parts = PLACE.map((name) => cutLine(textOf(row[name]), 120)).filter((part) => part !== "");
  const tokens = Number(row.stats_approx_tokens ?? 0);
  if (tokens > 0) parts.push(`about ${counted(tokens, "token")}`);
  return parts.join(" · ");
}
