/** Why a row was refused or marked: `decisions/<stage>/…parquet`, one line per row and refusal. */
import { type Appender, type Db, quoteText } from "../db";

export interface Decision {
  readonly row_key: string;
  readonly id: string;
  /** `reject` takes the row out of rows/; `mark` leaves it in and states a fact. */
  readonly action: "reject" | "mark";
  readonly reason: string;
  readonly evidence: string | null;
}

/** Columns of a decisions file, in order. */
export const DECISION_COLUMNS = [
  "row_key",
  "id",
  "stage",
  "version",
  "action",
  "reason",
  "evidence",
] as const;

const TABLE = "decisions_out";

/** Collects the decisions of one task and writes them, when there are any. */
export class DecisionWriter {
  private appender: Appender | null = null;
  private count = 0;

  constructor(
    private readonly db: Db,
    private readonly stage: string,
    private readonly version: string,
  ) {}

  get rows(): number {
    return this.count;
  }

  async add(decision: Decision): Promise<void> {
    if (!this.appender) {
      const columns = DECISION_COLUMNS.map((name) => `${name} VARCHAR`).join(", ");
      await this.db.run(`CREATE OR REPLACE TEMP TABLE ${TABLE} (${columns})`);
      this.appender = await this.db.appender(TABLE);
    }
    const { row_key, id, action, reason, evidence } = decision;
    for (const value of [row_key, id, this.stage, this.version, action, reason])
      this.appender.appendVarchar(value);
    if (evidence === null) this.appender.appendNull();
    else this.appender.appendVarchar(evidence);
    this.appender.endRow();
    this.count++;
  }

  async finish(path: string): Promise<number> {
    this.appender?.flushSync();
    this.appender?.closeSync();
    this.appender = null;
    await this.db.run(`COPY ${TABLE} TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
    await this.db.run(`DROP TABLE ${TABLE}`);
    const written = this.count;
    this.count = 0;
    return written;
  }
}
