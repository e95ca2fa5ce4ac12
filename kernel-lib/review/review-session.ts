/** One reviewer's way through rows: what is shown, what is decided, and the log that says so. */

import { InputError } from "../errors";
import type { ReviewAct } from "../label/review-act";
import { appendReview } from "../label/review-log";
import { type RowReview, readReviews } from "../label/review-state";
import type { TableRow } from "../table/table";
import { type Answer, checkedDecision, type Decision } from "./answer";
import { nextRows, type QueueOptions, type RowText, reviewQueue } from "./review-queue";
import { type ReviewSheet, reviewSheet, SHOWN_CHARS } from "./review-sheet";

export interface SessionOptions extends QueueOptions {
  /** Folder of the logs. */
  readonly labels: string;
  /** Rows to show at most. */
  readonly limit: number;
  /** The decisions settle what reviewers disagree on. */
  readonly adjudicate: boolean;
  /** Characters of a text that are shown at first. */
  readonly maxChars?: number | undefined;
}

/** What happened to a row in this session. */
interface Turn {
  readonly row: TableRow;
  readonly act: ReviewAct | null;
}

const CHUNK = 50;

/** Safe only when all of it was seen. */
const NEEDS_WHOLE = new Set(["safe_refusal", "safe_help", "benign"]);

export class ReviewSession {
  private readonly turns: Turn[] = [];
  private waiting: TableRow[] = [];
  private isWhole = false;
  private constructor(
    readonly options: SessionOptions,
    /** Rows that were to be looked at when the session began. */
    readonly total: number,
  ) {}

  /** @throws InputError as `reviewQueue` does. */
  static async begin(options: SessionOptions): Promise<ReviewSession> {
    const queue = await reviewQueue(options, readReviews(options.labels), []);
    const session = new ReviewSession(options, Math.min(await queue.count(), options.limit));
    await session.fill();
    return session;
  }

  /** Number of the row that is shown, from 1. */
  get position(): number {
    return this.turns.length + 1;
  }

  /** Rows decided in this session. */
  get decided(): number {
    return this.turns.filter(({ act }) => act !== null).length;
  }

  get skipped(): number {
    return this.turns.length - this.decided;
  }

  /** What is to be decided now; null when all is done. */
  current(): ReviewSheet | null {
    const [row] = this.waiting;
    if (row === undefined || this.turns.length >= this.options.limit) return null;
    const { maxChars = SHOWN_CHARS } = this.options;
    return reviewSheet(row, { maxChars: this.isWhole ? Number.MAX_SAFE_INTEGER : maxChars });
  }

  /** What reviewers said of the row that is shown: for those who settle disagreement, never for a first look. */
  before(): RowReview | null {
    const sheet = this.options.rows === "disputed" ? this.current() : null;
    return sheet && (readReviews(this.options.labels).get(sheet.rowKey)?.get(sheet.textId) ?? null);
  }

  /** The answer holds; returns what was written, null where nothing was. @throws InputError for an answer that cannot be. */
  async answer(answer: Answer): Promise<ReviewAct | null> {
    if (answer.kind === "decide") return await this.decide(answer, answer.rowKey);
    if (answer.kind === "undo") return await this.undo();
    if (answer.kind === "skip") await this.skip();
    else if (answer.kind === "more") this.isWhole = true;
    return null;
  }

  private async decide(given: Decision, rowKey: string | null): Promise<ReviewAct> {
    const sheet = this.current();
    if (sheet === null) throw new InputError("review: no row is left to decide on");
    if (rowKey !== null && rowKey !== sheet.rowKey) {
      throw new InputError(`review: the answer is about ${rowKey}, the row that is shown is ${sheet.rowKey}`);
    }
    const { label, severity, note } = checkedDecision(given);
    if (sheet.hidden > 0 && NEEDS_WHOLE.has(label)) {
      throw new InputError(
        `review: ${sheet.hidden} characters of the row were not shown, so it cannot be called ${label}: more shows them all`,
      );
    }
    const act = this.write("decided", sheet, { label, severity, note });
    await this.advance(act);
    return act;
  }

  private async skip(): Promise<void> {
    if (this.current() !== null) await this.advance(null);
  }

  /** The last row comes again; a decision on it is taken back in the log. */
  private async undo(): Promise<ReviewAct | null> {
    const last = this.turns.pop();
    if (last === undefined) throw new InputError("review: nothing to undo in this session");
    this.waiting.unshift(last.row);
    this.isWhole = false;
    if (last.act === null) return null;
    const { safety_label, severity, note, shown_sha256 } = last.act;
    const sheet = { ...reviewSheet(last.row), sha256: shown_sha256 };
    return this.write("undone", sheet, { label: safety_label!, severity, note });
  }

  private write(act: ReviewAct["act"], sheet: ReviewSheet, { label, severity, note }: Decision): ReviewAct {
    const { labels, reviewer, adjudicate } = this.options;
    return appendReview(labels, {
      ...{ act, row_key: sheet.rowKey, dataset: sheet.dataset, text_id: sheet.textId },
      ...{ shown_sha256: sheet.sha256, safety_label: label, severity, note },
      ...{ adjudicates: adjudicate, reviewer, time: new Date().toISOString() },
    });
  }

  private async advance(act: ReviewAct | null): Promise<void> {
    const row = this.waiting.shift()!;
    this.turns.push({ row, act });
    this.isWhole = false;
    if (this.waiting.length === 0) await this.fill();
  }

  private async fill(): Promise<void> {
    const left = Math.min(CHUNK, this.options.limit - this.turns.length);
    if (left <= 0) return;
    const done = this.turns.map(({ row }): RowText => [String(row.row_key), String(row.text_id)]);
    const queue = await reviewQueue(this.options, readReviews(this.options.labels), done);
    this.waiting = await nextRows(queue, left);
  }
}
