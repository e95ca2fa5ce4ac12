/** Texts without their private data. */
import { findPrivateData } from "./private/find-private-data";
import type { PrivateKind, PrivateSpan } from "./private/span";

export interface RedactOptions {
  /** Only these kinds; default all. */
  readonly kinds?: readonly PrivateKind[];
  /** Replaces documentation values too; default false. */
  readonly placeholders?: boolean;
}

export interface Redaction extends PrivateSpan {
  /** `[EMAIL_1]`: the same value has the same number wherever it stands in the text. */
  readonly replacement: string;
}

/**
 * The text with private data replaced by typed placeholders, and where each stood (UTF-16 offsets into the text given).
 * The values themselves are not kept. See `findPrivateData` for what is found; documentation values stay by default.
 *
 * @example redact("Mail ann@corp.io or ann@corp.io").text // "Mail [EMAIL_1] or [EMAIL_1]"
 */
export function redact(
  text: string,
  { kinds, placeholders = false }: RedactOptions = {},
): { readonly text: string; readonly spans: readonly Redaction[] } {
  const names = new Map<string, string>();
  const counts = new Map<PrivateKind, number>();
  const spans: Redaction[] = [];
  let out = "";
  let from = 0;
  for (const span of findPrivateData(text)) {
    if ((span.placeholder && !placeholders) || (kinds && !kinds.includes(span.kind))) continue;
    const value = `${span.kind} ${text.slice(span.start, span.end)}`;
    let replacement = names.get(value);
    if (replacement === undefined) {
      const number = (counts.get(span.kind) ?? 0) + 1;
      counts.set(span.kind, number);
      replacement = `[${span.kind.toUpperCase()}_${number}]`;
      names.set(value, replacement);
    }
    out += text.slice(from, span.start) + replacement;
    from = span.end;
    spans.push({ ...span, replacement });
  }
  return { text: out + text.slice(from), spans };
}
