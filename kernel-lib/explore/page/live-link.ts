/**
 * The page's side of the talk with the kernel: one count in flight and the newest next, stale answers dropped, rows after a
 * rest, and pings that notice a kernel that is gone. Without the DOM.
 */
import type { Side } from "../cube";
import type { Answer, Ask, Selection } from "../protocol";

/** Carries asks to a kernel and its answers back, in whatever way. */
export interface Transport {
  send(ask: Ask): void;
  /** Called once, before anything is sent. */
  listen(events: TransportEvents): void;
}

export interface TransportEvents {
  /** There is a way to a kernel, which may or may not answer. */
  opened(): void;
  /** The way is gone. */
  closed(): void;
  answered(answer: Answer): void;
  /** Another view of this explorer was moved to `selection`, and this is the answer. */
  followed(selection: Selection, answer: CountAnswer): void;
}

export type Tier = "static" | "live" | "disconnected";
export type CountAnswer = Extract<Answer, { kind: "count" }>;
export type RowsAnswer = Extract<Answer, { kind: "rows" }>;

export interface LinkEvents {
  tier(tier: Tier): void;
  /** The kernel holds this selection: after the page was opened or the kernel came back, or `set` by a cell just now. */
  restored(selection: Selection, set: boolean): void;
  /** `newest`: no later selection waits for its own answer. */
  counted(answer: CountAnswer, newest: boolean): void;
  rows(answer: RowsAnswer): void;
  followed(selection: Selection, answer: CountAnswer): void;
  failed(message: string): void;
}

export const PING_MS = 2000;
export const SILENCE_MS = 5000;
export const REST_MS = 150;

type Pending<K extends Ask["kind"]> = Omit<Extract<Ask, { kind: K }>, "seq" | "kind">;

export class LiveLink {
  /** Grows over reloads of the page too; two pages of one explorer start apart. */
  private seq = Date.now() * 1000 + Math.floor(Math.random() * 1000);
  private tier: Tier = "static";
  private open = false;
  private greeted = false;
  /** When the oldest ask without an answer was sent. */
  private unansweredSince: number | null = null;
  private counting: number | null = null;
  private nextCount: Pending<"count"> | null = null;
  private rowsAsked: number | null = null;
  private rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly events: LinkEvents,
  ) {
    transport.listen({
      opened: () => this.opened(),
      closed: () => this.lost(),
      answered: (answer) => this.answered(answer),
      followed: (selection, answer) => this.followed(selection, answer),
    });
    setInterval(() => this.tick(), PING_MS / 2);
  }

  /** The selection changed: counts of it are wanted now, and the rows at the bound moved last once it rests. */
  select(selection: Selection, moved: { readonly column: string; readonly side: Side } | null): void {
    if (!this.open || !this.greeted) return;
    this.nextCount = { selection };
    if (this.counting === null) this.sendCount();
    clearTimeout(this.rest);
    this.rowsAsked = null;
    if (moved === null) return;
    this.rest = setTimeout(() => {
      this.rowsAsked = this.send({ kind: "rows", selection, ...moved });
    }, REST_MS);
  }

  /** While an own count is under way the kernel holds this view's selection, or soon will. */
  private followed(selection: Selection, answer: CountAnswer): void {
    if (!this.greeted || this.counting !== null) return;
    clearTimeout(this.rest);
    this.rowsAsked = null;
    this.events.followed(selection, answer);
  }

  private opened(): void {
    if (this.open && this.tier === "live") return;
    this.open = true;
    this.greeted = false;
    this.forget();
    this.send({ kind: "hello" });
  }

  private lost(): void {
    this.open = false;
    this.disconnected();
  }

  private disconnected(): void {
    this.forget();
    if (this.tier === "live") this.become("disconnected");
  }

  private forget(): void {
    this.counting = null;
    this.nextCount = null;
    this.rowsAsked = null;
    this.unansweredSince = null;
    clearTimeout(this.rest);
  }

  private lastPing = 0;

  private tick(): void {
    if (!this.open) return;
    const now = Date.now();
    if (this.unansweredSince !== null && now - this.unansweredSince > SILENCE_MS) {
      this.disconnected();
      this.greeted = false;
    }
    if (now - this.lastPing < PING_MS) return;
    this.lastPing = now;
    this.send(this.greeted ? { kind: "ping" } : { kind: "hello" });
  }

  private answered(answer: Answer): void {
    this.unansweredSince = null;
    if (answer.kind === "hello") {
      const set = this.greeted;
      if (set && answer.seq !== 0) return; // greeted twice while the kernel was busy
      this.greeted = true;
      this.become("live");
      this.events.restored(answer.selection, set);
      return;
    }
    if (!this.greeted) return; // a kernel that was silent is asked for its selection first
    if (answer.kind === "count" && answer.seq === this.counting) {
      this.counting = null;
      const newest = this.nextCount === null;
      if (!newest) this.sendCount();
      this.events.counted(answer, newest);
    } else if (answer.kind === "rows" && answer.seq === this.rowsAsked) {
      this.events.rows(answer);
    } else if (answer.kind === "error") {
      if (answer.seq === this.counting) {
        this.counting = null;
        if (this.nextCount) this.sendCount();
      }
      this.events.failed(answer.message);
    }
  }

  private sendCount(): void {
    const next = this.nextCount;
    if (next === null) return;
    this.nextCount = null;
    this.counting = this.send({ kind: "count", ...next });
  }

  private become(tier: Tier): void {
    if (tier === this.tier) return;
    this.tier = tier;
    this.events.tier(tier);
  }

  private send(ask: DistributiveOmit<Ask, "seq">): number {
    const seq = ++this.seq;
    this.unansweredSince ??= Date.now();
    this.transport.send({ ...ask, seq } as Ask);
    return seq;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
