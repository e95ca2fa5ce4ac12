/** Long work on a terminal: one moving line a stage, and one line that stays when the stage is done. */
import { SingleBar } from "cli-progress";
import type { StageProgress } from "../run/engine";

const WORDS: Readonly<Record<string, string>> = {
  plan: "counting rows",
  normalize: "normalizing",
  "exact-duplicates": "finding duplicates",
  "mark-duplicates": "marking duplicates",
  flag: "flagging",
  inventory: "reading",
  demo: "generating",
  download: "downloading",
  pools: "writing pools",
};

/** Shows stages as they come. Writes to standard error, so that standard output stays clean. */
export class ProgressDisplay {
  private bar: SingleBar | null = null;
  private stage = "";
  private started = 0;
  private last: StageProgress | null = null;

  constructor(private readonly quiet = false) {}

  update(progress: StageProgress): void {
    if (this.quiet) return;
    if (progress.stage !== this.stage) {
      this.finishStage();
      this.begin(progress);
    }
    this.last = progress;
    this.bar?.update(Math.round(progress.share * 1000), {
      rows: count(progress.rowsDone),
      rate: this.rate(progress),
    });
  }

  /** The last stage's closing line is printed. */
  stop(): void {
    this.finishStage();
    this.stage = "";
  }

  private begin(progress: StageProgress): void {
    this.stage = progress.stage;
    this.started = Date.now();
    if (!process.stderr.isTTY) return;
    this.bar = new SingleBar({
      format: `${this.words()} [{bar}] {percentage}% · {rows} · {rate} · ETA {eta_formatted}`,
      hideCursor: true,
      fps: 10,
      stream: process.stderr,
      clearOnComplete: true,
    });
    this.bar.start(1000, 0, { rows: "", rate: "" });
  }

  private finishStage(): void {
    this.bar?.stop();
    this.bar = null;
    if (!this.last) return;
    const seconds = ((Date.now() - this.started) / 1000).toFixed(1);
    const rows = this.last.rowsDone > 0 ? `: ${count(this.last.rowsDone)}` : "";
    process.stderr.write(`${this.words()}${rows} in ${seconds} s\n`);
    this.last = null;
  }

  private rate(progress: StageProgress): string {
    const seconds = (Date.now() - this.started) / 1000;
    return seconds > 0.5 && progress.rowsDone > 0
      ? `${count(Math.round(progress.rowsDone / seconds))}/s`
      : "";
  }

  private words(): string {
    return WORDS[this.stage] ?? this.stage;
  }
}

function count(rows: number): string {
  return `${rows.toLocaleString("en-US")} rows`;
}
