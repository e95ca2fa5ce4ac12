/** Long work on a terminal: one moving line, and one line that stays when the work is done. */
import { SingleBar } from "cli-progress";
import { type Gauge, type Job, type ProgressListener, type ProgressScreen, watchProgress } from "../progress";

/** In a log, where nothing can move, a line is written this often. */
const LOG_EVERY_MS = 30_000;

/** Runs `work` and shows what it reports on standard error, so that standard output stays clean. */
export function showProgress<T>(job: Job, work: (report: ProgressListener) => Promise<T>): Promise<T> {
  return watchProgress(job, process.stderr.isTTY ? new MovingLine() : new Log(), work);
}

class MovingLine implements ProgressScreen {
  private bar: SingleBar | null = null;

  paint(gauge: Gauge): void {
    const payload = { text: gauge.text() };
    if (!this.bar) {
      this.bar = new SingleBar({
        format: "[{bar}] {text}",
        barsize: 20,
        hideCursor: true,
        fps: 10,
        stream: process.stderr,
        clearOnComplete: true,
      });
      this.bar.start(1000, 0, payload);
    }
    this.bar.update(Math.round(gauge.share * 1000), payload);
  }

  finish(line: string): void {
    this.bar?.stop();
    process.stderr.write(`${line}\n`);
  }
}

class Log implements ProgressScreen {
  private written = performance.now();

  paint(gauge: Gauge): void {
    if (performance.now() - this.written < LOG_EVERY_MS) return;
    this.written = performance.now();
    process.stderr.write(`${gauge.text()}\n`);
  }

  finish(line: string): void {
    process.stderr.write(`${line}\n`);
  }
}
