import { HARMONY_ROLES, type HarmonyRole, isHarmonyRole } from "./harmony-message";
import { CHANNEL, CONSTRAIN, findSpecial } from "./specials";
import { looksLikeTool } from "./tool-name";

/** What stands between `<|start|>` and `<|message|>`. */
export interface Header {
  role: HarmonyRole;
  name: string | null;
  recipient: string | null;
  channel: string | null;
  contentType: string | null;
  /** A tool without recipient whose name is no known kind of tool name: it needs an earlier call to be believed. */
  unconfirmed: boolean;
}

export type HeaderFault =
  | "empty_role"
  | "unknown_role"
  | "two_channels"
  | "empty_channel"
  | "empty_recipient"
  | "empty_content_type"
  | "extra_header_words"
  | "special_in_header";

/** A fault at `offset` UTF-16 units into the header. */
export interface BadHeader {
  fault: HeaderFault;
  offset: number;
  detail: string;
}

const WORD = /[^\s<]+|<\|constrain\|>[^\s<]*|</g;

/**
 * The header's parts, or its first fault. Grammar: role, then in any order one recipient (`to=x`, or a bare tool
 * name), one channel with at most a recipient and a content type after it, one content type.
 */
export function parseHeader(header: string): Header | BadHeader {
  const channelAt = header.indexOf(CHANNEL);
  let channel: string | null = null;
  let words: Word[];
  if (channelAt === -1) {
    words = wordsOf(header, 0);
  } else {
    const valueAt = channelAt + CHANNEL.length;
    const second = header.indexOf(CHANNEL, valueAt);
    if (second !== -1) return bad("two_channels", second, "a header has at most one channel");
    channel = /^[^\s<]*/.exec(header.slice(valueAt))![0];
    if (channel === "") return bad("empty_channel", valueAt, `nothing follows ${CHANNEL}`);
    words = [
      ...wordsOf(header.slice(0, channelAt), 0),
      ...wordsOf(header.slice(valueAt + channel.length), valueAt + channel.length),
    ];
    if (channelAt === 0 || (words[0]?.at ?? channelAt) >= channelAt)
      return bad("empty_role", 0, "the channel comes before any role");
  }

  const first = words.shift();
  if (!first) return bad("empty_role", 0, "no role stands before <|message|>");
  if (first.text.startsWith("to=") || first.text.startsWith(CONSTRAIN))
    return bad("empty_role", first.at, `${quote(first.text)} stands where the role belongs`);

  let recipient: string | null = null;
  let contentType: string | null = null;
  for (const { text, at } of words) {
    if (text.startsWith(CONSTRAIN)) {
      if (text === CONSTRAIN) return bad("empty_content_type", at, `nothing follows ${CONSTRAIN}`);
      if (contentType !== null) return bad("extra_header_words", at, "a second content type");
      contentType = text;
    } else if (text === "<") {
      const special = findSpecial(header.slice(at));
      if (special?.position === 0) return bad("special_in_header", at, `${special.special} inside a header`);
      return bad("extra_header_words", at, 'a stray "<"');
    } else if (text.startsWith("to=")) {
      if (text === "to=") return bad("empty_recipient", at, "nothing follows to=");
      if (recipient !== null) return bad("extra_header_words", at, `a second recipient ${quote(text)}`);
      recipient = text.slice(3);
    } else if (recipient === null && contentType === null && looksLikeTool(text)) {
      recipient = text;
    } else if (recipient !== null && contentType === null) {
      contentType = text;
    } else {
      return bad("extra_header_words", at, `${quote(text)} is neither recipient nor content type`);
    }
  }
  return withAuthor(first, { recipient, channel, contentType });
}

function withAuthor(
  word: Word,
  rest: Pick<Header, "recipient" | "channel" | "contentType">,
): Header | BadHeader {
  if (isHarmonyRole(word.text)) return { role: word.text, name: null, ...rest, unconfirmed: false };
  const colon = word.text.indexOf(":");
  const role = colon === -1 ? "" : word.text.slice(0, colon);
  if (role === "" && colon === 0)
    return bad("empty_role", word.at, `${quote(word.text)} has a name without a role`);
  if (isHarmonyRole(role)) {
    const name = word.text.slice(colon + 1);
    if (name === "") return bad("unknown_role", word.at, `${quote(word.text)} has an empty name`);
    return { role, name, ...rest, unconfirmed: false };
  }
  if (word.text.startsWith("<"))
    return bad("special_in_header", word.at, `${quote(word.text)} stands where the role belongs`);
  const unconfirmed = rest.recipient === null && !looksLikeTool(word.text);
  return { role: "tool", name: word.text, ...rest, unconfirmed };
}

/** What is wrong with a role that nothing confirms as a tool. */
export function unknownRole(name: string, offset = 0): BadHeader {
  return bad(
    "unknown_role",
    offset,
    `${quote(name)}, expected ${HARMONY_ROLES.join("|")}, a tool's name, or a recipient`,
  );
}

interface Word {
  text: string;
  at: number;
}

function wordsOf(part: string, offset: number): Word[] {
  return Array.from(part.matchAll(WORD), (match) => ({ text: match[0], at: offset + match.index }));
}

function bad(fault: HeaderFault, offset: number, detail: string): BadHeader {
  return { fault, offset, detail };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
