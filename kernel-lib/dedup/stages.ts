/** The stages of dedup that an engine runs: Parquet shards to lines, lines to signatures. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine/engine";
import { runStage } from "../engine/run-stage";
import { ShardError } from "../errors";
import type { ProgressListener } from "../progress";
import { LAID_OUT } from "./inputs";
import type { LayOutSpec } from "./lay-out-task";
import { type LineFile, lineRanges } from "./line-file";
import type { DedupInput, PlannedInput } from "./planned-input";
import { type DedupSettings, SIGNATURE_VERSION } from "./settings";
import type { SignSpec } from "./sign-task";
import type { SignedRange } from "./signatures";

type StageOptions = { readonly signal: AbortSignal; readonly onProgress: ProgressListener };

/** The lines of all inputs; shards are laid out first. */
export async function layOut(
  planned: readonly PlannedInput[],
  work: string,
  engine: Engine,
  options: StageOptions,
): Promise<LineFile[]> {
  const tasks = planned.flatMap(({ shards }) =>
    shards.map((shard) => ({
      id: shard.lines,
      spec: { shard, basis: basisOf(shard.path) } satisfies LayOutSpec,
    })),
  );
  if (tasks.length > 0) {
    const stage = { name: "lay-out", module: "dedup/lay-out-task", tasks, out: work };
    failOn(await runStage(engine, stage, options));
  }
  return planned.flatMap(({ name, files, shards }, dataset) => [
    ...files,
    ...shards.map(({ lines }) => ({ path: join(work, lines), name, fields: LAID_OUT, dataset })),
  ]);
}

/** The signatures of all lines, in the order of the files. */
export async function signLines(
  files: readonly LineFile[],
  settings: DedupSettings,
  work: string,
  engine: Engine,
  options: StageOptions,
): Promise<SignedRange[]> {
  const ranges = files.flatMap((file) => lineRanges(file));
  const tasks = ranges.map((range, i) => {
    const name = `signatures/${String(i).padStart(6, "0")}.sig`;
    const basis = basisOf(range.file.path);
    return {
      id: name,
      spec: { version: SIGNATURE_VERSION, range, settings, basis, name } satisfies SignSpec,
    };
  });
  const weights = ranges.map(({ from, to }) => to - from);
  const stage = { name: "dedup", module: "dedup/sign-task", tasks, weights, out: work };
  if (tasks.length > 0) failOn(await runStage(engine, stage, options));
  return tasks.map(({ spec }) => ({ file: spec.range.file, path: join(work, spec.name) }));
}

function failOn({ failures }: { readonly failures: readonly { task: string; message: string }[] }): void {
  if (failures.length > 0)
    throw new ShardError(failures.map(({ task, message }) => `dedup ${task}: ${message}`).join("\n"));
}

function basisOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

/** One table or several: a list of plain objects is one table. */
export function listed(tables: DedupInput | readonly DedupInput[]): readonly DedupInput[] {
  if (!Array.isArray(tables)) return [tables as DedupInput];
  const rows = tables.length > 0 && tables.every((item) => isPlainRow(item));
  return rows ? [tables as DedupInput] : (tables as readonly DedupInput[]);
}

function isPlainRow(item: unknown): boolean {
  return item !== null && typeof item === "object" && Object.getPrototypeOf(item) === Object.prototype;
}
