import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assistantSpans, parseHarmony } from "../../kernel-lib/harmony";
import { showConversation } from "../../kernel-lib/notebook/conversation";
import { LOSS_MODES } from "../../kernel-lib/notebook/loss-mask";
import { plainText } from "../../kernel-lib/notebook/plain-text";
import { open } from "../../kernel-lib/table/open";
import { type ReadTurn, readTurns } from "./read-turns";

type Row = Record<string, unknown>;

const FOLDER = join(__dirname, "..", "fixtures", "normalize");
const golden = readdirSync(FOLDER).flatMap((name) =>
  (
    JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as {
      name: string;
      source: string;
      expected: { row: Row };
    }[]
  ).map(({ name: row, source, expected }) => ({
    name: `${name}: ${row}`,
    source,
    row: { row_key: `made/up@local/${name}#0`, ...expected.row } as Row,
  })),
);
const harmony = golden.filter(({ row }) => parseHarmony(String(row.text)).ok);
const bundle = (row: Row, options = {}) => {
  const shown = showConversation(row, options)[Symbol.for("corpuslab.display") as never] as unknown;
  return (shown as () => Record<string, string>).call(showConversation(row, options));
};
const tight = (text: string) => plainText(text, { lines: true }).replace(/\s+/g, "");
const learnedTexts = (turns: readonly ReadTurn[]) =>
  turns.filter(({ mark }) => mark === "learned" || mark === "text").map(({ body }) => tight(body));

describe("the loss mask", () => {
  it("has rows to be shown on", () => {
    expect(harmony.length).toBeGreaterThan(20);
    expect(harmony.some(({ row }) => row.loss_mode === "assistant_last")).toBe(true);
  });

  it.each(LOSS_MODES.filter((mode) => mode !== "all_text"))(
    "marks what assistantSpans gives: %s",
    (lossMode) => {
      for (const { name, row } of harmony) {
        const text = String(row.text);
        const spans = assistantSpans(text, lossMode);
        expect({ name, spans: showConversation(row, { lossMode }).mask?.spans }).toEqual({ name, spans });
        const expected = spans.map(({ start, end }) => tight(text.slice(start, end)));
        const shown = bundle(row, { lossMode });
        expect({ name, html: learnedTexts(readTurns(shown["text/html"]!)) }).toEqual({
          name,
          html: expected,
        });
        const bars = shown["text/plain"]!.split("\n").filter((line) => line.startsWith("┃ "));
        expect({ name, plain: tight(bars.map((line) => line.slice(2)).join("")) }).toEqual({
          name,
          plain: expected.join(""),
        });
      }
    },
  );

  it("is the row's own unless another is asked for, and says so", () => {
    const { row } = harmony.find(({ row }) => row.loss_mode === "assistant_last")!;
    expect(showConversation(row).mask).toMatchObject({ lossMode: "assistant_last", insteadOf: null });
    const other = bundle(row, { lossMode: "assistant_all" });
    const said = "loss assistant_all (the row's own: assistant_last) · learned: ";
    expect(other["text/plain"]).toContain(said);
    expect(other["text/html"]).toContain(said.replace("'", "&#39;"));
    expect(() => showConversation(row, { lossMode: "assistant" as never })).toThrow(
      'showConversation: loss mode "assistant", expected assistant_all, assistant_last, assistant_last_turn, all_text',
    );
  });

  it("counts what is learned, and takes in the stop when asked to", () => {
    const text =
      "<|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>final<|message|>Yes<|return|>";
    const row = { text, loss_mode: "assistant_all" };
    const plain = bundle(row)["text/plain"];
    expect(plain).toContain(`learned: 1 of 2 messages, 3 of ${text.length} characters of text (3.3%)`);
    expect(bundle(row, { includeStop: true })["text/plain"]).toContain("┃ Yes\n┃ <|return|>");
    expect(showConversation(row, { includeStop: true }).mask?.spans).toEqual(
      assistantSpans(text, "assistant_all", { includeStop: true }),
    );
  });

  it("covers the whole of a plain text", () => {
    const { row } = golden.find(({ row }) => row.loss_mode === "all_text" && row.text !== "")!;
    expect(readTurns(bundle(row)["text/html"]!)).toEqual([{ role: "text", mark: "learned", body: row.text }]);
  });

  it("is said to be absent on source rows", () => {
    for (const { source } of golden) {
      const row = JSON.parse(source) as Row;
      if (typeof row.text === "string") continue;
      const shown = bundle(row);
      expect(shown["text/plain"]).toMatch(/^No loss mask yet/);
      expect(learnedTexts(readTurns(shown["text/html"]!))).toEqual([]);
      expect(showConversation(row).mask).toBeNull();
    }
    expect(bundle({ loss_mode: "assistant_all", messages: [] })["text/plain"]).toMatch(
      /^No loss mask: it is made of/,
    );
    expect(bundle({ text: "x", loss_mode: "half" })["text/plain"]).toMatch(
      /^No loss mask: the row's loss_mode "half"/,
    );
  });
});

describe("a conversation", () => {
  it("loses no text of a canonical row", () => {
    for (const { name, row } of harmony) {
      const parsed = parseHarmony(String(row.text));
      const bodies = parsed.ok ? parsed.messages.map(({ body }) => tight(body)) : [];
      const { "text/html": html, "text/plain": plain } = bundle(row) as Record<string, string>;
      const turns = readTurns(html!).filter(({ mark }) => mark !== "not in text");
      expect({ name, shown: turns.map(({ body }) => tight(body)) }).toEqual({ name, shown: bodies });
      for (const body of bodies) expect(tight(plain!.replace(/^┃ /gm, ""))).toContain(body);
    }
  });

  it("shows what the messages hold and the text leaves out", () => {
    const message = { name: null, channel: null, reasoning_content: null, tool_calls: null };
    const row = {
      loss_mode: "assistant_all",
      messages: [
        { ...message, role: "user", content: "1+1?" },
        { ...message, role: "assistant", content: "2", reasoning_content: "Count." },
        { ...message, role: "user", content: "2+2?" },
        { ...message, role: "assistant", content: "4", reasoning_content: "Count on." },
      ],
      text:
        "<|start|>user<|message|>1+1?<|end|><|start|>assistant<|channel|>final<|message|>2<|end|>" +
        "<|start|>user<|message|>2+2?<|end|><|start|>assistant<|channel|>analysis<|message|>Count on.<|end|>" +
        "<|start|>assistant<|channel|>final<|message|>4<|return|>",
    };
    const shown = bundle(row);
    expect(readTurns(shown["text/html"]!).map(({ body, mark }) => [body, mark])).toEqual([
      ["1+1?", ""],
      ["Count.", "not in text"],
      ["2", "learned"],
      ["2+2?", ""],
      ["Count on.", "learned"],
      ["4", "learned"],
    ]);
    expect(shown["text/plain"]).toContain("1 message (6 characters) not in text");
    expect(
      bundle({ ...row, messages: [{ ...message, role: "user", content: "other" }] })["text/plain"],
    ).toContain("The messages column and the text do not say the same");
  });

  it("reads rows as DuckDB gives them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "corpuslab-conversation-"));
    try {
      const path = join(folder, "rows.jsonl");
      const { row } = harmony.find(({ name }) => name.startsWith("nemotron-math"))!;
      writeFileSync(path, `${JSON.stringify(row)}\n`);
      const [read] = await (await open(path)).toArray();
      const turns = (shown: Row) => readTurns(bundle(shown)["text/html"]!);
      expect(turns(read!)).toEqual(turns(row));
      expect(turns(read!)).not.toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("reads source rows of every shape", () => {
    const bodies = (row: Row) =>
      readTurns(bundle(row)["text/html"]!).map(({ role, body }) => `${role}|${body}`);
    expect(
      bodies({
        conversations: [
          { from: "human", value: "Hi" },
          { from: "gpt", value: "Yo" },
        ],
      }),
    ).toEqual(["user|Hi", "assistant|Yo"]);
    expect(
      bodies({ chosen: "\n\nHuman: A\n\nAssistant: B", rejected: "\n\nHuman: A\n\nAssistant: C" }),
    ).toEqual(["user|A", "assistant|B", "assistant|C"]);
    expect(bodies({ instruction: "Add", input: "1 1", output: "2", other: "x" })).toEqual([
      "user|Add",
      "user|1 1",
      "assistant|2",
    ]);
    const parts = [
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url: "http://x/y.png" } },
    ];
    expect(bodies({ messages: JSON.stringify([{ role: "user", content: parts }, "loose"]) })).toEqual([
      "user|See",
      'user|{"type":"image_url","image_url":{"url":"http://x/y.png"}}',
      "?|loose",
    ]);
    expect(bodies({ text: "Once." })).toEqual(["text|Once."]);
    expect(bodies({ instruction: "Add", output: "2", text: "### Add\n2" })).toEqual([
      ...["user|Add", "assistant|2"],
    ]);
    expect(bodies({ question: "Of what?", text: "Once." })).toEqual(["text|Once."]);
    expect(bodies({ a: "x", n: 1 })).toEqual(["a|x"]);
    expect(bundle({})["text/plain"]).toContain("no messages");
    const call = { function: { name: "f", arguments: { n: 1 } } };
    expect(bodies({ messages: [{ role: "assistant", content: null, tool_calls: [call] }] })).toEqual([
      'assistant: calls f|{\n  "n": 1\n}',
    ]);
  });

  it("folds long texts and cuts only beyond maxChars, saying by how much", () => {
    const long = "word ".repeat(2000);
    const row = { messages: [{ role: "user", content: long }] };
    const html = bundle(row)["text/html"]!;
    expect(readTurns(html)[0]!.body).toBe(long);
    expect(html).toMatch(/<details><summary[^>]*>… 8,800 more characters<\/summary>/);
    const cut = bundle(row, { maxChars: 1000 });
    expect(readTurns(cut["text/html"]!)[0]!.body).toBe(long.slice(0, 1000));
    for (const part of Object.values(cut)) {
      expect(part).toContain("… 9,000 more characters, not shown");
      expect(part).toContain("1 text cut after 1,000 characters");
    }
  });

  it("shows keys, labels and the calls that go on from the row", () => {
    const key = 'a"b@c/d\u202e#1';
    const row = {
      row_key: key,
      id: "i",
      text: "x",
      label: "bad",
      label_reason: "wrong",
      label_author: "ana",
    };
    const { "text/plain": plain, "text/html": html } = bundle(row) as Record<string, string>;
    expect(plain).toContain("label: bad · wrong · by ana");
    expect(plain).toContain(
      'await why("a\\"b@c/d\\u202e#1")\nawait trace("a\\"b@c/d\\u202e#1")\nlabel(row, "bad"',
    );
    expect(html).toContain("await why(&quot;a\\&quot;b@c/d\\u202e#1&quot;)");
    expect(bundle({ id: "i", text: "x", label: "spam" })["text/plain"]).not.toContain("await");
    expect(bundle({ id: "i", text: "x", label: "spam" })["text/plain"]).toContain("label: spam");
  });

  it("says that a row was patched, by whom and why, and shows the row as it was", () => {
    const [before, after] = ["<|start|>user<|message|>one<|end|>", "<|start|>user<|message|>two<|end|>"];
    const patched = { patch_text: after, patch_reason: "typo", patch_author: "ana", patch_time: "today" };
    const { "text/plain": plain } = bundle({ row_key: "k#1", text: before, ...patched }) as Record<
      string,
      string
    >;
    expect(plain).toContain(
      "patched · typo · by ana, today · below is the row as it was; the new text is its column patch_text",
    );
    expect(plain).toContain("[user]\n  one");
    expect(plain).toContain("showDifferences([row, { ...row, text: row.patch_text }])");
    expect(bundle({ row_key: "k#1", text: before, patch_text: null })["text/plain"]).not.toContain("patched");
  });

  it("shows hostile rows as text", () => {
    const evil = "<img src=x onerror=alert(1)></div></details><script>1</script>\u001b[31m\u202e\"'`";
    const row = {
      ...{
        row_key: evil,
        id: evil,
        dataset: evil,
        [evil]: evil,
        tools: `["${evil.replaceAll('"', '\\"')}"]`,
      },
      ...{ label: evil, label_author: evil, label_reason: evil, label_time: evil },
      ...{ patch_text: evil, patch_author: evil, patch_reason: evil, patch_time: evil },
      messages: [
        {
          role: evil,
          name: evil,
          channel: evil,
          content: evil,
          reasoning_content: evil,
          tool_calls: [{ name: evil, arguments: evil }],
        },
      ],
    };
    const rows: Row[] = [
      row,
      { chosen: evil, rejected: evil },
      { text: evil, loss_mode: evil },
      { prompt: evil },
    ];
    rows.push({ text: `<|start|>user:bob<|message|>${evil}<|end|>`, loss_mode: "all_text" });
    for (const hostile of rows) {
      const shown = bundle(hostile);
      expect(shown["text/html"]).not.toMatch(/<(img|script)/);
      expect(shown["text/html"]).not.toContain("\u202e");
      expect(shown["text/plain"]).not.toMatch(/[\u001b\u202e]/);
      expect(shown["text/html"]!.split("<div").length).toBe(shown["text/html"]!.split("</div>").length);
    }
  });
});
