/** JSON text with line breaks and indentation, token for token what it was: numbers and escapes keep their digits. */

/**
 * The text indented by two spaces a level, or null when it is no JSON object or array. Only white space between
 * tokens differs from the input.
 * @example prettyJson('{"n":1e400}') // '{\n  "n": 1e400\n}'
 */
export function prettyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g) ?? [];
  const parts: string[] = [];
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    const closes = token === "}" || token === "]";
    const empty = closes && (tokens[at - 1] === "{" || tokens[at - 1] === "[");
    if (closes) depth--;
    if (closes && !empty) parts.push(line(depth));
    parts.push(token === ":" ? ": " : token);
    const opens = token === "{" || token === "[";
    if (opens) depth++;
    const next = tokens[at + 1];
    if (token === "," || (opens && next !== "}" && next !== "]")) parts.push(line(depth));
  }
  return parts.join("");
}

/** Nesting deeper than this is not indented further: hostile JSON would grow with the square of its depth. */
const MAX_INDENT = 40;

function line(depth: number): string {
  return `\n${"  ".repeat(Math.min(depth, MAX_INDENT))}`;
}
