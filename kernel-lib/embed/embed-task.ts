/** Task: one shard of canonical rows → their vectors, same rows, same order. */
import { Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import { embeddingColumns } from "./embeddings-folder";
import { type EncoderSpec, openEncoder } from "./open-encoder";
import { type EmbedView, noText, viewSql } from "./text-view";

export interface EmbedSpec {
  readonly encoder: EncoderSpec;
  readonly view: EmbedView;
  readonly column: string | null;
  /** Canonical shard, absolute. */
  readonly rows: string;
  /** Name of the vectors' shard below the output folder. */
  readonly to: string;
  /** Identity of the shard of the run. */
  readonly basis: string;
}

export interface EmbedSummary {
  readonly rows: number;
  readonly embedded: number;
  readonly truncated: number;
  readonly without: Readonly<Record<string, number>>;
  readonly dimensions: number;
}

/** Rows are small beside the vectors: groups of some 12 MB. */
export const VECTOR_FORMAT = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192";

export async function task(spec: unknown, context: TaskContext): Promise<EmbedSummary> {
  const { encoder: encoderSpec, view, column, rows, to } = spec as EmbedSpec;
  const db = await Db.open({ threads: 1, memoryLimit: "300MB", signal: context.signal });
  try {
    const from = readParquet([rows]);
    const summary = await writeVectors({
      ...{ db, encoderSpec, view, column, to: context.file(to), signal: context.signal },
      query: from,
      columns: await db.describe(`select * from ${from}`),
      progress: (done, share) => context.progress(done, share),
    });
    context.setRows(to, summary.rows);
    return summary;
  } finally {
    db.close();
  }
}

/** Writes the vectors of what `query` (a table in SQL with `row_key`) gives, in its order, to one Parquet file. */
export async function writeVectors({
  db,
  encoderSpec,
  view,
  column,
  query,
  columns,
  to,
  signal,
  progress,
}: {
  readonly db: Db;
  readonly encoderSpec: EncoderSpec;
  readonly view: EmbedView;
  readonly column: string | null;
  readonly query: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly to: string;
  readonly signal: AbortSignal;
  readonly progress: (done: number, share: number) => void;
}): Promise<EmbedSummary> {
  const encoder = await openEncoder(encoderSpec);
  const buffer = new RowBuffer("embed_out", embeddingColumns(encoder.dimensions));
  db.attach(buffer);
  const text = viewSql(columns, { view, column, most: encoder.mostCharacters + 1 });
  const { n } = await db.one<{ n: number }>(`select count(*) as n from ${query}`);
  const [without, counts]: [Record<string, number>, { truncated: number; embedded: number }] = [
    {},
    { truncated: 0, embedded: 0 },
  ];
  for await (const [keys, texts] of db.streamTexts(`select row_key, ${text} from ${query}`)) {
    signal.throwIfAborted();
    const present = texts!.flatMap((value, i) => (value === null ? [] : [i]));
    const encoded = await encoder.encode(present.map((i) => texts![i]!));
    const vectors = new Array<Float32Array | null>(keys!.length).fill(null);
    const tokens = new Array<number>(keys!.length).fill(0);
    const truncated = new Array<boolean>(keys!.length).fill(false);
    const reasons = new Array<string | null>(keys!.length).fill(noText(column === null ? view : null));
    for (const [k, i] of present.entries()) {
      vectors[i] = encoded.vectors[k]!;
      tokens[i] = encoded.tokens[k]!;
      truncated[i] = encoded.truncated[k]!;
      reasons[i] = encoded.reasons[k]!;
      if (vectors[i]) counts.embedded++;
      if (truncated[i]) counts.truncated++;
    }
    for (const reason of reasons) if (reason !== null) without[reason] = (without[reason] ?? 0) + 1;
    buffer.append([keys!, vectors, tokens, truncated, reasons], keys!.length);
    progress(buffer.rows, buffer.rows / Math.max(1, n));
  }
  await db.run(
    `COPY (SELECT * REPLACE (embedding_tokens::INTEGER AS embedding_tokens) FROM embed_out()) TO ${quoteText(to)} (${VECTOR_FORMAT})`,
  );
  return { rows: buffer.rows, ...counts, without, dimensions: encoder.dimensions };
}
