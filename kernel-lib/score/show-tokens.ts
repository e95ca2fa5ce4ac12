/** A row's text token by token: which are learned, and what each costs the model. */

import { InputError } from "../errors";
import { assistantSpans, parseHarmony, type Span } from "../harmony";
import { type ModelFiles, resolveModel } from "../model/model-files";
import { openTokenizer, type Tokenizer } from "../model/tokenizer";
import { LOSS_MODES, type LossMode } from "../row";
import { CausalLm } from "./causal-lm";
import { prepareRow } from "./prepare-row";
import { type TokenPiece, TokenView } from "./token-view";

export interface ShowTokensOptions {
  /** Folder, `owner/name` on the Hub, or `demo`; without one the mask alone is shown, without tokens. */
  readonly model?: string | ModelFiles;
  /** Default the row's `loss_mode`; of a text `assistant_all`. */
  readonly lossMode?: LossMode;
  /** Whether the special that ends a learned message is learned too; default false. */
  readonly includeStop?: boolean;
  /** Tokens that the model sees; what is behind is shown as cut. Default all. */
  readonly maxLength?: number;
  /** Most tokens in the output; default 2,000. */
  readonly shown?: number;
}

/**
 * The text of a row, or a text, with its loss mask; with a model token by token, each learned token in the color of its NLL
 * (nats, given all before it). The masks, cuts and numbers are those of `score`. Shows itself in a notebook; `tokens` has the same
 * as data. The last model stays loaded for the next call.
 * @throws InputError for a row without text, an unknown loss mode, and a model that cannot be read.
 * @example const [row] = await (await open("out/demo")).head(1).toArray(); await showTokens(row, { model: "demo" })
 */
export async function showTokens(
  given: string | Readonly<Record<string, unknown>>,
  options: ShowTokensOptions = {},
): Promise<TokenView> {
  const { includeStop = false, maxLength = null, shown = 2000 } = options;
  const text = typeof given === "string" ? given : given.text;
  if (typeof text !== "string") {
    throw new InputError(
      "showTokens: the row has no text; expected a canonical row with its column text, or a text",
    );
  }
  const own = typeof given === "string" ? "assistant_all" : given.loss_mode;
  const lossMode = options.lossMode ?? (own as LossMode | null | undefined) ?? "assistant_all";
  if (!LOSS_MODES.includes(lossMode)) {
    throw new InputError(
      `showTokens: loss mode ${JSON.stringify(lossMode)}, expected ${LOSS_MODES.join(", ")}`,
    );
  }
  const facts = { text, lossMode, includeStop, shown };
  if (options.model === undefined) {
    const spans = assistantSpans(text, lossMode, { includeStop });
    const reason = spans.length > 0 ? null : parseHarmony(text).ok ? "no_completion" : "not_harmony";
    return new TokenView({
      ...facts,
      model: null,
      pieces: spanPieces(text, spans),
      reason,
      truncated: false,
    });
  }
  const { files, lm, tokenizer } = await loaded(options.model);
  const encoding = await tokenizer.encode(text);
  const row = prepareRow(text, lossMode, encoding, { includeStop, maxLength });
  const [result] = row.reason === null ? await lm.nll([row]) : [];
  const nll = result !== undefined && "nll" in result ? result.nll : null;
  const reason = row.reason ?? (result !== undefined && "reason" in result ? result.reason : null);
  let at = 0;
  const pieces = Array.from(encoding.ids, (id, i): TokenPiece => {
    const learned = row.wanted[i] === 1;
    return {
      ...{ id, start: encoding.starts[i]!, end: encoding.ends[i]!, learned, cut: i >= row.ids.length },
      nll: learned && nll !== null ? nll[at++]! : null,
    };
  });
  return new TokenView({ ...facts, model: files.name, pieces, reason, truncated: row.truncated });
}

/** Without a tokenizer: what is learned and what stands between, as pieces without an id. */
function spanPieces(text: string, spans: readonly Span[]): TokenPiece[] {
  const pieces: TokenPiece[] = [];
  let at = 0;
  const add = (end: number, learned: boolean) => {
    if (end > at) pieces.push({ id: null, start: at, end, learned, cut: false, nll: null });
    at = Math.max(at, end);
  };
  for (const { start, end } of spans) {
    add(start, false);
    add(end, true);
  }
  add(text.length, false);
  return pieces;
}

interface Loaded {
  readonly files: ModelFiles;
  readonly lm: CausalLm;
  readonly tokenizer: Tokenizer;
}
let last: Promise<Loaded> | null = null;

async function loaded(model: string | ModelFiles): Promise<Loaded> {
  const files = typeof model === "string" ? await resolveModel(model) : model;
  const before = await last?.catch(() => null);
  if (before?.files.digest === files.digest) return before;
  await before?.lm.close();
  last = load(files);
  return await last;
}

async function load(files: ModelFiles): Promise<Loaded> {
  const tokenizer = await openTokenizer(files.tokenizer);
  return { files, tokenizer, lm: await CausalLm.open(files, { threads: 2 }) };
}
