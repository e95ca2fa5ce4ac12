import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { errorText, InputError } from "../errors";

/** sha256 of a file's stored bytes, in hex; streams, so memory does not grow with the file. */
export async function hashFile(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const hash = createHash("sha256");
  try {
    const stream = createReadStream(path, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) });
    for await (const chunk of stream) hash.update(chunk as Buffer);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new InputError(`inventory: cannot read ${path}: ${errorText(cause)}`, { cause });
  }
  return hash.digest("hex");
}
