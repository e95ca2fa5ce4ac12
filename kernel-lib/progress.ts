/**
 * How far long work is. The work reports one kind of object; notebook and terminal show the same numbers of it, at most
 * ten times a second, and leave one line.
 */

export interface Progress {
  /** The part of the work that runs now, e.g. `plan`, `normalize`, `flag`. */
  readonly stage: string;
  /** Done in this stage; 0 where the stage counts nothing. */
  readonly done: number;
  readonly unit: "rows" | "bytes" | "tokens";
  /** 0..1 of this stage, by planned bytes, rows or tasks. */
  readonly share: number;
}

export type ProgressListener = (progress: Progress) => void;

/** A whole piece of work: what the line says that stays when it is done. */
export interface Job {
  /** Whose count the last line tells. */
  readonly stage: string;
  /** "normalized" 20,118 rows in 12.4 s. */
  readonly did: string;
}

export const JOBS = {
  normalize: { stage: "normalize", did: "normalized" },
  inventory: { stage: "inventory", did: "read" },
  flag: { stage: "flag", did: "flagged" },
  pools: { stage: "write-pools", did: "wrote pools:" },
  dedup: { stage: "dedup", did: "compared" },
  split: { stage: "dedup", did: "grouped" },
  boilerplate: { stage: "boilerplate-measure", did: "looked for boilerplate in" },
  demo: { stage: "demo", did: "generated" },
  download: { stage: "download", did: "downloaded" },
  diff: { stage: "diff", did: "compared" },
  run: { stage: "run", did: "ran steps over" },
  score: { stage: "score", did: "scored" },
  embed: { stage: "embed", did: "embedded" },
} satisfies Readonly<Record<string, Job>>;

const STAGE_WORDS: Readonly<Record<string, string>> = {
  plan: "counting rows",
  normalize: "normalizing",
  "exact-duplicates": "finding duplicates",
  "mark-duplicates": "marking duplicates",
  flag: "flagging",
  embed: "embedding",
  run: "running steps",
  score: "scoring",
  "lay-out": "reading",
  dedup: "signing rows",
  "dedup-exact": "finding equal rows",
  "dedup-near": "comparing rows",
  decontaminate: "looking for evaluation items",
  boilerplate: "counting lines",
  "boilerplate-texts": "reading lines that recur",
  "boilerplate-measure": "measuring boilerplate",
  inventory: "reading",
  diff: "comparing",
  demo: "generating",
  download: "downloading",
  "scan-pools": "choosing rows of pools",
  "write-pools": "writing pools",
};

/** Work that is done sooner leaves nothing. */
const SHOWN_AFTER_MS = 500;
const REPAINT_MS = 100;
/** Without news the time still moves. */
const HEARTBEAT_MS = 1000;

/** Where progress is painted. */
export interface ProgressScreen {
  /** Called at most ten times a second, first after half a second. */
  paint(gauge: Gauge): void;
  /** What was painted is replaced by `line`, which stays. Only called after `paint`. */
  finish(line: string): void | Promise<void>;
}

/**
 * Runs `work` and shows on `screen` what it reports. When it ends, one line tells how much was done; when it throws, how
 * far it came. Nothing at all for work shorter than half a second.
 */
export async function watchProgress<T>(
  job: Job,
  screen: ProgressScreen,
  work: (report: ProgressListener) => Promise<T>,
): Promise<T> {
  const gauge = new Gauge(job);
  let painted = Number.NEGATIVE_INFINITY;
  const paint = (every: number) => {
    const now = performance.now();
    if (!gauge.begun || now - gauge.startedAt < SHOWN_AFTER_MS || now - painted < every) return;
    painted = now;
    screen.paint(gauge);
  };
  const clock = setInterval(() => paint(gauge.fresh ? REPAINT_MS : HEARTBEAT_MS), REPAINT_MS);
  clock.unref?.();
  let ended = false;
  const report: ProgressListener = (progress) => {
    if (ended) return;
    gauge.update(progress);
    paint(REPAINT_MS);
  };
  try {
    const result = await work(report);
    clearInterval(clock);
    if (painted > 0) await screen.finish(gauge.doneLine());
    return result;
  } catch (error) {
    clearInterval(clock);
    if (painted > 0) await screen.finish(gauge.stoppedLine());
    throw error;
  } finally {
    ended = true;
  }
}

/** Rate, time left and the words for them, from what was reported so far. */
export class Gauge {
  readonly startedAt = performance.now();
  /** Something was reported since the text was last made. */
  fresh = false;
  private last: Progress | null = null;
  private base = { at: this.startedAt, done: 0, share: 0 };
  private readonly counted: { before: number; last: Progress | null } = { before: 0, last: null };

  constructor(private readonly job: Job) {}

  /** Whether anything was reported yet. */
  get begun(): boolean {
    return this.last !== null;
  }

  /** Share of the stage, 0..1. */
  get share(): number {
    return this.last?.share ?? 0;
  }

  update(progress: Progress): void {
    const { last, counted } = this;
    const restarted = last === null || last.stage !== progress.stage || progress.share < last.share;
    // The first report of a stage may tell what was done before this run: the rate is that of this run.
    if (restarted) this.base = { at: performance.now(), done: progress.done, share: progress.share };
    if (progress.stage === this.job.stage) {
      if (restarted && counted.last) counted.before += counted.last.done;
      counted.last = progress;
    }
    this.last = progress;
    this.fresh = true;
  }

  /** Stage, share, amount, rate and time left: `normalizing · 45% · 12,000 rows · 1,622 rows/s · 9 s left`. */
  text(): string {
    this.fresh = false;
    const { last, base } = this;
    if (!last) return "";
    const seconds = (performance.now() - base.at) / 1000;
    const parts = [stageWords(last.stage), percent(last.share)];
    if (last.done > 0) parts.push(amount(last.done, last.unit));
    const rate = (last.done - base.done) / seconds;
    if (seconds > 0.3 && rate > 0) parts.push(`${amount(rate, last.unit)}/s`);
    const sharePerSecond = (last.share - base.share) / seconds;
    if (seconds > 0.3 && sharePerSecond > 0 && last.share < 1)
      parts.push(`${timeLeft((1 - last.share) / sharePerSecond)} left`);
    return parts.join(" · ");
  }

  /** `normalized 20,118 rows in 12.4 s, 1,622 rows/s`. */
  doneLine(): string {
    const seconds = this.seconds();
    const { before, last } = this.counted;
    const took = `in ${duration(seconds)}`;
    if (!last || before + last.done === 0) return `${this.job.did.replace(/:$/, "")} ${took}`;
    const done = before + last.done;
    return `${this.job.did} ${amount(done, last.unit)} ${took}, ${amount(done / seconds, last.unit)}/s`;
  }

  /** `normalizing stopped at 45%, 12,000 rows, after 7.4 s`. */
  stoppedLine(): string {
    const { last } = this;
    if (!last) return `${this.job.stage} stopped after ${duration(this.seconds())}`;
    const done = last.done > 0 ? `, ${amount(last.done, last.unit)},` : "";
    return `${stageWords(last.stage)} stopped at ${percent(last.share)}${done} after ${duration(this.seconds())}`;
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}

function stageWords(stage: string): string {
  return STAGE_WORDS[stage] ?? stage;
}

/** Never 100% of what is not done. */
function percent(share: number): string {
  return `${Math.floor(share * 100)}%`;
}

function amount(n: number, unit: Progress["unit"]): string {
  if (unit !== "bytes") return `${String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",")} ${unit}`;
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, n)) / 3)));
  const value = n / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** Whole seconds: an estimate has no tenths. */
function timeLeft(seconds: number): string {
  return seconds < 59 ? `${Math.ceil(seconds)} s` : duration(Math.max(60, seconds));
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, "0")} min`;
}
