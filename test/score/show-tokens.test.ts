/** A text token by token: the mask, the numbers and what a hostile text looks like. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assistantSpans } from "../../kernel-lib/harmony";
import { showTokens } from "../../kernel-lib/score/show-tokens";
import { TokenView } from "../../kernel-lib/score/token-view";
import { ROOT } from "../kernel/kernel-session";

const TEXT =
  "<|start|>user<|message|>Why?<|end|><|start|>assistant<|message|>So that 😀 it is.\nBye<|return|>";
const HOSTILE =
  '<|start|>user<|message|>x<|end|><|start|>assistant<|message|><img src=x onerror="ran()">\u202egnp.exe\u0000</span></div><script>ran()</script><|return|>';
const DEMO = join(ROOT, "kernel-lib", "score", "demo-lm", "model.onnx");

const bundle = (view: TokenView) =>
  (view as unknown as Record<symbol, () => Record<string, string>>)[Symbol.for("corpuslab.display")]!();

describe("showTokens", () => {
  it("without a model shows the spans of the mask, which put together are the text", async () => {
    for (const lossMode of ["assistant_all", "assistant_last", "all_text"] as const) {
      for (const includeStop of [false, true]) {
        const view = await showTokens({ text: TEXT, loss_mode: lossMode }, { includeStop });
        expect(view.tokens.map(({ text }) => text).join("")).toBe(TEXT);
        const learned = view.tokens
          .filter((token) => token.learned)
          .map(({ start, end }) => ({ start, end }));
        expect(learned).toEqual(assistantSpans(TEXT, lossMode, { includeStop }));
        expect(view).toMatchObject({ model: null, learned: null, nllMean: null, reason: null });
      }
    }
    const view = await showTokens(TEXT);
    expect(String(view)).toContain("[[So that 😀 it is.\nBye]]<|return|>");
    expect(String(view)).toContain("21 of 95 characters learned");
    expect((await showTokens("no harmony at all")).reason).toBe("not_harmony");
    expect((await showTokens(TEXT.replace("assistant", "user"))).reason).toBe("no_completion");
    await expect(showTokens({ id: "x" })).rejects.toThrow("column text");
    await expect(showTokens(TEXT, { lossMode: "all" as never })).rejects.toThrow("expected assistant_all");
  });

  it("colors by NLL, joins tokens that share a character, and cuts long texts", () => {
    const at = TEXT.indexOf("😀");
    const piece = (start: number, end: number, nll: number | null, id = 7) => ({
      ...{ id, start, end, nll, learned: nll !== null, cut: false },
    });
    const pieces = [
      piece(0, at, null),
      piece(at, at + 2, 1.5, 8),
      piece(at, at + 2, 6, 9),
      piece(at + 2, TEXT.length, 0.25),
    ];
    const facts = {
      text: TEXT,
      model: "m",
      lossMode: "assistant_all",
      includeStop: false,
      reason: null,
      truncated: false,
    };
    const view = new TokenView({ ...facts, pieces, shown: 100 });
    expect(view).toMatchObject({ learned: 3, nllSum: 7.75 });
    expect(view.surprising(2).map(({ id }) => id)).toEqual([9, 8]);
    const { "text/html": html, "text/plain": plain } = bundle(view);
    expect(html!.match(/>😀<\/span>/g)).toHaveLength(1);
    expect(html).toContain(
      "&quot;😀&quot; · id 8 · 1.500 nats · p = 0.223\n&quot;😀&quot; · id 9 · 6.000 nats",
    );
    expect(html).toContain("3 of 4 tokens learned");
    expect(plain).toContain("😀{1.50}😀{6.00}");
    expect(bundle(new TokenView({ ...facts, pieces, shown: 2 }))["text/html"]).toContain(
      "… 2 more are not shown",
    );
  });

  it("shows hostile text as text", async () => {
    const html = bundle(await showTokens(HOSTILE))["text/html"]!;
    expect(html).not.toMatch(/<img|<script|\u202e|\u0000/);
    expect(html).toContain("&lt;img src=x onerror=&quot;ran()&quot;&gt;\ufffdgnp.exe\ufffd&lt;/span&gt;");
    expect(html.match(/<div/g)!.length).toBe(html.match(/<\/div/g)!.length);
  });

  it.skipIf(!existsSync(DEMO))("gives the mean of the tokens that are learned", async () => {
    const view = await showTokens(TEXT, { model: "demo", includeStop: true });
    const nll = view.tokens.flatMap((token) => (token.nll === null ? [] : [token.nll]));
    expect(nll.length).toBe(view.learned);
    expect(Math.min(...nll)).toBeGreaterThan(0);
    expect(view.nllMean).toBeCloseTo(nll.reduce((a, b) => a + b, 0) / nll.length, 9);
    const scored = view.tokens.filter(({ nll: one }) => one !== null);
    const [span] = assistantSpans(TEXT, "assistant_all", { includeStop: true });
    expect([scored[0]!.start, scored.at(-1)!.end]).toEqual([span!.start, span!.end]);
    const cut = await showTokens(TEXT, {
      model: "demo",
      includeStop: true,
      maxLength: view.tokens.length - 2,
    });
    expect(cut).toMatchObject({ truncated: true, learned: view.learned! - 2 });
    expect(cut.tokens.slice(-2).every((token) => token.cut && token.nll === null)).toBe(true);
  });
});
