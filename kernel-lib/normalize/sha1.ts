import { hash } from "node:crypto";

/** The sha1 of the text's UTF-8 bytes, as 40 lower-case hex digits. */
export function sha1(text: string): string {
  return hash("sha1", text, "hex");
}
