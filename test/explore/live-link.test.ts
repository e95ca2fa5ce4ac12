/** The page's talk with a kernel, on a clock of its own: one count in flight, newest next, silence noticed, selection restored. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type CountAnswer,
  LiveLink,
  type Tier,
  type TransportEvents,
} from "../../kernel-lib/explore/page/live-link";
import type { Answer, Ask, Selection } from "../../kernel-lib/explore/protocol";
import { open } from "./brute-force";

const at = (lower: number): Selection => ({ a: { ...open, lower } });
const counted = (seq: number): Answer => ({
  ...{ kind: "count", seq, ms: 1, kept: { rows: seq, tokens: null } },
  ...{ groups: [], columns: {}, sql: "", code: "" },
});

/** A kernel that answers when told to. */
function start() {
  const asked: Ask[] = [];
  const tiers: Tier[] = [];
  const restored: Selection[] = [];
  const counts: [number, boolean][] = [];
  const rows: number[] = [];
  const followed: [Selection, number][] = [];
  const failures: string[] = [];
  let kernel!: TransportEvents;
  const link = new LiveLink(
    { send: (ask) => asked.push(ask), listen: (events) => (kernel = events) },
    {
      tier: (tier) => tiers.push(tier),
      restored: (selection) => restored.push(selection),
      counted: ({ seq }, newest) => counts.push([seq, newest]),
      rows: ({ seq }) => rows.push(seq),
      followed: (selection, { seq }) => followed.push([selection, seq]),
      failed: (message) => failures.push(message),
    },
  );
  const last = (kind: Ask["kind"]) => asked.filter((ask) => ask.kind === kind).at(-1)!;
  const greet = () => {
    kernel.opened();
    kernel.answered({ kind: "hello", seq: last("hello").seq, selection: at(5) });
  };
  return { link, kernel, asked, tiers, restored, counts, rows, followed, failures, last, greet };
}

describe("LiveLink", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("asks nothing where there is no way to a kernel", () => {
    const { link, asked, tiers } = start();
    link.select(at(1), { column: "a", side: "lower" });
    vi.advanceTimersByTime(60_000);
    expect([asked, tiers]).toEqual([[], []]);
  });

  it("greets, and gives back the selection that the kernel holds", () => {
    const { greet, kernel, asked, tiers, restored } = start();
    greet();
    expect([asked.map(({ kind }) => kind), tiers, restored]).toEqual([["hello"], ["live"], [at(5)]]);
    kernel.answered({ kind: "hello", seq: asked[0]!.seq, selection: at(6) }); // once more: nothing new
    kernel.answered({ kind: "hello", seq: 0, selection: at(7) }); // a cell set it
    expect([tiers, restored]).toEqual([["live"], [at(5), at(7)]]);
  });

  it("has one count in flight and sends the newest next", () => {
    const { link, kernel, greet, asked, counts } = start();
    greet();
    for (const lower of [1, 2, 3, 4]) link.select(at(lower), null);
    const sent = () => asked.filter((ask) => ask.kind === "count");
    expect(sent().map(({ selection }) => selection)).toEqual([at(1)]);
    const [first] = sent();
    kernel.answered(counted(first!.seq));
    expect(sent().map(({ selection }) => selection)).toEqual([at(1), at(4)]);
    kernel.answered(counted(first!.seq)); // once more: stale
    kernel.answered(counted(sent()[1]!.seq));
    expect(counts).toEqual([
      [first!.seq, false],
      [sent()[1]!.seq, true],
    ]);
  });

  it("follows another view of the explorer, but not while it is moved itself", () => {
    const { link, kernel, greet, asked, followed, last } = start();
    const answer = counted(3) as CountAnswer;
    kernel.followed(at(1), answer);
    expect(followed).toEqual([]); // not greeted yet
    greet();
    kernel.followed(at(1), answer);
    link.select(at(2), null);
    kernel.followed(at(3), answer);
    kernel.answered(counted(last("count").seq));
    kernel.followed(at(4), answer);
    expect(followed).toEqual([
      [at(1), 3],
      [at(4), 3],
    ]);
    expect(asked.filter(({ kind }) => kind === "count")).toHaveLength(1); // following asks nothing
  });

  it("asks for rows after a rest, and drops those of an earlier bound", () => {
    const { link, kernel, greet, asked, rows, last } = start();
    greet();
    for (let i = 0; i < 5; i++) {
      link.select(at(i), { column: "a", side: "lower" });
      vi.advanceTimersByTime(100);
    }
    expect(asked.filter(({ kind }) => kind === "rows")).toEqual([]);
    vi.advanceTimersByTime(60);
    const ask = last("rows");
    expect(ask).toMatchObject({ selection: at(4), column: "a", side: "lower" });
    const answer = { kind: "rows", seq: ask.seq, column: "a", side: "lower", kept: [], dropped: [] } as const;
    link.select(at(9), { column: "a", side: "lower" });
    kernel.answered(answer);
    expect(rows).toEqual([]);
    vi.advanceTimersByTime(200);
    kernel.answered({ ...answer, seq: last("rows").seq });
    expect(rows).toEqual([last("rows").seq]);
  });

  it("notices a silent kernel within 6 s, and its return", () => {
    const { link, kernel, greet, tiers, restored, last, asked } = start();
    greet();
    vi.advanceTimersByTime(2000);
    kernel.answered({ kind: "pong", seq: last("ping").seq });
    vi.advanceTimersByTime(4000);
    expect(tiers).toEqual(["live"]);
    vi.advanceTimersByTime(5000);
    expect(tiers).toEqual(["live", "disconnected"]);
    const before = asked.length;
    link.select(at(7), null);
    expect(asked.length).toBe(before);
    vi.advanceTimersByTime(2000);
    kernel.answered({ kind: "hello", seq: last("hello").seq, selection: at(5) });
    expect([tiers, restored]).toEqual([
      ["live", "disconnected", "live"],
      [at(5), at(5)],
    ]);
  });

  it("is disconnected at once when the way is gone, and stays so without answers", () => {
    const { kernel, greet, tiers, asked } = start();
    greet();
    kernel.closed();
    expect(tiers).toEqual(["live", "disconnected"]);
    const before = asked.length;
    vi.advanceTimersByTime(60_000);
    expect(asked.length).toBe(before);
  });

  it("goes on after an error", () => {
    const { link, kernel, greet, failures, asked, last } = start();
    greet();
    link.select(at(1), null);
    link.select(at(2), null);
    kernel.answered({ kind: "error", seq: last("count").seq, message: "no such column" });
    expect(failures).toEqual(["no such column"]);
    expect(asked.filter(({ kind }) => kind === "count").length).toBe(2);
    expect(last("count")).toMatchObject({ selection: at(2) });
  });
});
