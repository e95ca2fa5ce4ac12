/** Axes: where a value stands, and which values get a tick. */
import { number } from "./label";

export interface Axis {
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly log?: boolean;
  /** Ticks at whole numbers only. */
  readonly counts?: boolean;
  /** Tick labels; default: the number. */
  readonly format?: (value: number) => string;
}

/** Names in a row, each with a band of its own. */
export interface Bands {
  readonly title: string;
  readonly names: readonly string[];
}

/** 1, 2 or 5 times a power of ten, not below `raw`. */
export function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((f) => f * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Ascending values of an axis that get a tick: about `count` of them; powers of ten, with 2 and 5 where there is room, on a log axis. */
export function ticks({ min, max, log = false, counts = false }: Axis, count = 6): number[] {
  if (!(max > min)) return [min];
  if (log) {
    const [low, high] = [Math.log10(min), Math.log10(max)];
    if (high - low > 1) {
      const factors = high - low <= 3 ? [1, 2, 5] : [1];
      const every = Math.max(1, Math.ceil((high - low) / (2 * count)));
      const found: number[] = [];
      for (let p = Math.floor(low); p <= high; p++) {
        if (p % every !== 0) continue;
        found.push(...factors.map((f) => Number(`${f}e${p}`)).filter((v) => v >= min && v <= max));
      }
      return found;
    }
  }
  const step = Math.max(counts ? 1 : 0, niceStep(max / count - min / count));
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Value → place between `from` and `to`. */
export function scale({ min, max, log = false }: Axis, from: number, to: number): (value: number) => number {
  const of = log ? Math.log10 : (value: number) => value;
  const [low, high] = [of(min), of(max)];
  const span = high / 2 - low / 2 || 1; // in halves, so that the widest range of doubles does not overflow
  return (value) => from + ((of(value) / 2 - low / 2) / span) * (to - from);
}

/** Tick label of a value. */
export function tickLabel(axis: Axis, value: number): string {
  return (axis.format ?? number)(value);
}
