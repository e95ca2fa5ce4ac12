/** What a conversation shows: its turns in order, whatever the shape of the row they come from. */

import type { Span } from "../harmony";

/** What a turn is, which decides how it is folded. */
export type TurnKind = "content" | "reasoning" | "call" | "output";

export interface Turn {
  readonly role: string;
  readonly kind: TurnKind;
  /** Name of the speaker or of the tool that answers. */
  readonly name: string | null;
  readonly channel: string | null;
  /** Whom a call goes to. */
  readonly recipient: string | null;
  /** The column or content type, where that is worth saying. */
  readonly label: string | null;
  readonly body: string;
  /** What of `body` is learned, in offsets into it; null where there is no mask. */
  readonly learned: readonly Span[] | null;
  /** The special that ends the message, where it is learned too. */
  readonly learnedStop: string | null;
  /** False for what stands in `messages` but not in `text`: the student never sees it. */
  readonly inText: boolean;
}

/** Turns under a heading of their own: `chosen` and `rejected`. */
export interface TurnGroup {
  readonly title: string | null;
  readonly turns: readonly Turn[];
}

/** A turn without a mask. */
export function plainTurn(role: string, body: string, rest: Partial<Turn> = {}): Turn {
  return {
    role,
    kind: "content",
    name: null,
    channel: null,
    recipient: null,
    label: null,
    body,
    learned: null,
    learnedStop: null,
    inText: true,
    ...rest,
  };
}

/** Whether all, some or nothing of the body is learned; null where there is no mask. */
export function learnedShare({ body, learned }: Turn): "all" | "part" | "none" | null {
  if (learned === null) return null;
  const chars = learned.reduce((sum, { start, end }) => sum + end - start, 0);
  return chars === 0 ? "none" : chars === body.length ? "all" : "part";
}

/** Columns that DuckDB gives as JSON text are parsed; anything else stays what it is. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Any value as text: strings as they are, nothing as an empty text, the rest as JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return (
    JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? item.toString() : item)) ?? ""
  );
}
