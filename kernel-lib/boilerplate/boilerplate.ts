/** `boilerplate(tables)`: lines and paragraphs that recur in many rows, and what taking them out would do. */
import type { DedupInput } from "../dedup/planned-input";
import { listed } from "../dedup/stages";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import type { BodyOptions } from "./bodies";
import type { BoilerplateSettings } from "./boilerplate-parts";
import { Boilerplate } from "./boilerplate-result";
import { candidateUnits, countRecurrence } from "./count-units";
import { measureRemoval } from "./measure-removal";
import { textReader } from "./texts";

export interface BoilerplateOptions extends BodyOptions {
  /** Least number of different texts that a unit stands in. Default 10. */
  readonly minRows?: number;
  /** Least share of a dataset's different texts, 0..1, in at least one dataset. Default 0.001. */
  readonly minShare?: number;
  /** Least characters of a line or of a whole paragraph. Default 40. */
  readonly minChars?: number;
  /** Lines that look like code, markup or formulas too. Default false. */
  readonly code?: boolean;
  /** Column with the text. Default `text`. */
  readonly text?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Lines and paragraphs that stand in many rows as a whole: headers, footers, navigation, licence texts. Rows with equal texts count once, so
 * that copies of a row do not make its lines recur. A unit is listed when at least `minRows` different texts hold it, and at
 * least `minShare` of those of one dataset; a line that recurs only within a listed paragraph is not listed too. Looked for in message bodies; not in code
 * fences, tool calls, system and developer messages, lines that look like code, and bodies that are one line.
 *
 * `units` says of each what taking it out would take, `removed` what all of them together would: counted with the function that
 * a promoted step runs (`promote.boilerplate`), so a run of it takes exactly that. Nothing is changed here. Three passes or
 * more over the texts; memory: 64 MiB, 16 to 32 bytes a row, and the units that recur. The same for the same rows in the same order.
 *
 * @throws InputError when a table is missing or has no such column, or a setting cannot be.
 * @example const found = await boilerplate("out/web", { minRows: 20 }); found.units[0]?.text
 */
export function boilerplate(
  tables: DedupInput | readonly DedupInput[],
  options: BoilerplateOptions = {},
): Promise<Boilerplate> {
  return withProgress(JOBS.boilerplate, options.onProgress, (report) =>
    find(listed(tables), options, report),
  );
}

async function find(
  inputs: readonly DedupInput[],
  options: BoilerplateOptions,
  onProgress: ProgressListener,
): Promise<Boilerplate> {
  const { signal = interruptSignal(), text = "text" } = options;
  const settings = settingsOf(options);
  const read = textReader(inputs, text);
  const report = (stage: string) => (done: number, all: number) =>
    onProgress({ stage, done, unit: "rows", share: all === 0 ? 0 : done / all });
  const recurrence = await countRecurrence(() => read(signal), settings, report("boilerplate"));
  const candidates = await candidateUnits(
    () => read(signal),
    settings,
    recurrence,
    report("boilerplate-texts"),
  );
  const measured = await measureRemoval(
    () => read(signal),
    settings,
    recurrence,
    candidates,
    report("boilerplate-measure"),
  );
  return new Boilerplate({ settings, ...recurrence.counts, ...measured });
}

function settingsOf({
  minRows = 10,
  minShare = 0.001,
  minChars = 40,
  code = false,
  view = "all",
  system = false,
}: BoilerplateOptions): BoilerplateSettings {
  const whole = (name: string, value: number, least: number) => {
    if (!Number.isSafeInteger(value) || value < least)
      throw new InputError(`boilerplate: ${name} ${value}, expected a whole number of at least ${least}`);
  };
  whole("minRows", minRows, 2);
  whole("minChars", minChars, 1);
  if (!(minShare >= 0 && minShare <= 1))
    throw new InputError(`boilerplate: minShare ${minShare}, expected a share from 0 to 1`);
  return { minRows, minShare, minChars, code, view, system };
}
