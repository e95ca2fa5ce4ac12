/** The lines of a body and the paragraphs they make; what stands in a code fence is neither. */

/** A line with the form in which it is compared. */
export interface BodyLine {
  /** As it stands, without its line feed. */
  readonly raw: string;
  /** In Unicode NFC, white space collapsed and trimmed; empty for a blank line. */
  readonly plain: string;
  /** Stands in a code fence, or opens or closes one. */
  readonly fenced: boolean;
}

/** Lines `from` ≤ i < `to`: not blank, not fenced, and as many as stand together. */
export interface Paragraph {
  readonly from: number;
  readonly to: number;
  /** The lines' plain forms with line feeds between them. */
  readonly plain: string;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

export function linesOf(body: string): BodyLine[] {
  let fence: string | null = null;
  return body.split("\n").map((raw) => {
    const mark = FENCE.exec(raw)?.[1];
    const before: string | null = fence;
    if (mark !== undefined) {
      if (before === null) fence = mark;
      else if (mark.startsWith(before) && raw.trim() === mark) fence = null;
    }
    return { raw, plain: plainLine(raw), fenced: before !== null || fence !== null };
  });
}

/** The form in which a line is compared. */
export function plainLine(raw: string): string {
  return raw.normalize("NFC").replace(/\s+/gu, " ").trim();
}

/** The paragraphs of more than one line; a single line is its own paragraph. */
export function paragraphsOf(lines: readonly BodyLine[]): Paragraph[] {
  const found: Paragraph[] = [];
  for (let from = 0; from < lines.length; ) {
    let to = from;
    while (to < lines.length && !lines[to]!.fenced && lines[to]!.plain !== "") to++;
    if (to - from > 1) {
      const plain = lines
        .slice(from, to)
        .map((line) => line.plain)
        .join("\n");
      found.push({ from, to, plain });
    }
    from = Math.max(to, from + 1);
  }
  return found;
}
