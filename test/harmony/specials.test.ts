import { expect, it } from "vitest";
import { escapeSpecials, findSpecial, unescapeSpecials } from "../../kernel-lib/harmony";
import { seeded } from "./conversations";

it("findSpecial gives the first special and its place", () => {
  expect(findSpecial("a <|x|> <|end|> <|start|>")).toEqual({ position: 8, special: "<|end|>" });
  expect(findSpecial("<|<|reserved_200013|>")).toEqual({ position: 2, special: "<|reserved_200013|>" });
  expect(findSpecial("<|End|> <| end|> <|reserved_1|> <\\|end|>")).toBe(null);
});

it("escapeSpecials leaves no special and is undone exactly", () => {
  expect(escapeSpecials("<|end|> <\\|end|> <|x|> <<|call|>")).toBe("<\\|end|> <\\\\|end|> <|x|> <<\\|call|>");
  const pieces = ["<", "\\", "|", "end", "|>", "<|end|>", "<\\|end|>", "<|reserved_200001|>", "x", "<|"];
  const random = seeded(3);
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: 12 }, () => pieces[Math.floor(random() * pieces.length)]).join("");
    expect(findSpecial(escapeSpecials(text))).toBe(null);
    expect(unescapeSpecials(escapeSpecials(text))).toBe(text);
  }
});
