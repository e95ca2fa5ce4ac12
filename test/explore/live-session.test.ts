/** The kernel's side of the talk: each ask is answered, errors end nothing, the selection is held. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LiveRows, liveRows } from "../../kernel-lib/explore/live-rows";
import { LiveSession } from "../../kernel-lib/explore/live-session";
import { loadColumns } from "../../kernel-lib/explore/load-columns";
import type { Answer, Selection, Sketch } from "../../kernel-lib/explore/protocol";
import { sketchLoaded } from "../../kernel-lib/explore/sketch";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { TableFiles } from "../table/table-files";

const bounds = (lower: number | null, upper: number | null): Selection => ({
  score: { lower, upper, nulls: "drop", nans: "drop" },
});

describe("LiveSession", () => {
  const files = new TableFiles();
  let table: Table;
  let sketch: Sketch;
  let rows: LiveRows;

  beforeAll(async () => {
    const select = "select i / 10 as score, 'row ' || i as text, 'k' || i as id from range(1000) t(i)";
    table = await open(await files.putParquet("rows.parquet", select));
    const loaded = await loadColumns(table, { columns: ["score"], by: null });
    sketch = await sketchLoaded(loaded, {});
    rows = await liveRows(loaded, sketch);
    loaded.db.close();
  });
  afterAll(() => files.remove());

  function session(ready: Promise<LiveRows> = Promise.resolve(rows)) {
    const answers: Answer[] = [];
    let waiting: (() => void)[] = [];
    const state = { selection: sketch.selection };
    const live = new LiveSession({
      ...{ table, sketch, rows: ready },
      send: (answer) => {
        answers.push(answer);
        for (const wake of waiting.splice(0)) wake();
      },
      selection: () => state.selection,
      onSelection: (selection) => {
        state.selection = selection;
      },
    });
    const until = async (n: number) => {
      while (answers.length < n) await new Promise<void>((wake) => waiting.push(wake));
      waiting = [];
      return answers;
    };
    return { live, answers, state, until };
  }

  it("counts exactly between edges, and holds the selection for a page that is reloaded", async () => {
    const { live, state, until } = session();
    live.receive({ kind: "count", seq: 5, selection: bounds(12.34, 56.7) });
    const [counted] = await until(1);
    expect(counted).toMatchObject({
      kind: "count",
      seq: 5,
      kept: { rows: 443, tokens: null },
      sql: '"score" >= 12.34e0 AND "score" < 56.7e0',
    });
    expect(state.selection).toEqual(bounds(12.34, 56.7));
    live.receive({ kind: "hello", seq: 6 });
    expect((await until(2))[1]).toEqual({ kind: "hello", seq: 6, selection: bounds(12.34, 56.7) });
    live.push();
    expect((await until(3))[2]).toMatchObject({ kind: "hello", seq: 0 });
  });

  it("answers rows on both sides with their texts, for the newest ask alone", async () => {
    const { live, answers, until } = session();
    for (let seq = 1; seq <= 20; seq++) {
      live.receive({ kind: "rows", seq, selection: bounds(seq, null), column: "score", side: "lower" });
    }
    const [answer] = await until(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(answers).toHaveLength(1);
    expect(answer).toMatchObject({ kind: "rows", seq: 20, column: "score", side: "lower" });
    const { kept, dropped } = answer as Extract<Answer, { kind: "rows" }>;
    expect(kept.map(({ key, text }) => [key, text])[0]).toEqual(["k200", "row 200"]);
    expect(dropped.map(({ value }) => value)).toEqual([19.9, 19.8, 19.7, 19.6, 19.5]);
  });

  it("sends infinite values as JSON carries them", async () => {
    const infinite = await open(
      await files.putParquet(
        "infinite.parquet",
        "select unnest([1.5, 2, 'inf'::double, '-inf'::double]) as score",
      ),
    );
    const loaded = await loadColumns(infinite, { columns: ["score"], by: null });
    const ofAll = await sketchLoaded(loaded, {});
    const all = await liveRows(loaded, ofAll);
    loaded.db.close();
    const answer = await new Promise<Answer>((send) => {
      const live = new LiveSession({
        ...{ table: infinite, sketch: ofAll, rows: Promise.resolve(all), send },
        ...{ selection: () => ofAll.selection, onSelection: () => undefined },
      });
      live.receive({ kind: "rows", seq: 1, selection: bounds(null, null), column: "score", side: "upper" });
    });
    const { kept } = JSON.parse(JSON.stringify(answer)) as Extract<Answer, { kind: "rows" }>;
    expect(kept.map(({ value }) => value)).toEqual(["Infinity", 2, 1.5, "-Infinity"]);
  });

  it("answers what it cannot understand with an error, and goes on", async () => {
    const { live, until } = session();
    const wrong = [
      null,
      "count",
      { kind: "eval", seq: 1, code: "process.exit()" },
      {
        kind: "count",
        seq: 2,
        selection: { score: { lower: "0; drop table", upper: null, nulls: "drop", nans: "drop" } },
      },
      { kind: "count", seq: 3, selection: { ...bounds(0, 1), other: bounds(0, 1).score } },
      { kind: "rows", seq: 4, selection: bounds(0, 1), column: "__proto__", side: "lower" },
    ];
    for (const message of wrong) live.receive(message);
    const answers = await until(wrong.length);
    expect(answers.map(({ kind, seq }) => [kind, seq])).toEqual(
      [0, 0, 1, 2, 3, 4].map((seq) => ["error", seq]),
    );
    live.receive({ kind: "ping", seq: 9 });
    expect((await until(wrong.length + 1)).at(-1)).toEqual({ kind: "pong", seq: 9 });
  });

  it("answers pings while rows are read, greets when they are there, and says why they are not", async () => {
    let there: (rows: LiveRows) => void = () => undefined;
    const { live, answers, until } = session(
      new Promise((resolve) => {
        there = resolve;
      }),
    );
    live.receive({ kind: "hello", seq: 1 });
    live.receive({ kind: "ping", seq: 2 });
    expect((await until(1)).map(({ kind }) => kind)).toEqual(["pong"]);
    there(rows);
    expect((await until(2))[1]).toMatchObject({ kind: "hello", seq: 1 });
    live.close();
    live.receive({ kind: "ping", seq: 3 });
    expect(answers).toHaveLength(2);
    const failed = session(Promise.reject(new Error("no memory")));
    failed.live.receive({ kind: "hello", seq: 1 });
    expect(await failed.until(1)).toEqual([{ kind: "error", seq: 1, message: "no memory" }]);
  });
});
