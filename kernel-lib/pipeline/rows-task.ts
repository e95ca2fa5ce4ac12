/** Task: the rows of one part through steps that look at one row at a time → verdicts, flags, quarantine. */
import { join } from "node:path";
import { Db } from "../db";
import type { TaskContext } from "../engine/engine";
import { InputError } from "../errors";
import { type RunLimits, readLimits, TooManyErrors } from "../run/limits";
import { readParquet } from "../run-folder";
import { stepFolder } from "../run-folder/layer-manifest";
import { OVERLAY_COLUMNS } from "../run-folder/layered-rows";
import { duckdbType } from "../steps/duckdb-type";
import type { PinnedStep } from "../steps/pinned-step";
import { type Batch, FREE_TEXT, GONE, newBatch } from "./batch";
import { partSql, verdictsIn } from "./part-rows";
import type { PartSpec, SegmentSummary } from "./part-spec";
import { StepQuarantine } from "./quarantine";
import { RowStep, StepFault, type Trouble } from "./row-step";
import { writesOf } from "./segments";
import { SidecarWriter } from "./sidecar-writer";
import { TallyCounter } from "./step-counts";
import { noteTimes } from "./step-times";
import { VerdictWriter } from "./verdict-writer";

const KEY = "__corpuslab_key";

export async function task(spec: unknown, context: TaskContext): Promise<SegmentSummary> {
  const run = await PartRun.open(spec as PartSpec, context);
  try {
    return await run.finish();
  } finally {
    await run.close();
  }
}

/** One part on its way. Rows are read on one connection while files are written on another. */
class PartRun {
  private readonly counter: TallyCounter;
  private readonly steps: readonly RowStep[];
  private readonly verdicts: VerdictWriter;
  private readonly quarantine: StepQuarantine;
  private readonly sidecars: readonly { readonly step: PinnedStep; readonly writer: SidecarWriter }[];
  private readonly troubles: Trouble[] = [];
  private readonly limits: RunLimits;
  private readonly started = performance.now();
  private errors = 0;

  private constructor(
    private readonly spec: PartSpec,
    private readonly context: TaskContext,
    private readonly reader: Db,
    private readonly writer: Db,
  ) {
    const { steps, part } = spec;
    this.limits = readLimits(context.out);
    this.counter = new TallyCounter(steps.length, spec.splits);
    this.steps = steps.map((step, at) => {
      const onError = (trouble: Trouble) => void this.troubles.push(trouble);
      const { rowTimeoutMs } = this.limits;
      return new RowStep(step, { at, counter: this.counter, onError, rowTimeoutMs, signal: context.signal });
    });
    this.verdicts = new VerdictWriter(steps.map(({ ref }) => ref));
    this.quarantine = new StepQuarantine(() => context.file(`${spec.quarantine}/${part.id}.jsonl`));
    this.sidecars = steps
      .filter(({ manifest }) => manifest.kind !== "filter")
      .map((step, i) => ({ step, writer: new SidecarWriter(writer, `sidecar_out_${i}`, columnsOf(step)) }));
  }

  static async open(spec: PartSpec, context: TaskContext): Promise<PartRun> {
    const { signal } = context;
    const reader = await Db.open({ threads: 1, memoryLimit: "400MB", signal });
    const writer = await Db.open({ threads: 1, memoryLimit: "400MB", signal });
    return new PartRun(spec, context, reader, writer);
  }

  async finish(): Promise<SegmentSummary> {
    const { spec, context } = this;
    const { part } = spec;
    let shard = 0;
    let inShard = 0;
    let done = 0;
    while (part.shards[shard]?.rows === 0) await this.endShard(shard++);
    for await (const batch of this.batches()) {
      context.signal.throwIfAborted();
      await this.runSteps(batch, shard, inShard);
      inShard += batch.rows;
      done += batch.rows;
      while (shard < part.shards.length && inShard === part.shards[shard]!.rows) {
        await this.endShard(shard++);
        inShard = 0;
      }
      context.progress(done, done / part.rows);
    }
    if (done !== part.rows) {
      throw new InputError(
        `${part.id}: read ${done} rows, expected ${part.rows}: the input was changed while it was read`,
      );
    }
    this.quarantine.close();
    for (const step of this.steps) await step.close();
    const written = await this.verdicts.finish(
      this.writer,
      context.file(spec.verdicts),
      verdictsIn(spec.rows, context.out),
    );
    context.setRows(spec.verdicts, written);
    noteTimes(context.out, spec.verdicts, {
      milliseconds: performance.now() - this.started,
      steps: Object.fromEntries(this.steps.map(({ step, spent }) => [step.ref, spent])),
    });
    return { rows: done, tally: this.counter.tally };
  }

  async close(): Promise<void> {
    this.quarantine.close();
    await Promise.allSettled(this.steps.map((step) => step.close()));
    this.reader.close();
    this.writer.close();
  }

  /** The part's rows, cut where a shard ends. */
  private async *batches(): AsyncGenerator<Batch, void, void> {
    const { rows, part } = this.spec;
    const rewrites = this.sidecars.some(({ step }) => step.manifest.kind === "rewrite");
    const extra = [
      ...(this.sidecars.length > 0 ? [["row_key", KEY]] : []),
      ...(rewrites ? [["(loss_mode = 'all_text' or not quality_valid_harmony)", FREE_TEXT]] : []),
    ];
    const names = [...rows.columns.map(({ name }) => name), ...extra.map(([, name]) => name!)];
    const sql = partSql(rows, this.context.out, { ofRows: extra.map((pair) => pair.join(" as ")) });
    let shard = 0;
    let left = part.shards[0]?.rows ?? 0;
    for await (const [kept, ...values] of this.reader.streamColumns(sql)) {
      for (let from = 0; from < kept!.length; ) {
        while (left === 0) left = part.shards[++shard]?.rows ?? Number.POSITIVE_INFINITY;
        const to = Math.min(kept!.length, from + left);
        const cut = (list: unknown[]) => (from === 0 && to === list.length ? list : list.slice(from, to));
        const columns = new Map(names.map((name, i) => [name, cut(values[i]!)]));
        yield newBatch(cut(kept!), columns, part.shards[shard]?.split ?? 0);
        left -= to - from;
        from = to;
      }
    }
  }

  private async runSteps(batch: Batch, shard: number, inShard: number): Promise<void> {
    try {
      for (const step of this.steps) await step.run(batch);
    } catch (error) {
      if (!(error instanceof StepFault)) throw error;
      const { row, step, message } = error.trouble;
      const [key] = await this.keysOf(batch, shard, inShard, [row]);
      throw new InputError(`step ${step.ref}: row ${key}: ${message}`, { cause: error });
    }
    await this.tellTroubles(batch, shard, inShard);
    this.verdicts.add(
      batch.droppedBy.map((step) => (step === GONE ? null : step)),
      batch.reasons,
    );
    for (const { step, writer } of this.sidecars) {
      writer.add([batch.columns.get(KEY)!, ...valuesOf(step, batch)], batch.rows);
    }
  }

  /** Rows on which a step threw go into quarantine; more than the run may have stop the task. */
  private async tellTroubles(batch: Batch, shard: number, inShard: number): Promise<void> {
    const found = this.troubles.splice(0).sort((a, b) => a.row - b.row);
    if (found.length === 0) return;
    const keys = await this.keysOf(
      batch,
      shard,
      inShard,
      found.map(({ row }) => row),
    );
    found.forEach(({ step, message }, i) => {
      this.quarantine.add({ row_key: keys[i]!, step: step.name, version: step.version, message });
    });
    this.errors += found.length;
    if (this.errors <= this.limits.maxErrors) return;
    const { step, message } = found[0]!;
    throw new TooManyErrors(
      this.errors,
      this.limits.maxErrors,
      `step ${step.ref}: row ${keys[0]}: ${message}`,
    );
  }

  /** Row keys of rows of a batch, which are ascending. */
  private async keysOf(
    batch: Batch,
    shard: number,
    inShard: number,
    rows: readonly number[],
  ): Promise<string[]> {
    const known = batch.columns.get(KEY);
    if (known) return rows.map((row) => String(known[row]));
    const path = join(this.spec.rows.base, "rows", this.spec.part.shards[shard]!.name);
    const numbers = rows.map((row) => inShard + row);
    const found = await this.writer.all<{ n: number; row_key: string }>(
      `select file_row_number as n, row_key from ${readParquet([path], ", file_row_number = true")}
       where file_row_number in (${numbers.join(", ")})`,
    );
    const byNumber = new Map(found.map(({ n, row_key }) => [n, row_key]));
    return numbers.map((n) => byNumber.get(n) ?? `${path} row ${n}`);
  }

  private async endShard(at: number): Promise<void> {
    const { name } = this.spec.part.shards[at]!;
    for (const { step, writer } of this.sidecars) {
      const kind = step.manifest.kind === "flag" ? "flags" : "overlays";
      const to = `${stepFolder(kind, step.ref)}/${name}`;
      this.context.setRows(to, await writer.finish(this.context.file(to)));
    }
  }
}

/** Columns of the files that a step writes, after row_key. */
function columnsOf(step: PinnedStep): (readonly [string, string])[] {
  if (step.manifest.kind === "rewrite") return Object.entries(OVERLAY_COLUMNS);
  return writesOf(step).map((name) => [name, duckdbType(step.manifest.writes.properties[name]!)] as const);
}

/** Their values; of texts that were not rewritten nulls. */
function valuesOf(step: PinnedStep, { rows, columns, overlays }: Batch): unknown[][] {
  if (step.manifest.kind === "flag") return writesOf(step).map((name) => columns.get(name)!);
  const texts = overlays.get(step.ref);
  const names = Object.keys(OVERLAY_COLUMNS) as (keyof typeof OVERLAY_COLUMNS)[];
  return names.map((name) => Array.from({ length: rows }, (_, i) => texts?.get(i)?.[name] ?? null));
}
