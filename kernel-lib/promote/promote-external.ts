/** `promote.external(name, { command, files }, { table })`: a program that speaks JSON lines becomes a version of a step. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type ExternalOptions, ExternalProcess, type ExternalStep } from "../steps/external-process";
import type { StepKind } from "../steps/outcome";
import type { StepRow } from "../steps/sandbox";
import { checkStepName } from "../steps/versions";
import { refusal } from "./capture";
import type { FormOptions } from "./form-options";
import { type GivenParams, givenParams } from "./given-params";
import { defaultGroup, everyRow, goldenRows, nullCounts } from "./golden";
import { formIdentity } from "./identity";
import { type Answer, judgeSample, runningCell } from "./judge-sample";
import type { Promoted } from "./promoted";
import { differences, shuffled } from "./prove";
import { type Refusal, refuse } from "./refusal";
import { changedFiles, hashesOf, readStepFiles, stageFiles } from "./step-files";
import { checkColumns, readsShape, writesShape } from "./step-shape";
import { pipelinesFolder, writeStep } from "./write-step";

export interface ExternalCommand {
  /** Program and arguments, started in the folder with the files: `["python3", "judge.py"]`. */
  readonly command: readonly string[];
  /** Files that are copied into the version, from the folder of the notebook; programs of the system are not. */
  readonly files?: readonly string[];
  /** `filter`, `flag` or `rewrite`. Default: flag when `writes` is given, else filter. */
  readonly kind?: StepKind;
  /** Columns that it is given. */
  readonly reads: readonly string[];
  /** Columns that a flag writes. */
  readonly writes?: z.ZodObject;
  /** What it is given in its first line. */
  readonly params?: GivenParams;
}

export interface ExternalPromoteOptions extends Omit<FormOptions, "params"> {
  /** Longest time without an answer; default 300. */
  readonly timeoutSeconds?: number;
}

/**
 * The program is a version of a step: its files are copied and checksummed, its answers to the golden rows are kept as
 * hashes. It is started twice, in the order of the table and shuffled in batches of seven, and must answer the same. What
 * it says is checked like the answer of a function; what it is made of beyond its files (the interpreter, packages, models)
 * is not pinned. See docs/external-steps.md for how a program speaks.
 * @throws PromotionRefused with NONDETERMINISTIC, ORDER_DEPENDENT, IO (it wrote beside its files), SCHEMA or GOLDEN_EMPTY,
 * InputError when it ends early or hangs.
 * @example
 * await promote.external("judge", { command: ["python3", "judge.py"], files: ["judge.py"], reads: ["text"] }, { table })
 */
export async function promoteExternal(
  name: string,
  { command, files: paths = [], reads: names, ...more }: ExternalCommand,
  options: ExternalPromoteOptions,
): Promise<Promoted> {
  checkStepName(name);
  const { nulls = {}, reason = "promoted", author, timeoutSeconds } = options;
  const pipelines = pipelinesFolder(options.pipelines);
  const kind = more.kind ?? (more.writes ? "flag" : "filter");
  checkCommand(name, command, kind, more.writes, nulls);
  const params = givenParams(name, more.params ?? {});
  const files = readStepFiles(name, paths, process.cwd());
  const table = await options.table;
  const signal = interruptSignal();
  const columns = await table.readSchema(signal);
  const read = [...new Set([...names, ...Object.keys(nulls)])];
  checkColumns(read, columns);
  const reads = readsShape(read, columns, await nullCounts(table, read, signal), new Set(Object.keys(nulls)));
  const writes = writesShape(more.writes);
  const by = options.by === undefined ? await defaultGroup(table) : options.by;
  const thresholds = Object.values(params.values).filter((value) => typeof value === "number");
  const golden = options.all
    ? await everyRow(table, read)
    : await goldenRows(table, { reads: read, by, thresholds }, signal);
  const staged = mkdtempSync(join(tmpdir(), "corpuslab-step-"));
  try {
    stageFiles(staged, files);
    const manifest = { name, kind, command: [...command], nulls, writes: writes.schema };
    const step = { ref: name, files: staged, manifest, params: params.values };
    const spoken = await answersTwice(
      step,
      golden.map(({ row }) => row),
      { signal, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) },
    );
    const proof = judgeSample(kind, golden, spoken.outcomes);
    const changed = changedFiles(staged, files);
    refuse(name, [
      ...unstable(spoken, (i) => golden[i]!.key),
      ...(changed.length > 0 ? [wrote(changed)] : []),
      ...proof.refusals,
    ]);
    const code = {
      form: "external",
      kind,
      command,
      files: hashesOf(files),
      reads: reads.schema,
      writes: writes.schema,
      params: params.schema,
      nulls,
    };
    return writeStep({
      pipelines,
      name,
      kind,
      form: "external",
      command: [...command],
      identity: formIdentity(code, params.values),
      reads: reads.schema,
      writes: writes.schema,
      params: params.schema,
      values: params.values,
      nulls,
      locals: Object.keys(files).map((file) => `files/${file}`),
      compiler: "none",
      table: table.origin,
      golden,
      proof,
      files: Object.fromEntries(Object.entries(files).map(([file, content]) => [`files/${file}`, content])),
      source: sourceText(command, files),
      reason,
      author,
    });
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

interface Spoken {
  readonly outcomes: readonly Answer[];
  /** Rows with another answer the second time. */
  readonly differing: readonly number[];
  /** True where the same rows in the same order got other answers. */
  readonly isChance: boolean;
}

/** In order; then anew, shuffled and in batches of seven. Where that differs, once more in order, to tell chance from order. */
async function answersTwice(
  step: ExternalStep,
  rows: readonly StepRow[],
  options: ExternalOptions,
): Promise<Spoken> {
  const outcomes = await answersOf(step, [rows], options);
  const { items, from } = shuffled(rows);
  const batches = Array.from({ length: Math.ceil(items.length / 7) }, (_, i) =>
    items.slice(i * 7, i * 7 + 7),
  );
  const again = new Array<Answer>(rows.length);
  (await answersOf(step, batches, options)).forEach((answer, i) => {
    again[from[i]!] = answer;
  });
  const differing = differences(outcomes, again);
  const isChance =
    differing.length > 0 && differences(outcomes, await answersOf(step, [rows], options)).length > 0;
  return { outcomes, differing, isChance };
}

async function answersOf(
  step: ExternalStep,
  batches: readonly (readonly StepRow[])[],
  options: ExternalOptions,
): Promise<Answer[]> {
  const program = new ExternalProcess(step, options);
  try {
    const answers: Answer[] = [];
    for (const batch of batches) answers.push(...(await program.answers(batch)));
    return answers;
  } finally {
    await program.close();
  }
}

function unstable({ differing, isChance }: Spoken, keyOf: (i: number) => string): Refusal[] {
  if (differing.length === 0) return [];
  const row = keyOf(differing[0]!);
  return [
    isChance
      ? refusal(
          "NONDETERMINISTIC",
          `row ${row} got another answer when the program was started anew with the same rows`,
          "give it a seed in params, and take time and chance out of it",
          runningCell(),
        )
      : refusal(
          "ORDER_DEPENDENT",
          `row ${row} got another answer when the rows came in another order or in other batches`,
          "let the program look at one row alone",
          runningCell(),
        ),
  ];
}

function wrote(files: readonly string[]): Refusal {
  return refusal(
    "IO",
    `the program wrote ${files.join(", ")} beside its files, which would change the version`,
    "let it write nothing, or into the temporary folder of the system",
    runningCell(),
  );
}

function checkCommand(
  step: string,
  command: readonly string[],
  kind: StepKind,
  writes: z.ZodObject | undefined,
  nulls: Readonly<Record<string, unknown>>,
): void {
  const wrong =
    command.length === 0
      ? 'command is empty, expected for example ["python3", "judge.py"]'
      : kind === "flag" && !writes
        ? `a flag needs writes, for example z.object({ ${step}: z.boolean() })`
        : kind !== "flag" && writes
          ? `a ${kind} writes no columns; leave writes out, or make it a flag`
          : kind !== "filter" && Object.keys(nulls).length > 0
            ? `nulls says which rows a filter keeps; a ${kind} gives its own answer for a missing value`
            : null;
  if (wrong !== null) throw new InputError(`promote ${step}: ${wrong}`);
}

function sourceText(command: readonly string[], files: ReturnType<typeof readStepFiles>): string {
  const hashes = hashesOf(files);
  const lines = Object.entries(files).map(
    ([name, { bytes }]) =>
      `files/${name}  ${bytes.length.toLocaleString("en-US")} bytes  sha256 ${hashes[name]!.slice(0, 12)}…`,
  );
  return [JSON.stringify(command), ...lines].join("\n");
}
