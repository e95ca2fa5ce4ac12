/** `review(table)`: rows one by one with buttons, in a notebook; decisions go to the same log as those of the terminal. */

import { randomUUID } from "node:crypto";
import { errorText, InputError } from "../errors";
import { authorOf } from "../label/acts";
import { labelFolder } from "../label/log";
import type { ReviewAct } from "../label/review-act";
import { turnTitle } from "../notebook/conversation-text";
import { displaySymbol, type MimeBundle } from "../notebook/display";
import { plainText } from "../notebook/plain-text";
import { learnedShare } from "../notebook/turn";
import { openWidget, type Widget } from "../notebook/widget";
import type { Table } from "../table/table";
import { type Answer, parseAnswer } from "./answer";
import { type ReviewAsk, type ReviewState, reviewAsk } from "./protocol";
import { reviewBridge, reviewBundle } from "./review-output";
import type { ReviewRows } from "./review-queue";
import { ReviewSession } from "./review-session";
import { type ReviewSummary, reviewSummary, summaryText } from "./review-summary";
import { actText } from "./session-text";

export interface ReviewOptions {
  /** Only rows for which this SQL predicate is true. */
  readonly where?: string;
  /** Only rows of which one of these flags is true, such as `unsafe_request`. */
  readonly flags?: readonly string[];
  /** Default `todo`: rows that this reviewer has not decided. `unreviewed`: nobody has; `disputed`: reviewers disagree. */
  readonly rows?: ReviewRows;
  /** Default `git config user.name`, else the user of this machine. */
  readonly reviewer?: string;
  /** Rows at most; default all. */
  readonly limit?: number;
  /** Shows disputed rows, and what is decided settles them. Default false. */
  readonly adjudicate?: boolean;
  /** Characters of a text that are shown at first; default 20,000. */
  readonly maxChars?: number;
  /** Folder of the logs; default `labels/` of the workspace. */
  readonly into?: string;
}

/** A review under way. As the last expression of a cell it shows the row with buttons and keys. */
export class Review {
  private readonly id = randomUUID();
  private widget: Widget | null = null;
  private last = "";
  private isError = false;
  /** Answers are taken one after the other. */
  private busy: Promise<unknown> = Promise.resolve();

  /** @internal Reviews come from `review`. */
  constructor(private readonly session: ReviewSession) {}

  /** What the log says of all rows so far. */
  get summary(): ReviewSummary {
    return reviewSummary(this.session.options.labels);
  }

  /**
   * Decides from code as the buttons do, with a line such as `"safe_refusal high it declines"`; what was written, null for
   * `skip` and `more`.
   * @throws InputError for a line that says nothing, and when no row is left.
   * @example await r.answer("unsafe_help critical names the dose")
   */
  async answer(line: string): Promise<ReviewAct | null> {
    const answer = parseAnswer(line, "review");
    if (answer === null)
      throw new InputError("review: an empty answer, expected a label, skip, undo or more");
    const act = await this.queued(() => this.session.answer(answer));
    this.last = act === null ? answer.kind : actText(act);
    this.isError = false;
    this.push(0);
    return act;
  }

  toString(): string {
    return reviewBundle(this.id, this.state(0), this.session.current())["text/plain"] as string;
  }

  /** The page says that it is disconnected. */
  close(): void {
    this.widget?.close();
    this.widget = null;
  }

  [displaySymbol](): MimeBundle {
    this.widget ??= openWidget({
      esm: reviewBridge(),
      title: "Review",
      state: { review: this.id },
      onMessage: (content) => void this.receive(content),
      onClose: () => {
        this.widget = null;
      },
    });
    return reviewBundle(this.id, this.state(0), this.session.current());
  }

  /** A message of the page, of any shape. */
  private async receive(content: unknown): Promise<void> {
    const parsed = reviewAsk.safeParse(content);
    if (!parsed.success) return;
    const ask = parsed.data;
    if (ask.kind !== "hello") {
      try {
        const act = await this.queued(() => this.take(ask));
        this.last = act === null ? ask.kind : actText(act);
        this.isError = false;
      } catch (error) {
        this.last = plainText(errorText(error));
        this.isError = true;
      }
    }
    this.push(ask.seq);
  }

  private async take(ask: Exclude<ReviewAsk, { kind: "hello" }>): Promise<ReviewAct | null> {
    if ("sha256" in ask && ask.sha256 !== this.session.current()?.sha256) {
      throw new InputError("review: another row is shown by now, nothing was decided");
    }
    const answer: Answer =
      ask.kind === "decide"
        ? { kind: "decide", rowKey: null, label: ask.label, severity: ask.severity, note: ask.note }
        : { kind: ask.kind };
    return await this.session.answer(answer);
  }

  private async queued<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.busy.then(work);
    this.busy = mine.catch(() => undefined);
    return await mine;
  }

  private push(seq: number): void {
    this.widget?.send(this.state(seq));
  }

  private state(seq: number): ReviewState {
    const { session } = this;
    const sheet = session.current();
    const said = (session.before()?.decisions ?? []).map(
      (act) => `${plainText(act.reviewer)}: ${actText(act)}`,
    );
    const messages = (sheet?.view.groups ?? []).flatMap(({ turns }) =>
      turns.map((turn) => ({
        title: turnTitle(turn).join(" · "),
        learned: ["all", "part"].includes(learnedShare(turn) ?? "none"),
        body: plainText(turn.shown, { lines: true }),
      })),
    );
    return {
      ...{ seq, position: session.position, total: session.total, last: this.last, isError: this.isError },
      reviewer: plainText(session.options.reviewer),
      summary: summaryText(this.summary),
      row: sheet && {
        ...{ sha256: sheet.sha256, rowKey: plainText(sheet.rowKey), place: sheet.view.place, messages },
        ...{ flags: sheet.flags, source: sheet.source, hidden: sheet.hidden, said },
      },
    };
  }
}

/**
 * A review of the table's rows: they are shown one by one, with what flags say of them, and each decision (label, severity,
 * note) is a line of the reviewer's log in the workspace, as with `corpuslab review`. Rows that the reviewer decided before
 * do not come again. Tables over runs show the decisions in `_safety_label`, `_severity` and `_reviewed` from the next read
 * on. Without the project's kernel the row is shown without buttons, and `answer` decides.
 * @throws InputError for rows that are not canonical, a flag that was not computed, and where there is no workspace.
 * @example const r = await review(await open("out/demo"), { flags: ["unsafe_request"], limit: 20 }); r
 */
export async function review(table: Table | Promise<Table>, options: ReviewOptions = {}): Promise<Review> {
  const { where, flags = [], rows = "todo", reviewer, limit = Number.MAX_SAFE_INTEGER, into } = options;
  const { adjudicate = false, maxChars } = options;
  const session = await ReviewSession.begin({
    ...{ table: await table, labels: labelFolder(into), where, flags, adjudicate, limit, maxChars },
    rows: adjudicate ? "disputed" : rows,
    reviewer: authorOf(reviewer),
  });
  return new Review(session);
}
