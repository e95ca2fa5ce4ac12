/** The first two passes: how often units recur, as hashes; then the texts of those that may recur often enough. */
import { looksLikeAnswer } from "./answer-line";
import { bodiesOf } from "./bodies";
import type { BoilerplateSettings, DatasetCount } from "./boilerplate-parts";
import { looksLikeCode } from "./code-line";
import { RecurrenceCounter, SeenTexts, TextHash } from "./recurrence-counter";
import type { TextRow } from "./texts";
import { linesOf, paragraphsOf } from "./units";

export type ReadTexts = () => AsyncIterable<readonly TextRow[]>;
export type OnRows = (done: number, all: number) => void;

export interface Recurrence {
  readonly counter: RecurrenceCounter;
  /** Whether the row of this number has the text of an earlier one. */
  readonly isCopy: (row: number) => boolean;
  readonly counts: {
    readonly rows: number;
    /** Rows with the text of an earlier row. */
    readonly copies: number;
    /** In the order of first sight. */
    readonly datasets: readonly DatasetCount[];
  };
}

/** Counts every unit of every different text, once a text. */
export async function countRecurrence(
  read: ReadTexts,
  settings: BoilerplateSettings,
  onRows: OnRows,
): Promise<Recurrence> {
  const counter = new RecurrenceCounter();
  const seen = new SeenTexts();
  const copies = new BitList();
  const datasets = new Map<string, { rows: number; texts: number }>();
  const hash = new TextHash();
  let [rows, copied] = [0, 0];
  for await (const batch of read()) {
    for (const { dataset, text } of batch) {
      const of = datasets.get(dataset) ?? { rows: 0, texts: 0 };
      datasets.set(dataset, of);
      of.rows++;
      if (seen.add(hash.of(text))) {
        of.texts++;
        for (const unit of unitsOf(text, settings)) counter.add(hash.of(unit));
      } else {
        copies.set(rows);
        copied++;
      }
      rows++;
    }
    onRows(rows, 0);
  }
  return {
    counter,
    isCopy: (row) => copies.has(row),
    counts: {
      rows,
      copies: copied,
      datasets: [...datasets].map(([name, of]) => ({ name, ...of })),
    },
  };
}

/** The units that recur often enough for `settings`, counted by their texts. */
export async function candidateUnits(
  read: ReadTexts,
  settings: BoilerplateSettings,
  { counter, isCopy, counts }: Recurrence,
  onRows: OnRows,
): Promise<string[]> {
  const least = Math.min(leastTexts(settings, counts.datasets), 0xffff);
  const found = new Map<string, Map<string, number>>();
  const hash = new TextHash();
  let row = 0;
  for await (const batch of read()) {
    for (const { dataset, text } of batch) {
      if (isCopy(row++)) continue;
      for (const unit of unitsOf(text, settings)) {
        if (counter.atMost(hash.of(unit)) < least) continue;
        const of = found.get(unit) ?? new Map<string, number>();
        found.set(unit, of.set(dataset, (of.get(dataset) ?? 0) + 1));
      }
    }
    onRows(row, counts.rows);
  }
  return [...found].filter(([, of]) => recurs(of, settings, counts.datasets)).map(([unit]) => unit);
}

/** Fewer texts than this are too few whatever the dataset. */
function leastTexts({ minRows, minShare }: BoilerplateSettings, datasets: readonly DatasetCount[]): number {
  return Math.max(minRows, Math.min(...datasets.map(({ texts }) => Math.ceil(minShare * texts))));
}

/** Whether a unit that stands in so many texts of each dataset recurs often enough. */
export function recurs(
  of: ReadonlyMap<string, number>,
  { minRows, minShare }: BoilerplateSettings,
  datasets: readonly DatasetCount[],
): boolean {
  let all = 0;
  for (const count of of.values()) all += count;
  return (
    all >= minRows && datasets.some(({ name, texts }) => (of.get(name) ?? 0) >= Math.max(1, minShare * texts))
  );
}

/** The lines and paragraphs of a text that could be boilerplate, each once. */
function unitsOf(text: string, settings: BoilerplateSettings): Set<string> {
  const { minChars, code } = settings;
  const found = new Set<string>();
  for (const { start, end } of bodiesOf(text, settings)) {
    const lines = linesOf(text.slice(start, end));
    // A body of one line is a question or an answer, not what stands around one.
    if (lines.filter(({ plain }) => plain !== "").length < 2) continue;
    const isProse = lines.map(
      ({ raw, plain }) => code || (plain !== "" && !looksLikeCode(raw, plain) && !looksLikeAnswer(plain)),
    );
    lines.forEach(({ plain, fenced }, i) => {
      if (!fenced && plain.length >= minChars && isProse[i]) found.add(plain);
    });
    for (const { from, to, plain } of paragraphsOf(lines)) {
      if (plain.length >= minChars && (code || isProse.slice(from, to).every(Boolean))) found.add(plain);
    }
  }
  return found;
}

/** Bits by number; grows. */
class BitList {
  private bits = new Uint8Array(1 << 10);

  set(at: number): void {
    if (at >> 3 >= this.bits.length) {
      const larger = new Uint8Array(Math.max(this.bits.length * 2, (at >> 3) + 1));
      larger.set(this.bits);
      this.bits = larger;
    }
    this.bits[at >> 3]! |= 1 << (at & 7);
  }

  has(at: number): boolean {
    return ((this.bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }
}
