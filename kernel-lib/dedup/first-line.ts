/** The first row of a file of JSON lines: what columns it has. */
import { closeSync, openSync, readSync } from "node:fs";
import { InputError } from "../errors";

const MOST_BYTES = 64 << 20;

/** The first line that is not blank, as an object; null where there is none. */
export function readFirstLine(path: string): Record<string, unknown> | null {
  const file = openSync(path, "r");
  try {
    let bytes = Buffer.alloc(0);
    for (let size = 1 << 16; ; size *= 4) {
      const piece = Buffer.alloc(size);
      const got = readSync(file, piece, 0, size, bytes.length);
      bytes = Buffer.concat([bytes, piece.subarray(0, got)]);
      const text = bytes.toString().trimStart();
      const feed = text.indexOf("\n");
      if (feed < 0 && got > 0 && bytes.length < MOST_BYTES) continue;
      const line = (feed < 0 ? text : text.slice(0, feed)).trim();
      return line === "" ? null : objectOf(line, path);
    }
  } finally {
    closeSync(file);
  }
}

function objectOf(line: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (value !== null && typeof value === "object" && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (cause) {
    throw new InputError(`${path}: its first line is not JSON, expected one object a line`, { cause });
  }
  throw new InputError(`${path}: its first line is no JSON object, expected one object a line`);
}
