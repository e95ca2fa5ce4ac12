import { hash } from "node:crypto";

/**
 * The sha1 (40 lower-case hex digits) of the text's UTF-8 bytes: the join key for rows rendered elsewhere. A lone
 * surrogate counts as U+FFFD, which is also what a Parquet file stores for it.
 *
 * @example
 * textId(""); // "da39a3ee5e6b4b0d3255bfef95601890afd80709"
 */
export function textId(text: string): string {
  return hash("sha1", text, "hex");
}
