/** Code, formulas and prose of a text told apart by linear scans: no pattern here can backtrack. */

/** A fenced code block: from its opening line to its closing one, or to the end where it is never closed. */
export interface CodeBlock {
  readonly start: number;
  readonly end: number;
  /** The word after the opening fence, lower-cased. */
  readonly language: string;
  readonly code: string;
  readonly closed: boolean;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)$/;

/** Fenced code blocks (``` or ~~~) in order. A fence is closed by one of the same character that is at least as long. */
export function codeBlocks(text: string): CodeBlock[] {
  if (!text.includes("```") && !text.includes("~~~")) return [];
  const blocks: CodeBlock[] = [];
  let open: {
    readonly start: number;
    readonly code: number;
    readonly fence: string;
    readonly info: string;
  } | null = null;
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const fence = fenceAt(text, at, end);
    if (fence && !open && !(fence[1]!.startsWith("`") && fence[2]!.includes("`"))) {
      open = { start: at, code: Math.min(end + 1, text.length), fence: fence[1]!, info: fence[2]! };
    } else if (fence && open && closes(open.fence, fence)) {
      blocks.push(block(text, open, at, end, true));
      open = null;
    }
    if (newline < 0) break;
    at = newline + 1;
  }
  if (open) blocks.push(block(text, open, text.length, text.length, false));
  return blocks;
}

/** A line is looked at only when its first characters may be a fence. */
function fenceAt(text: string, start: number, end: number): RegExpExecArray | null {
  let at = start;
  while (at < start + 4 && text.charCodeAt(at) === 32) at++;
  const first = text.charCodeAt(at);
  if (first !== 96 && first !== 126) return null;
  return FENCE.exec(text.slice(start, end).trimEnd());
}

function closes(fence: string, [, mark = "", info = ""]: RegExpExecArray): boolean {
  return mark[0] === fence[0] && mark.length >= fence.length && info.trim() === "";
}

function block(
  text: string,
  { start, code, info }: { readonly start: number; readonly code: number; readonly info: string },
  codeEnd: number,
  end: number,
  closed: boolean,
): CodeBlock {
  const language = /^\s*([\w+#.-]{0,40})/.exec(info)?.[1]?.toLowerCase() ?? "";
  return { start, end, language, code: text.slice(code, Math.max(code, codeEnd)), closed };
}

/** The text without its fenced code blocks; a text without any is returned as it is. */
export function proseOf(text: string): string {
  const blocks = codeBlocks(text);
  if (blocks.length === 0) return text;
  let prose = "";
  let from = 0;
  for (const { start, end } of blocks) {
    prose += text.slice(from, start);
    from = end;
  }
  return prose + text.slice(from);
}

/** Formula openings and what closes each. */
const FORMULAS: readonly (readonly [string, string])[] = [
  ["$$", "$$"],
  ["\\[", "\\]"],
  ["\\(", "\\)"],
];
/** A `$…$` or `…` formula or code on one line, at most so many characters long. */
const INLINE_MOST = 400;

/**
 * The prose without formulas (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`), inline code, URLs and LaTeX commands: what remains is
 * the language that a person wrote. Each left-out part is a space.
 */
export function plainWords(prose: string): string {
  let text = prose;
  for (const [open, close] of FORMULAS) text = blankBetween(text, open, close);
  text = blankInline(withoutInlineCode(text), "$");
  if (text.includes("\\")) text = text.replace(/\\[a-zA-Z]{1,40}/g, " ");
  if (text.includes("://")) text = text.replace(/[a-z]{1,10}:\/\/[^\s<>"')\]]*/gi, " ");
  return text;
}

/** The prose with each `inline code` as a space. */
export function withoutInlineCode(prose: string): string {
  return blankInline(prose, "`");
}

function blankBetween(text: string, open: string, close: string): string {
  if (!text.includes(open)) return text;
  let out = "";
  let from = 0;
  for (;;) {
    const start = text.indexOf(open, from);
    if (start < 0) break;
    const end = text.indexOf(close, start + open.length);
    if (end < 0) break; // never closed: not a formula
    out += `${text.slice(from, start)} `;
    from = end + close.length;
  }
  return out + text.slice(from);
}

function blankInline(text: string, mark: string): string {
  if (!text.includes(mark)) return text;
  let out = "";
  let from = 0;
  let search = 0;
  for (;;) {
    const start = text.indexOf(mark, search);
    if (start < 0) break;
    const end = indexWithin(text, mark, start + 1, INLINE_MOST);
    if (end < 0) {
      search = start + 1;
      continue;
    }
    out += `${text.slice(from, start)} `;
    from = end + 1;
    search = from;
  }
  return out + text.slice(from);
}

/** Place of `mark` on the same line within `most` characters, or -1. */
function indexWithin(text: string, mark: string, from: number, most: number): number {
  const stop = Math.min(text.length, from + most);
  for (let at = from; at < stop; at++) {
    const here = text[at];
    if (here === mark) return at;
    if (here === "\n") return -1;
  }
  return -1;
}
