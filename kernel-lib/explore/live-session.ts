/** The kernel's side of a live explorer: asks of the page in, exact answers over all rows out. */

import { errorText } from "../errors";
import type { Table } from "../table/table";
import { countRows } from "./count-rows";
import type { LiveRows } from "./live-rows";
import { nearestRows } from "./nearest-rows";
import { policyOf } from "./policy";
import {
  type Answer,
  type Ask,
  ask,
  type RowExcerpt,
  type Selection,
  type SentExcerpt,
  type Sketch,
} from "./protocol";
import { rowExcerpts } from "./row-excerpts";

export interface LiveSessionOptions {
  readonly table: Table;
  readonly sketch: Sketch;
  /** Rows in memory; asks wait for them. */
  readonly rows: Promise<LiveRows>;
  readonly send: (answer: Answer) => void;
  /** The page moved its handles. */
  readonly onSelection: (selection: Selection) => void;
  /** What the kernel holds now. */
  readonly selection: () => Selection;
}

/**
 * Answers each ask; an error is an answer too and ends nothing. Pings are answered at once, `hello` when the rows are
 * there: until then the page says that it is static. Texts of rows are fetched for the newest ask alone, an older
 * query is interrupted.
 */
export class LiveSession {
  private texts = new AbortController();
  private closed = false;

  constructor(private readonly options: LiveSessionOptions) {}

  /** A message of the page, of any shape. */
  receive(content: unknown): void {
    if (this.closed) return;
    const parsed = ask.safeParse(content);
    if (!parsed.success) {
      const seq = (content as { readonly seq?: unknown } | null)?.seq;
      const [issue] = parsed.error.issues;
      const where = issue?.path.join(".") || "message";
      this.fail(Number.isSafeInteger(seq) ? (seq as number) : 0, `${where}: ${issue?.message ?? "unknown"}`);
      return;
    }
    void this.answer(parsed.data).catch((error: unknown) => this.fail(parsed.data.seq, errorText(error)));
  }

  /** The page shows what the kernel holds: the selection was changed in a cell. */
  push(): void {
    this.send({ kind: "hello", seq: 0, selection: this.options.selection() });
  }

  /** Nothing is sent any more. */
  close(): void {
    this.closed = true;
    this.texts.abort();
  }

  private async answer(message: Ask): Promise<void> {
    const { seq } = message;
    const { sketch } = this.options;
    if (message.kind === "ping") return this.send({ kind: "pong", seq });
    if ("selection" in message) checkNames(sketch, message);
    const rows = await this.options.rows;
    if (message.kind === "hello")
      return this.send({ kind: "hello", seq, selection: this.options.selection() });
    if (message.kind === "rows") return await this.rows(rows, message);
    const started = performance.now();
    const counted = countRows(rows, sketch, message.selection);
    const { sql, code } = policyOf(sketch.columns, message.selection);
    this.options.onSelection(message.selection);
    this.send({ kind: "count", seq, ms: performance.now() - started, ...counted, sql, code });
  }

  private async rows(
    rows: LiveRows,
    { seq, selection, column, side }: Extract<Ask, { kind: "rows" }>,
  ): Promise<void> {
    this.texts.abort();
    this.texts = new AbortController();
    const { signal } = this.texts;
    const { table, sketch } = this.options;
    const { kept, dropped } = nearestRows(rows, sketch, selection, { column, side });
    try {
      const found = await rowExcerpts(table, rows, sketch, [...kept, ...dropped], signal);
      if (signal.aborted) return;
      const excerpts = found.map(sent);
      this.send({
        ...{ kind: "rows", seq, column, side },
        ...{ kept: excerpts.slice(0, kept.length), dropped: excerpts.slice(kept.length) },
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  private fail(seq: number, message: string): void {
    this.send({ kind: "error", seq, message });
  }

  private send(answer: Answer): void {
    if (!this.closed) this.options.send(answer);
  }
}

function sent({ value, ...excerpt }: RowExcerpt): SentExcerpt {
  if (Number.isFinite(value)) return { ...excerpt, value };
  return { ...excerpt, value: value > 0 ? "Infinity" : "-Infinity" };
}

function checkNames({ columns }: Sketch, message: Extract<Ask, { kind: "count" | "rows" }>): void {
  const names = columns.map(({ name }) => name);
  const asked = [...Object.keys(message.selection), ...(message.kind === "rows" ? [message.column] : [])];
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new Error(
    `column ${JSON.stringify(unknown.slice(0, 100))} is not explored here, expected ${names.join(" or ")}`,
  );
}
