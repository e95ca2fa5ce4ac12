/** A flag that a user promoted: a pinned version, asked about row after row in its realm or program. */
import { InputError } from "../errors";
import { FLAGS } from "../flag";
import { type Columns, sidecarOf } from "../step";
import { type Answer, type Asker, askerOf, StepHang } from "../steps/ask-step";
import { allowsNull, duckdbType, storable } from "../steps/duckdb-type";
import type { PinnedStep } from "../steps/pinned-step";
import { withoutRowText } from "../steps/without-row-text";
import type { ChosenFlag, FlagContext, RunningFlag } from "./chosen-flag";

/**
 * The version as a flag. Beside its own columns it writes `<name>_error`: what it threw, for rows on which it threw and
 * which have no values therefore.
 * @throws InputError for a step that is no flag, and one with the name of a built-in flag.
 */
export function promotedFlag(step: PinnedStep): ChosenFlag {
  const { ref, name, version, digest, manifest, params } = step;
  if (manifest.kind !== "flag") {
    throw new InputError(
      `flag ${ref}: is a ${manifest.kind}, expected a flag (promote it with writes); a ${manifest.kind} runs in a pipeline: corpuslab run`,
    );
  }
  if (FLAGS.has(name)) {
    throw new InputError(
      `flag ${ref}: has the name of a built-in flag, whose columns it would hide; promote it under another name`,
    );
  }
  const written = Object.entries(manifest.writes.properties);
  const errorColumn = `${name}_error`;
  if (written.some(([column]) => column.toLowerCase() === errorColumn)) {
    throw new InputError(
      `flag ${ref}: writes the column ${errorColumn}, which says on which rows it threw; name it otherwise`,
    );
  }
  const columns = [
    ...written.map(([column, schema]) => ({ name: column, type: duckdbType(schema) })),
    { name: errorColumn, type: "VARCHAR" },
  ];
  const { code, config, form } = manifest;
  return {
    ...{ plan: { step }, name, ref, folder: sidecarOf(step), columns, errorColumn },
    reads: Object.keys(manifest.reads.properties),
    facts: { flag: name, version, params, step: { ref, digest, code, config, form } },
    open: async (context) => new RunningStep(step, context),
  };
}

class RunningStep implements RunningFlag {
  private readonly asker: Asker;
  private readonly reads: readonly string[];
  private readonly required: readonly string[];
  private readonly writes: readonly string[];
  private readonly stored: readonly ((value: unknown) => unknown)[];

  constructor(
    private readonly step: PinnedStep,
    { limits, signal }: FlagContext,
  ) {
    const { reads, writes } = step.manifest;
    this.asker = askerOf(step, { rowTimeoutMs: limits().rowTimeoutMs, signal });
    this.reads = Object.keys(reads.properties);
    this.required = this.reads.filter((name) => !allowsNull(reads.properties[name] ?? {}));
    this.writes = Object.keys(writes.properties);
    this.stored = this.writes.map((name) => storable(writes.properties[name]!));
  }

  async values(columns: Columns, keys: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    const { step, reads, writes, required } = this;
    const given = writes.map(() => new Array<unknown>(keys.length).fill(null));
    const errors = new Array<string | null>(keys.length).fill(null);
    const asked: number[] = [];
    keys.forEach((_, i) => {
      const empty = required.find((name) => columns[name]![i] === null);
      if (empty === undefined) asked.push(i);
      else errors[i] = `${empty} is null, and the step was proven on rows where it never is`;
    });
    const rowAt = (i: number) => Object.fromEntries(reads.map((name) => [name, columns[name]![i]]));
    const answers = await this.asker.ask(asked.map(rowAt)).catch((error: unknown) => {
      if (!(error instanceof StepHang)) throw error;
      throw new InputError(`flag ${step.ref}: row ${String(keys[asked[error.row]!])}: ${error.message}`);
    });
    asked.forEach((i, k) => {
      errors[i] = this.take(answers[k]!, i, { given, key: keys[i], row: () => rowAt(i) });
    });
    return [...given, errors];
  }

  close(): Promise<void> {
    return this.asker.close();
  }

  /** Notes the values of row `i`; what it threw, or null. */
  private take(
    answer: Answer,
    i: number,
    { given, key, row }: { given: readonly unknown[][]; key: unknown; row: () => unknown },
  ): string | null {
    if ("error" in answer) return withoutRowText(answer.error, row());
    if ("values" in answer) {
      this.writes.forEach((name, k) => {
        given[k]![i] = this.stored[k]!(answer.values[name]);
      });
      return null;
    }
    const said = "fault" in answer ? answer.fault : "gave no values";
    throw new InputError(`flag ${this.step.ref}: row ${String(key)}: ${said}`);
  }
}
