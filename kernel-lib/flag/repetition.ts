import { z } from "zod";
import { defineStep } from "../step";
import { endLoop } from "./loop";
import { ngramCharacters } from "./ngrams";
import { type Body, bodyColumns, rowViews } from "./row-view";

const share = z.number().nullable();

/** Measures and the parameter that each is held against, in the order of the paper's table. */
const MEASURES = {
  dup_line_frac: "maxDupLineFrac",
  dup_para_frac: "maxDupParaFrac",
  dup_line_char_frac: "maxDupLineCharFrac",
  dup_para_char_frac: "maxDupParaCharFrac",
  top_2gram_char_frac: "maxTop2gram",
  top_3gram_char_frac: "maxTop3gram",
  top_4gram_char_frac: "maxTop4gram",
  dup_5gram_char_frac: "maxDup5gram",
  dup_6gram_char_frac: "maxDup6gram",
  dup_7gram_char_frac: "maxDup7gram",
  dup_8gram_char_frac: "maxDup8gram",
  dup_9gram_char_frac: "maxDup9gram",
  dup_10gram_char_frac: "maxDup10gram",
} as const;
type Measure = keyof typeof MEASURES;
const NAMES = Object.keys(MEASURES) as Measure[];
type Shares = Record<Measure, number>;

/** Share of characters or lines, 0 to 1. */
const limit = (value: number) => z.number().min(0).default(value);

/**
 * How much of what the assistant wrote repeats itself: the Gopher repetition family (Rae et al. 2021, table A1), measured
 * on each message body by itself without its code blocks, and degenerate loops at a body's end, code included. A row has
 * the values of its worst body; null where none has `minWords` words. `repetition_reasons` names the measures above their
 * limit, and `degenerate_loop`; `repetitive` says whether there is one.
 */
export const repetition = defineStep({
  name: "repetition",
  version: 1,
  kind: "flag",
  params: z.object({
    /** Bodies with fewer words have no n-gram, line or paragraph shares; default 50, the fewest
     * that the paper keeps. */
    minWords: z.int().min(1).default(50),
    maxDupLineFrac: limit(0.3),
    maxDupParaFrac: limit(0.3),
    maxDupLineCharFrac: limit(0.2),
    maxDupParaCharFrac: limit(0.2),
    maxTop2gram: limit(0.2),
    maxTop3gram: limit(0.18),
    maxTop4gram: limit(0.16),
    maxDup5gram: limit(0.15),
    maxDup6gram: limit(0.14),
    maxDup7gram: limit(0.13),
    maxDup8gram: limit(0.12),
    maxDup9gram: limit(0.11),
    maxDup10gram: limit(0.1),
    /** A loop is one span at least so often; default 4. */
    minLoopRepeats: z.int().min(2).default(4),
    /** … over at least so many characters; default 100. */
    minLoopChars: z.int().min(2).default(100),
  }),
  reads: z.object(bodyColumns),
  writes: z.object({
    dup_line_frac: share,
    dup_para_frac: share,
    dup_line_char_frac: share,
    dup_para_char_frac: share,
    top_2gram_char_frac: share,
    top_3gram_char_frac: share,
    top_4gram_char_frac: share,
    dup_5gram_char_frac: share,
    dup_6gram_char_frac: share,
    dup_7gram_char_frac: share,
    dup_8gram_char_frac: share,
    dup_9gram_char_frac: share,
    dup_10gram_char_frac: share,
    loop_chars: z.int(),
    loop_span_chars: z.int(),
    repetition_reasons: z.array(z.string()),
    repetitive: z.boolean(),
  }),
  run(columns, params) {
    const rows = rowViews(columns).map(({ written }) => {
      let worst: Shares | null = null;
      let loop = { chars: 0, span: 0 };
      for (const body of written) {
        const found = endLoop(body.text, params.minLoopRepeats);
        if (found.chars > loop.chars) loop = found;
        if (body.words.count < params.minWords) continue;
        const shares = repetitionShares(body);
        worst = worst ? maxOf(worst, shares) : shares;
      }
      const reasons: string[] = NAMES.filter(
        (name) => worst !== null && worst[name] > params[MEASURES[name]],
      );
      if (loop.chars >= params.minLoopChars) reasons.push("degenerate_loop");
      return { worst, loop, reasons };
    });
    const measure = (name: Measure) => rows.map(({ worst }) => worst?.[name] ?? null);
    return {
      ...(Object.fromEntries(NAMES.map((name) => [name, measure(name)])) as Record<
        Measure,
        (number | null)[]
      >),
      loop_chars: rows.map(({ loop }) => loop.chars),
      loop_span_chars: rows.map(({ loop }) => loop.span),
      repetition_reasons: rows.map(({ reasons }) => reasons),
      repetitive: rows.map(({ reasons }) => reasons.length > 0),
    };
  },
});

/** The Gopher shares of one body, each 0 to 1. */
export function repetitionShares(body: Body): Shares {
  let shares = known.get(body);
  if (!shares) {
    shares = measureShares(body);
    known.set(body, shares);
  }
  return shares;
}

/** Two flags ask for the same numbers. */
const known = new WeakMap<Body, Shares>();

function measureShares({ prose, words }: Body): Shares {
  const length = Math.max(1, prose.length);
  const lines = duplicates(prose.split("\n"));
  const paragraphs = duplicates(prose.split(/\n[^\S\n]*\n/));
  const { top, duplicate } = ngramCharacters(words);
  const part = (characters: number) => Math.min(1, characters / length);
  return {
    dup_line_frac: lines.share,
    dup_para_frac: paragraphs.share,
    dup_line_char_frac: part(lines.characters),
    dup_para_char_frac: part(paragraphs.characters),
    top_2gram_char_frac: part(top[2]),
    top_3gram_char_frac: part(top[3]),
    top_4gram_char_frac: part(top[4]),
    dup_5gram_char_frac: part(duplicate[5]),
    dup_6gram_char_frac: part(duplicate[6]),
    dup_7gram_char_frac: part(duplicate[7]),
    dup_8gram_char_frac: part(duplicate[8]),
    dup_9gram_char_frac: part(duplicate[9]),
    dup_10gram_char_frac: part(duplicate[10]),
  };
}

/** Pieces that appeared before: their share and characters. Blank pieces do not count. */
function duplicates(pieces: readonly string[]): { readonly share: number; readonly characters: number } {
  if (pieces.length < 2) return { share: 0, characters: 0 };
  const seen = new Set<string>();
  let [all, repeated, characters] = [0, 0, 0];
  for (const piece of pieces) {
    const trimmed = piece.trim();
    if (trimmed === "") continue;
    all++;
    if (seen.has(trimmed)) {
      repeated++;
      characters += trimmed.length;
    } else seen.add(trimmed);
  }
  return { share: all === 0 ? 0 : repeated / all, characters };
}

function maxOf(a: Shares, b: Shares): Shares {
  return Object.fromEntries(NAMES.map((name) => [name, Math.max(a[name], b[name])])) as Shares;
}
