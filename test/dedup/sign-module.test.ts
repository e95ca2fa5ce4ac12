/** The compiled hot path against plain TypeScript: words, shingles, JSON, Harmony bodies, white space, NFC. */
import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS, type DedupSettings } from "../../kernel-lib/dedup/settings";
import { configured } from "../../kernel-lib/dedup/sign-task";
import { randomFrom, shinglesOf, wordsOf } from "./reference";

function signer(change: Partial<DedupSettings> = {}) {
  const module = configured({ ...DEFAULT_SETTINGS, ...change }, ["text"]);
  const put = (text: string | Uint8Array) => {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    const at = module.input(bytes.length);
    new Uint8Array(module.memory.buffer).set(bytes, at);
    return bytes.length;
  };
  const words = (text: string | Uint8Array, json = 0) => {
    module.gramsOf(put(text), json);
    const edges = new Uint32Array(module.memory.buffer, module.wordEdges(), module.wordsFound() * 2);
    return Array.from({ length: edges.length / 2 }, (_, i) =>
      Buffer.from(
        module.memory.buffer,
        module.lowerText() + edges[2 * i]!,
        edges[2 * i + 1]! - edges[2 * i]!,
      ).toString(),
    );
  };
  const grams = (text: string) => {
    const count = module.gramsOf(put(text), 0);
    return new Set(
      new BigUint64Array(module.memory.buffer.slice(module.gramHashes(), module.gramHashes() + count * 8)),
    );
  };
  const clean = (text: string, json = 0) => {
    module.gramsOf(put(text), json);
    return Buffer.from(module.memory.buffer, module.cleanText(), module.cleanBytes()).toString();
  };
  const exact = (text: string) => {
    module.clearRows();
    module.signText(put(text));
    return Buffer.from(module.memory.buffer, module.column(0), 16).toString("hex");
  };
  return { module, words, grams, clean, exact, put };
}

/** Text of pieces that are hard for a tokenizer. */
function hostileText(random: () => number, pieces: number): string {
  const hard = [
    ...[
      "the",
      "The",
      "QUICK_brown",
      "x1",
      "0",
      "don't",
      "naïve",
      "NAÏVE",
      "e\u0301",
      "a\u0323\u0307",
      "a\u0307\u0323",
    ],
    ...[
      "数学",
      "日本語テスト",
      "ภาษาไทย",
      "العربية",
      "مُحَمَّد",
      "हिन्दी",
      "क्षि",
      "한국어",
      "각",
      "ÅÅ",
      "İI",
      "ẞß",
      "Σς",
    ],
    ...[
      "👩‍👩‍👧",
      "🇩🇪",
      "❤️",
      "‘quoted’",
      "—",
      "…",
      "\u00a0",
      "\u3000",
      "\u200b",
      "\u00ad",
      "\ufeff",
      "\t",
      "\n\n",
      "  ",
    ],
    ...[
      "\ud800",
      "\udfff",
      "\u0000",
      "\u0007",
      "\\",
      '"',
      "{",
      "<|",
      "\u{1F600}",
      "ﬁ",
      "𝒜",
      "Ⅷ",
      "²",
      "٣",
      "\u0345",
    ],
  ];
  return Array.from(
    { length: pieces },
    () => hard[Math.floor(random() * hard.length)]! + (random() < 0.6 ? " " : ""),
  ).join("");
}

describe("words", () => {
  const { words, grams } = signer({ view: "text" });

  it.each([
    ["The QUICK brown_fox, jumps!", ["the", "quick", "brown_fox", "jumps"]],
    ["数学は楽しい", ["数", "学", "は", "楽", "し", "い"]],
    ["I ❤️ 👩‍👩‍👧!", ["i", "❤", "👩", "👩", "👧"]],
    ["مرحبا بالعالم", ["مرحبا", "بالعالم"]],
    ["NAI\u0308VE ÀÉ", ["naïve", "àé"]],
    ["soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]],
    ["", []],
    [" \n\t ", []],
    ["…—!", []],
    ["a".repeat(70), ["a".repeat(70)]],
  ])("of %j", (text, wanted) => {
    expect(words(text)).toEqual(wanted);
  });

  it("are those of the definition, whatever the text", () => {
    const random = randomFrom(11);
    for (let i = 0; i < 3000; i++) {
      const text = Buffer.from(hostileText(random, Math.floor(random() * 60))).toString();
      expect(words(text)).toEqual(wordsOf(text));
    }
  });

  it("make as many shingles as the definition", () => {
    const random = randomFrom(12);
    for (let i = 0; i < 1500; i++) {
      const text = Buffer.from(hostileText(random, Math.floor(random() * 80))).toString();
      expect(grams(text).size).toBe(shinglesOf(text).size);
    }
  });

  it("of random bytes end without harm", () => {
    const random = randomFrom(13);
    for (let i = 0; i < 2000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256));
      expect(words(bytes).every((word) => word.length > 0)).toBe(true);
    }
  });

  it("can be five million bytes long", () => {
    expect(words("x".repeat(5_000_000)).map((word) => word.length)).toEqual([5_000_000]);
    expect(words(`${"é".repeat(2_500_000)} b`).map((word) => word.length)).toEqual([2_500_000, 1]);
  });
});

describe("JSON", () => {
  const { clean, module, put } = signer({ view: "text", exact: "raw" });

  it("gives the text that JSON.parse gives", () => {
    const random = randomFrom(21);
    for (let i = 0; i < 2000; i++) {
      const text = hostileText(random, Math.floor(random() * 40));
      const row = { a: [1, { text: "no" }, "]"], 'q"': "}", text, z: -1.5e3 };
      const line = random() < 0.5 ? JSON.stringify(row) : asciiJson(row);
      const wanted = Buffer.from(text).toString();
      expect(clean(line, 1)).toBe(wanted === "" ? "" : `${wanted}\n`);
    }
  });

  it.each([
    ['{"text": "a"', 3],
    ["", 3],
    ["[1]", 3],
    ['{"text": "a\\x"}', 3],
    ['{"text": "a\\u12"}', 3],
    ['{"text" "a"}', 3],
    ['{"text": null}', 1],
    ['{"other": "a"}', 1],
    ["{}", 1],
    ['{"text": 7}', 2],
    ['{"text": ["a"]}', 2],
    ['  {"b": {"text": "inner"}, "text" : "a"}  ', 0],
  ])("%j: state %i", (line, state) => {
    expect(module.lineField(0, put(line))).toBe(state);
  });
});

describe("views", () => {
  const text =
    "<|start|>system<|message|>Be brief.<|end|><|start|>developer<|message|># Tools {}<|end|>" +
    "<|start|>user<|message|>How  many\n<|x|> ducks?<|end|><|start|>assistant<|channel|>analysis<|message|>Count.<|end|>" +
    "<|start|>assistant to=functions.add<|channel|>commentary <|constrain|>json<|message|>{}<|call|>" +
    "<|start|>functions.add to=assistant<|channel|>commentary<|message|>3<|end|>" +
    "<|start|>assistant<|channel|>final<|message|>Three.<|return|>";

  it.each([
    [{ view: "all" }, "How many <|x|> ducks?\nCount.\n{}\n3\nThree.\n"],
    [{ view: "prompt" }, "How many <|x|> ducks?\n3\n"],
    [{ view: "completion" }, "Count.\n{}\nThree.\n"],
    [{ view: "all", system: true }, "Be brief.\n# Tools {}\nHow many <|x|> ducks?\nCount.\n{}\n3\nThree.\n"],
  ] as const)("%j", (settings, wanted) => {
    expect(signer(settings).clean(text)).toBe(wanted);
  });

  it("of plain text are the text, and nothing for the prompt", () => {
    expect(signer({ view: "all" }).clean("  Plain\u00a0 text ")).toBe("Plain text\n");
    expect(signer({ view: "completion" }).clean("Plain")).toBe("Plain\n");
    expect(signer({ view: "prompt" }).clean("Plain")).toBe("");
  });
});

describe("content hash", () => {
  it("is of NFC with collapsed white space", () => {
    const { exact } = signer();
    expect(exact("caf\u0065\u0301  au\n lait ")).toBe(exact("café au lait"));
    expect(exact("a\u0323\u0307")).toBe(exact("a\u0307\u0323"));
    expect(exact("café au lait")).not.toBe(exact("cafe au lait"));
    expect(exact("Case")).not.toBe(exact("case"));
  });

  it("is of the bytes when asked", () => {
    const { exact } = signer({ exact: "raw", view: "text" });
    expect(exact("a  b")).not.toBe(exact("a b"));
    expect(exact("é")).not.toBe(exact("e\u0301"));
  });

  it("differs for 200,000 texts that differ in a digit", () => {
    const { exact } = signer({ near: false });
    const seen = new Set<string>();
    for (let i = 0; i < 200_000; i++) seen.add(exact(`text number ${i}`));
    expect(seen.size).toBe(200_000);
  });
});

/** JSON with every character beyond ASCII escaped. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
