/** Task: a stretch of one source file → canonical shards, refused rows, decisions, quarantine, tool schemas. */
import { Db, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { ColumnCache, parseRow, RowSyntaxError, type SourceRow } from "../json-text";
import { resolveAdapter } from "../normalize/adapters";
import { buildRow } from "../normalize/build-row";
import { type CanonicalRow, rowKey, TEMPLATE } from "../row";
import { readRows } from "../source/read-rows";
import type { BadRow, RawRow, ShardRange, SourceFile } from "../source/source";
import { DecisionWriter } from "./decisions";
import { QuarantineWriter } from "./quarantine";
import { RowWriter } from "./row-writer";

/** What can be refused, each by a switch of its own; without switches every parseable row is kept. */
export interface DropOptions {
  readonly invalidHarmony: boolean;
  readonly emptyCompletion: boolean;
  readonly invalidTools: boolean;
}

export interface NormalizeSpec {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  readonly revision: string;
  readonly file: SourceFile;
  readonly adapter: string;
  /** Null: read the file from its start and cut it at the shards' ends (packed files cannot be entered midway). */
  readonly range: ShardRange | null;
  readonly shards: readonly ShardRange[];
  /** Path below rows/ of each shard. */
  readonly parts: readonly string[];
  /** `rows`, or a staging folder when duplicates are going to be taken out. */
  readonly rowsFolder: string;
  readonly drop: DropOptions;
  readonly minCompletionChars: number;
  readonly specials: "reject" | "escape";
}

export interface NormalizeSummary {
  /** Physical source rows seen. */
  readonly rows: number;
  readonly kept: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly quarantined: Readonly<Record<string, number>>;
}

/** Columns whose values repeat from row to row and are worth remembering by their text. */
const CACHED_COLUMNS = ["tools"];
/** Shared by all tasks of a thread: the next shard has the same tool schemas. */
const caches = new Map(CACHED_COLUMNS.map((name) => [name, new ColumnCache()]));

export async function task(spec: unknown, context: TaskContext): Promise<NormalizeSummary> {
  const task = new NormalizeTask(
    spec as NormalizeSpec,
    context,
    await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal }),
  );
  try {
    return await task.run();
  } finally {
    task.close();
  }
}

class NormalizeTask {
  private readonly kept: RowWriter;
  private readonly refused: RowWriter;
  private readonly decisions: DecisionWriter;
  private quarantine: QuarantineWriter;
  private tools = new Map<string, string>();
  private shard = 0;
  private readonly counts = {
    rows: 0,
    kept: 0,
    rejected: new Map<string, number>(),
    quarantined: new Map<string, number>(),
  };

  constructor(
    private readonly spec: NormalizeSpec,
    private readonly context: TaskContext,
    private readonly db: Db,
  ) {
    this.kept = new RowWriter(db, "kept_rows");
    this.refused = new RowWriter(db, "refused_rows", ["reject_reason", "reject_detail"]);
    this.decisions = new DecisionWriter(db, "normalize", "1");
    this.quarantine = this.newQuarantine();
  }

  async run(): Promise<NormalizeSummary> {
    const { file, range, shards } = this.spec;
    const total = shards.reduce((sum, shard) => sum + shard.rows, 0);
    const last = shards[shards.length - 1];
    const end = last ? last.firstRow + last.rows : 0;
    const adapter = resolveAdapter(this.spec.adapter);
    const place = { dataset: this.spec.dataset, subset: this.spec.subset, split: this.spec.split };
    const options = { minCompletionChars: this.spec.minCompletionChars, specials: this.spec.specials };
    reading: for await (const batch of readRows(file, { range, signal: this.context.signal })) {
      for (const item of inOrder(batch.rows, batch.bad)) {
        if (item.row >= end) break reading; // beyond --limit
        while (item.row >= shards[this.shard]!.firstRow + shards[this.shard]!.rows) await this.finishShard();
        this.counts.rows++;
        if ("bytes" in item) {
          this.quarantine.add(item);
          continue;
        }
        const source = this.parse(item);
        if (!source) continue;
        const built = buildRow(source, place, adapter, options);
        const row = built.row as CanonicalRow;
        row.row_key = rowKey(place.dataset, this.spec.revision, file.name, item.row);
        row.source_row = item.row;
        if (built.tools?.id) this.tools.set(built.tools.id, built.tools.json);
        const refusal = built.refusal ?? this.refusalByOption(row);
        if (refusal) await this.refuse(row, refusal.reason, refusal.detail);
        else this.kept.add(row);
      }
      this.context.progress(this.counts.rows, total ? this.counts.rows / total : 1);
    }
    while (this.shard < shards.length) await this.finishShard();
    const { rows, kept, rejected, quarantined } = this.counts;
    return { rows, kept, rejected: sorted(rejected), quarantined: sorted(quarantined) };
  }

  close(): void {
    this.kept.close();
    this.refused.close();
    this.quarantine.close();
    this.db.close();
  }

  private parse(raw: RawRow): SourceRow | null {
    try {
      return parseRow(raw.text, { caches });
    } catch (error) {
      if (!(error instanceof RowSyntaxError)) throw error;
      const bytes = Buffer.from(raw.text, "utf8");
      this.quarantine.add({
        row: raw.row,
        offset: raw.offset,
        reason: error.reason,
        detail: error.message,
        bytes,
      });
      return null;
    }
  }

  private refusalByOption(row: CanonicalRow): { reason: string; detail: string } | null {
    const { drop, minCompletionChars } = this.spec;
    // Plain corpora (all_text) are not meant to be Harmony.
    if (drop.invalidHarmony && !row.quality_valid_harmony && row.loss_mode !== "all_text") {
      return { reason: "invalid_harmony", detail: row.quality_reasons.join(", ") || "no message" };
    }
    if (drop.emptyCompletion && !row.quality_completion_nonempty) {
      return {
        reason: "empty_completion",
        detail: `the final assistant message has fewer than ${minCompletionChars} characters`,
      };
    }
    if (drop.invalidTools && !row.quality_valid_tool_schema) {
      return {
        reason: "invalid_tools",
        detail: row.quality_reasons.filter((r) => r.startsWith("tool:")).join(", "),
      };
    }
    return null;
  }

  private async refuse(row: CanonicalRow, reason: string, detail: string): Promise<void> {
    this.refused.add(row, [reason, detail]);
    await this.decisions.add({
      row_key: row.row_key,
      id: row.id,
      action: "reject",
      reason,
      evidence: detail,
    });
    this.counts.rejected.set(reason, (this.counts.rejected.get(reason) ?? 0) + 1);
  }

  /** Writes the files of the current shard and goes on to the next. */
  private async finishShard(): Promise<void> {
    const name = this.spec.parts[this.shard++]!;
    const constants = {
      dataset: this.spec.dataset,
      subset: this.spec.subset,
      split: this.spec.split,
      source_revision: this.spec.revision,
      source_file: this.spec.file.name,
      template: TEMPLATE,
    };
    const write = async (to: string, finish: (path: string) => Promise<number>) => {
      const rows = await finish(this.context.file(to));
      this.context.setRows(to, rows);
      return rows;
    };
    this.counts.kept += await write(`${this.spec.rowsFolder}/${name}`, (path) =>
      this.kept.finish(path, constants),
    );
    if (this.refused.rows > 0) {
      await write(`rejected/normalize/${name}`, (path) => this.refused.finish(path, constants));
      await write(`decisions/normalize/${name}`, (path) => this.decisions.finish(path));
    }
    for (const [reason, count] of this.quarantine.reasons) {
      this.counts.quarantined.set(reason, (this.counts.quarantined.get(reason) ?? 0) + count);
    }
    this.quarantine.close();
    await this.writeTools(`.run/tools/${name}`);
    if (this.shard < this.spec.shards.length) this.quarantine = this.newQuarantine();
  }

  private newQuarantine(): QuarantineWriter {
    const { dataset, subset, split, file, parts } = this.spec;
    const name = (parts[this.shard] ?? "none.parquet").replace(/\.parquet$/, ".jsonl");
    const place = { dataset, subset, split, file: file.name };
    return new QuarantineWriter(() => this.context.file(`quarantine/${name}`), place);
  }

  /** Tool schemas met in the shard, for tools_catalog.json, sorted by id. */
  private async writeTools(to: string): Promise<void> {
    if (this.tools.size === 0) return;
    await this.db.run("CREATE OR REPLACE TEMP TABLE tools_out (id VARCHAR, json VARCHAR)");
    const appender = await this.db.appender("tools_out");
    for (const [id, json] of [...this.tools].sort(([a], [b]) => (a < b ? -1 : 1))) {
      appender.appendVarchar(id);
      appender.appendVarchar(json);
      appender.endRow();
    }
    appender.flushSync();
    appender.closeSync();
    await this.db.run(
      `COPY tools_out TO ${quoteText(this.context.file(to))} (FORMAT parquet, COMPRESSION zstd)`,
    );
    this.tools = new Map();
  }
}

/** Good and bad rows of a batch merged by row number. */
function* inOrder(rows: readonly RawRow[], bad: readonly BadRow[]): Generator<RawRow | BadRow> {
  let next = 0;
  for (const row of rows) {
    while (next < bad.length && bad[next]!.row < row.row) yield bad[next++]!;
    yield row;
  }
  while (next < bad.length) yield bad[next++]!;
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
