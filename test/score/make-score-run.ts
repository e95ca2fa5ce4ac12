/** A run whose texts a bigram model scores, and the scores that they have by definition. */

import { renameSync } from "node:fs";
import { join } from "node:path";
import { Db, quoteText } from "../../kernel-lib/db";
import { assistantSpans } from "../../kernel-lib/harmony";
import type { LossMode } from "../../kernel-lib/row";
import { parquetFiles, readParquet } from "../../kernel-lib/run-folder";
import { makeRun } from "../fixtures/make-run";
import { bigramNll, SPECIALS, VOCABULARY } from "../model/make-model";

/** What row i says. Rows 3 to 8 of the run are the awkward ones. */
export function textOf(i: number): string {
  const body = (seed: number, length: number) =>
    Array.from({ length }, (_, k) => "abcdefghijklmnop =."[(seed * 7 + k * k * 3 + k) % 19]).join("");
  const ask = `<|start|>user<|message|>${body(i, 5 + (i % 11))}<|end|>`;
  const answer = `<|start|>assistant<|message|>${body(i + 5, 1 + ((i * 37) % 90))}`;
  if (i === 3) return "";
  if (i === 4) return "plain words";
  if (i === 5) return `${ask}<|start|>assistant<|message|><|return|>`;
  if (i === 6) return ask;
  if (i === 7) return `${ask}<|start|>assistant<|message|>one \u{1f642} é 中<|return|>`;
  // A special of the vocabulary stands in the answer.
  if (i === 8) return `${ask}${answer}<|end|>${ask}${body(i, 200)}<|return|>`;
  return i % 5 === 0
    ? `${ask}<|start|>assistant<|channel|>commentary to=f<|message|>${body(i, 9)}<|call|>${answer}<|return|>`
    : `${ask}${answer}<|return|>`;
}

/** The run's folder; row i has the text `textOf(i)`. */
export async function makeScoreRun(out: string, { rows = 60, splits = 2 } = {}): Promise<string> {
  const names = Array.from({ length: splits }, (_, s) => ["default", `split${s}`, `split${s}`] as const);
  await makeRun(out, { rows, splits: names, duplicates: false, length: false });
  const db = await Db.open({ threads: 1 });
  try {
    const texts = Array.from({ length: rows }, (_, i) => quoteText(textOf(i))).join(", ");
    await db.run(`create temp table texts as select unnest([${texts}]) as t, unnest(range(${rows})) as i`);
    for (const shard of parquetFiles(join(out, "rows"))) {
      const path = join(out, "rows", shard);
      const from = readParquet([path], ", file_row_number = true");
      await db.run(
        `copy (select r.* exclude (file_row_number) replace (t.t as text) from ${from} r join texts t on t.i = substr(r.id, 4)::int order by file_row_number)
         to ${quoteText(`${path}.new`)} (format parquet)`,
      );
      renameSync(`${path}.new`, path);
    }
  } finally {
    db.close();
  }
  return out;
}

/** NLL of the learned tokens of a text under the bigram, from the definitions; `most` tokens are seen. */
export function learnedNll(
  text: string,
  {
    mode = "assistant_all",
    includeStop = false,
    most = 1e9,
  }: { mode?: LossMode; includeStop?: boolean; most?: number } = {},
): number[] {
  const pieces =
    text.match(new RegExp(`${SPECIALS.map((s) => s.replaceAll("|", "\\|")).join("|")}|[\\s\\S]`, "gu")) ?? [];
  const unknown = VOCABULARY.length - 1;
  const ids = pieces.map((piece) => (VOCABULARY.includes(piece) ? VOCABULARY.indexOf(piece) : unknown));
  const spans = assistantSpans(text, mode, { includeStop });
  let at = 0;
  return pieces.flatMap((piece, i) => {
    const start = at;
    at += piece.length;
    const isLearned = spans.some((span) => span.start < at && span.end > start);
    return isLearned && i > 0 && i < most ? [bigramNll(ids[i - 1]!, ids[i]!)] : [];
  });
}
