/** A text's tokens with their mask and NLL, for people and as data. */
import { cutLine, plainText } from "../notebook/plain-text";
import { tokensHtml } from "./tokens-html";

export interface TokenPiece {
  /** In the model's vocabulary; null without a model. */
  readonly id: number | null;
  /** UTF-16 offsets, half-open. Tokens that share a character have the same. */
  readonly start: number;
  readonly end: number;
  readonly learned: boolean;
  /** Behind the last token that the model saw. */
  readonly cut: boolean;
  /** Nats; null where the token is not learned, or nothing was scored. */
  readonly nll: number | null;
}

export interface TokenFacts {
  readonly text: string;
  readonly pieces: readonly TokenPiece[];
  /** Null: the mask alone. */
  readonly model: string | null;
  readonly lossMode: string;
  readonly includeStop: boolean;
  /** Why there is no score. */
  readonly reason: string | null;
  readonly truncated: boolean;
  /** Most tokens in an output. */
  readonly shown: number;
}

/** Tokens listed in a plain output. */
const LISTED = 12;

/** A text with its mask and, by a model, the NLL of each learned token. Shows itself in a notebook. */
export class TokenView {
  /** Tokens in text order; parts of the text without a model. */
  readonly tokens: readonly (TokenPiece & { readonly text: string })[];
  readonly model: string | null;
  readonly reason: string | null;
  readonly truncated: boolean;

  /** @internal Made by `showTokens`. */
  constructor(private readonly facts: TokenFacts) {
    this.tokens = facts.pieces.map((piece) => ({ ...piece, text: facts.text.slice(piece.start, piece.end) }));
    this.model = facts.model;
    this.reason = facts.reason;
    this.truncated = facts.truncated;
  }

  /** How many tokens are learned; null without a model. */
  get learned(): number | null {
    return this.model === null ? null : this.tokens.filter(({ learned }) => learned).length;
  }

  /** Sum of the learned tokens' NLL in nats; null without a score. */
  get nllSum(): number | null {
    const scored = this.tokens.flatMap(({ nll }) => (nll === null ? [] : [nll]));
    return scored.length === 0 ? null : scored.reduce((sum, nll) => sum + nll, 0);
  }

  /** Nats per learned token; null without a score. */
  get nllMean(): number | null {
    return this.nllSum === null ? null : this.nllSum / this.learned!;
  }

  /** Counts, mean and settings in words. */
  heading(): string[] {
    const { lossMode, includeStop, text } = this.facts;
    const n = (count: number) => count.toLocaleString("en-US");
    const chars = this.tokens.reduce(
      (sum, { learned, start, end }) => (learned ? sum + end - start : sum),
      0,
    );
    return [
      this.model === null
        ? `${n(chars)} of ${n(text.length)} characters learned`
        : `${n(this.learned!)} of ${n(this.tokens.length)} tokens learned`,
      ...(this.nllMean === null
        ? []
        : [
            `NLL ${this.nllMean.toFixed(3)} nats per token (ppl ${Math.exp(this.nllMean).toPrecision(3)}), sum ${this.nllSum!.toFixed(1)}`,
          ]),
      ...(this.reason === null ? [] : [`no score: ${this.reason}`]),
      ...(this.truncated
        ? [`cut: ${n(this.tokens.filter(({ cut }) => cut).length)} tokens were not seen`]
        : []),
      ...(this.model === null ? ["no model: the mask alone"] : [`model ${cutLine(this.model, 80)}`]),
      `${lossMode}, stop token ${includeStop ? "learned" : "not learned"}`,
    ];
  }

  /** The learned tokens that cost the model most, most first. */
  surprising(count = LISTED): readonly (TokenPiece & { readonly text: string })[] {
    return this.tokens
      .filter(({ nll }) => nll !== null)
      .sort((a, b) => b.nll! - a.nll! || a.start - b.start)
      .slice(0, count);
  }

  toString(): string {
    const { shown } = this.facts;
    const parts = this.tokens.slice(0, shown).map(({ text, learned, nll, cut }) => {
      const plain = plainText(text, { lines: true });
      if (nll !== null) return `${plain}{${nll.toFixed(2)}}`;
      return learned && !cut && this.model === null ? `[[${plain}]]` : plain;
    });
    const left = this.tokens.length - shown;
    return [
      this.heading().join(" · "),
      parts.join("") + (left > 0 ? `… ${left.toLocaleString("en-US")} more` : ""),
    ].join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const { shown } = this.facts;
    return {
      "text/plain": this.toString(),
      "text/html": tokensHtml({
        heading: this.heading(),
        tokens: this.tokens,
        shown,
        surprising: this.surprising(),
      }),
    };
  }
}
