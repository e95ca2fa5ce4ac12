/** How the rows lie in a `.json` file: one array, an object around one array, or lines (JSONL under another name). */
import { stringEnd } from "../canonical-json";
import { InputError } from "../errors";
import { readHead, UTF8_BOM_BYTES } from "./file-head";
import type { SourceFile } from "./source";

export type JsonLayout =
  | { readonly kind: "lines" }
  /** `bodyStart`: byte after the array's opening bracket. `wrapped`: an object stands around the array. */
  | { readonly kind: "array"; readonly bodyStart: number; readonly wrapped: boolean };

const HEAD_BYTES = 1024 * 1024;
/** Member names under which datasets keep their rows. */
const ROW_MEMBERS = new Set("data rows train test validation examples instances items records".split(" "));
const LINES: JsonLayout = { kind: "lines" };

/**
 * The layout by the file's first megabyte.
 * @throws InputError for JSON whose rows cannot be told: one or several objects over many lines.
 */
export function jsonLayout(file: SourceFile): JsonLayout {
  const { bytes, hasBom, whole } = readHead(file, HEAD_BYTES);
  const text = bytes.toString("latin1", 0, bytes.length);
  const shift = hasBom ? UTF8_BOM_BYTES : 0;
  const first = text.search(/[^\s]/);
  if (first < 0) return LINES;
  if (text[first] === "[") return { kind: "array", bodyStart: shift + first + 1, wrapped: false };
  if (text[first] !== "{") return LINES;

  const end = objectEnd(text, first);
  const lineBreak = text.indexOf("\n", first);
  const overLines = lineBreak >= 0 && (end < 0 || lineBreak < end);
  const opening = /^\{\s*"([^"\\]*)"\s*:\s*\[(?=\s*[{\]])/.exec(text.slice(first));
  const wrapper = opening
    ? { kind: "array" as const, bodyStart: shift + first + opening[0].length, wrapped: true }
    : null;
  const named = opening !== null && ROW_MEMBERS.has(opening[1]!);
  if (end < 0) {
    if (wrapper && (overLines || named)) return wrapper;
    if (overLines) throw unclear(file, "one object over many lines, whose first member is no array of rows");
    return LINES;
  }
  const alone = whole && text.slice(end).trim() === "";
  if (alone && wrapper && (overLines || named) && hasOneMember(text.slice(first, end))) return wrapper;
  if (!overLines) return LINES;
  throw unclear(file, alone ? "one object over several lines" : "several objects over several lines each");
}

function hasOneMember(text: string): boolean {
  try {
    return Object.keys(JSON.parse(text) as object).length === 1;
  } catch {
    return true; // damaged: the array's own faults are then reported row by row
  }
}

function unclear(file: SourceFile, got: string): InputError {
  return new InputError(
    `${file.name}: got ${got}, expected a JSON array of rows, one object a line, or {"data": [rows]}; ` +
      `write the rows one a line, e.g. "jq -c '.data[]' ${file.path} > rows.jsonl"`,
  );
}

/** Index after the object that begins at `from`, or -1 when it does not end in `text`. */
function objectEnd(text: string, from: number): number {
  let depth = 0;
  let i = from;
  while (i < text.length) {
    const char = text[i];
    if (char === '"') {
      try {
        i = stringEnd(text, i);
      } catch {
        return -1;
      }
      continue;
    }
    i++;
    if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return i;
  }
  return -1;
}
