/** Which other files an ONNX file keeps its weights in. */
import { closeSync, openSync, readSync } from "node:fs";

/** How `{ key: "location", value: … }` of a tensor's external data begins in protobuf; the value's length follows. */
const LOCATION = Buffer.from("\x0a\x08location\x12", "latin1");
const CHUNK_BYTES = 1 << 24;
/** A path is at most this long; longer matches are weights that look like one by chance. */
const LONGEST_PATH = 1024;

/**
 * Paths, relative to the ONNX file's folder, of the files that hold its weights, each once, sorted; empty when it holds
 * them itself. One pass over the bytes, without an ONNX parser: the entries have a form that nothing else has.
 */
export function externalDataFiles(onnx: string): string[] {
  const found = new Set<string>();
  const descriptor = openSync(onnx, "r");
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES + LONGEST_PATH);
    let held = 0;
    for (let position = 0; ; ) {
      const got = readSync(descriptor, buffer, held, buffer.length - held, position);
      position += got;
      const bytes = buffer.subarray(0, held + got);
      // A match near the end is looked at again with the bytes that follow it.
      const end = got === 0 ? bytes.length : Math.max(0, bytes.length - LONGEST_PATH);
      for (let at = bytes.indexOf(LOCATION); at >= 0 && at < end; at = bytes.indexOf(LOCATION, at + 1)) {
        const path = textAt(bytes, at + LOCATION.length);
        if (path !== null) found.add(path);
      }
      if (got === 0) break;
      bytes.copy(buffer, 0, end);
      held = bytes.length - end;
    }
  } finally {
    closeSync(descriptor);
  }
  return [...found].sort();
}

/** A protobuf string: its length as a varint of at most two bytes, then UTF-8. Null when it is no relative path. */
function textAt(bytes: Buffer, at: number): string | null {
  const low = bytes[at];
  const high = bytes[at + 1];
  if (low === undefined || high === undefined) return null;
  const isShort = low < 0x80;
  const length = isShort ? low : (low & 0x7f) | (high << 7);
  const from = at + (isShort ? 1 : 2);
  if (length === 0 || length > LONGEST_PATH || from + length > bytes.length) return null;
  const text = bytes.toString("utf8", from, from + length);
  if (/[\u0000-\u001f\ufffd]/.test(text) || text.startsWith("/") || text.split(/[\\/]/).includes(".."))
    return null;
  return text;
}
