/**
 * The profile of a stretch of rows: columns, unreadable lines and coverage, in memory that does not grow with the
 * number of rows, values or keys. Profiles of consecutive stretches merge into the profile of the whole; the result
 * does not depend on where the cuts were.
 */
import type { SourceRow } from "../json-text";
import type { BadRow } from "../source/source";
import type { ColumnJson } from "./column-profile";
import { ColumnProfile } from "./column-profile";
import type { CoverageJson, RowCoverage } from "./coverage";
import { CoverageTally } from "./coverage";

/** Columns that are described; of more, those whose names sort first are kept and the rest is only counted. */
export const MAX_COLUMNS = 1000;
/** Unreadable lines that are listed one by one; all are counted. */
export const LISTED_UNREADABLE = 20;

export interface UnreadableLine {
  readonly file: string;
  /** 0-based line (JSONL) or row number. */
  readonly row: number;
  /** Byte offset in the unpacked file; null where the format has none. */
  readonly offset: number | null;
  readonly reason: string;
  readonly detail: string;
}

/** A profile as plain JSON: what a task hands back. */
export interface SplitProfileJson {
  rows: number;
  /** True when rows were left unread because enough had been read. */
  stopped: boolean;
  /** Byte offset in the unpacked file of the first row left unread; null where there is none. */
  stoppedAt: number | null;
  columns: ColumnJson[];
  columnsLeftOut: boolean;
  unreadable: { count: number; byReason: Record<string, number>; first: UnreadableLine[] };
  coverage: CoverageJson;
}

export class Profile {
  rows = 0;
  stopped = false;
  stoppedAt: number | null = null;
  readonly columns = new Map<string, ColumnProfile>();
  /** True when a row had columns beyond `MAX_COLUMNS`. */
  columnsLeftOut = false;
  unreadableCount = 0;
  readonly unreadableByReason = new Map<string, number>();
  readonly unreadable: UnreadableLine[] = [];
  readonly coverage = new CoverageTally();

  /** Counts a parsed row that stands at `row` of `file`. */
  addRow(source: SourceRow, file: string, row: number, coverage: RowCoverage | null): void {
    this.rows++;
    for (const [name, raw] of source.raw) {
      let column = this.columns.get(name);
      if (!column) {
        column = new ColumnProfile(name);
        this.columns.set(name, column);
        if (this.columns.size > MAX_COLUMNS) this.evict();
      }
      column.add(raw, source.values[name], file, row);
    }
    this.coverage.add(source, coverage);
  }

  addUnreadable(file: string, bad: Omit<BadRow, "bytes">): void {
    this.unreadableCount++;
    this.unreadableByReason.set(bad.reason, (this.unreadableByReason.get(bad.reason) ?? 0) + 1);
    if (this.unreadable.length >= LISTED_UNREADABLE) return;
    const { row, offset, reason, detail } = bad;
    this.unreadable.push({ file, row, offset, reason, detail });
  }

  /** Drops the column whose name sorts last: a kept column was then never dropped before, so its counts are whole. */
  private evict(): void {
    let last: string | null = null;
    for (const name of this.columns.keys()) if (last === null || name > last) last = name;
    this.columns.delete(last!);
    this.columnsLeftOut = true;
  }

  /** Adds the profile of rows that stand behind this one's in file and row order. */
  merge(later: Profile): void {
    this.rows += later.rows;
    this.stopped ||= later.stopped;
    for (const [name, column] of later.columns) {
      const mine = this.columns.get(name);
      if (mine) mine.merge(column);
      else {
        this.columns.set(name, column);
        if (this.columns.size > MAX_COLUMNS) this.evict();
      }
    }
    this.columnsLeftOut ||= later.columnsLeftOut;
    this.unreadableCount += later.unreadableCount;
    for (const [reason, count] of later.unreadableByReason) {
      this.unreadableByReason.set(reason, (this.unreadableByReason.get(reason) ?? 0) + count);
    }
    for (const line of later.unreadable) {
      if (this.unreadable.length < LISTED_UNREADABLE) this.unreadable.push(line);
    }
    this.coverage.merge(later.coverage);
  }

  toJson(): SplitProfileJson {
    return {
      rows: this.rows,
      stopped: this.stopped,
      stoppedAt: this.stoppedAt,
      columns: [...this.columns.values()].map((column) => column.toJson()),
      columnsLeftOut: this.columnsLeftOut,
      unreadable: {
        count: this.unreadableCount,
        byReason: Object.fromEntries([...this.unreadableByReason].sort(([a], [b]) => (a < b ? -1 : 1))),
        first: this.unreadable,
      },
      coverage: this.coverage.toJson(),
    };
  }

  static fromJson(json: SplitProfileJson): Profile {
    const profile = new Profile();
    profile.rows = json.rows;
    profile.stopped = json.stopped;
    profile.stoppedAt = json.stoppedAt;
    for (const column of json.columns) profile.columns.set(column.name, ColumnProfile.fromJson(column));
    profile.columnsLeftOut = json.columnsLeftOut;
    profile.unreadableCount = json.unreadable.count;
    for (const [reason, count] of Object.entries(json.unreadable.byReason)) {
      profile.unreadableByReason.set(reason, count);
    }
    profile.unreadable.push(...json.unreadable.first);
    profile.coverage.merge(CoverageTally.fromJson(json.coverage));
    return profile;
  }
}
