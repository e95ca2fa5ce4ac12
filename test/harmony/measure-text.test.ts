import { expect, it } from "vitest";
import { textId } from "../../kernel-lib/harmony";
import { measureText } from "../../kernel-lib/harmony/measure-text";

it.each([
  ["nothing", "", 0, 0],
  ["ASCII", "abc", 3, 3],
  ["two and three bytes a character", "ü−", 5, 2],
  ["characters of two UTF-16 units", "😀 and 𝒳", 13, 7],
  ["half a pair", "\ud83d", 3, 1],
  ["halves in the wrong order beside a pair", "\ude00\ud83d😀", 10, 3],
  ["more than the scratch holds", "😀".repeat(400_000), 1_600_000, 400_000],
])("measures %s", (_, text, bytes, characters) => {
  expect(measureText(text)).toEqual({ id: textId(text), bytes, characters });
});
