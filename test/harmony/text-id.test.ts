import { expect, it } from "vitest";
import { textId } from "../../kernel-lib/harmony";

it("textId is the sha1 of the UTF-8 bytes, a lone surrogate being U+FFFD", () => {
  expect(textId("")).toBe("da39a3ee5e6b4b0d3255bfef95601890afd80709");
  expect(textId("abc")).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
  expect(textId("ü😀")).toBe("9c0c02c5864fd14884281a43251c923943a239b6");
  expect(textId("\ud83d")).toBe(textId("\ufffd"));
});
