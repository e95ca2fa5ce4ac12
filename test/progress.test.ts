/** What is shown of long work, by a clock that the test moves. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { JOBS, type Progress, type ProgressListener, watchProgress } from "../kernel-lib/progress";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rows = (stage: string, done: number, share: number): Progress => ({ stage, done, unit: "rows", share });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** What a screen was given: texts with their times, and the line that stays. */
async function shown(work: (report: ProgressListener) => Promise<void>, job = JOBS.normalize) {
  const began = performance.now();
  const painted: { at: number; text: string }[] = [];
  let line: string | null = null;
  const screen = {
    paint: (gauge: { text(): string }) =>
      void painted.push({ at: performance.now() - began, text: gauge.text() }),
    finish: (last: string) => {
      line = last;
    },
  };
  const error = await watchProgress(job, screen, work).then(
    () => null,
    (thrown: Error) => thrown.message,
  );
  return { painted, line: line as string | null, error };
}

describe("watchProgress", () => {
  it("leaves nothing of work shorter than half a second", async () => {
    const { painted, line } = await shown(async (report) => {
      report(rows("normalize", 0, 0));
      await pass(450);
      report(rows("normalize", 2000, 1));
    });
    expect([painted, line]).toEqual([[], null]);
  });

  it("tells stage, share, rows, rate and time left, and in the end rows, time and rate", async () => {
    const { painted, line } = await shown(async (report) => {
      report(rows("normalize", 0, 0));
      await pass(2000);
      report(rows("normalize", 3000, 0.25));
      await pass(6000);
      report(rows("normalize", 12_000, 1));
      report(rows("flag", 0, 0));
      await pass(2000);
    });
    expect(painted.map(({ text }) => text)).toContain(
      "normalizing · 25% · 3,000 rows · 1,500 rows/s · 6 s left",
    );
    expect(painted.at(-1)?.text).toBe("flagging · 0%");
    expect(line).toBe("normalized 12,000 rows in 10.0 s, 1,200 rows/s");
  });

  it("paints at most ten times a second, and once a second when there is no news", async () => {
    const { painted } = await shown(async (report) => {
      for (let ms = 0; ms < 3000; ms++) {
        report(rows("normalize", ms, ms / 3000));
        await pass(1);
      }
      await pass(5000);
    });
    const gaps = painted.slice(1).map(({ at }, i) => at - painted[i]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(painted[0]!.at).toBeGreaterThanOrEqual(500);
    expect(painted.filter(({ at }) => at > 3200).length).toBe(5);
  });

  it("counts the rate from where a resumed run goes on", async () => {
    const { painted } = await shown(async (report) => {
      report(rows("normalize", 80_000, 0.8));
      await pass(1000);
      report(rows("normalize", 81_000, 0.81));
      await pass(10);
    });
    expect(painted.at(-1)?.text).toBe("normalizing · 81% · 81,000 rows · 1,000 rows/s · 19 s left");
  });

  it("says how far work came that failed or was stopped", async () => {
    const { line, error } = await shown(async (report) => {
      report(rows("normalize", 0, 0));
      await pass(4000);
      report(rows("normalize", 4500, 0.452));
      throw new Error("disk full");
    });
    expect([line, error]).toEqual(["normalizing stopped at 45%, 4,500 rows, after 4.0 s", "disk full"]);
  });

  it("adds up several downloads, in bytes, and writes long times in minutes", async () => {
    const { painted, line } = await shown(async (report) => {
      for (let file = 0; file < 2; file++) {
        report({ stage: "download", done: 0, unit: "bytes", share: 0 });
        await pass(100_000);
        report({ stage: "download", done: 1_500_000_000, unit: "bytes", share: 0.5 });
        await pass(100_000);
        report({ stage: "download", done: 3_000_000_000, unit: "bytes", share: 1 });
      }
    }, JOBS.download);
    expect(painted.map(({ text }) => text)).toContain(
      "downloading · 50% · 1.5 GB · 15.0 MB/s · 1 min 40 s left",
    );
    expect(line).toBe("downloaded 6.0 GB in 6 min 40 s, 15.0 MB/s");
  });
});
