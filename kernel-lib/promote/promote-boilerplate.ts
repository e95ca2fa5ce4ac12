/** `promote.boilerplate(name, found, { table })`: chosen lines and paragraphs become a version of a rewrite. */
import { z } from "zod";
import type { BodyOptions } from "../boilerplate/bodies";
import type { BoilerplateUnit } from "../boilerplate/boilerplate-parts";
import type { Boilerplate } from "../boilerplate/boilerplate-result";
import { boilerplateRemover } from "../boilerplate/remove-boilerplate";
import { quoteName, quoteText } from "../db";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { answerNames } from "../steps/row-function";
import { loadStep, type StepRow } from "../steps/sandbox";
import { checkStepName } from "../steps/versions";
import { bundleStep } from "./bundle";
import { refusal } from "./capture";
import { executorProof } from "./executor-proof";
import type { FormOptions } from "./form-options";
import { givenParams } from "./given-params";
import { defaultGroup, everyRow, goldenRows, nullCounts } from "./golden";
import { identityOf } from "./identity";
import { judgeSample, runningCell } from "./judge-sample";
import type { Promoted } from "./promoted";
import { answers, answersInAnotherOrder, differences } from "./prove";
import { refuse } from "./refusal";
import { checkColumns, readsShape, writesShape } from "./step-shape";
import { pipelinesFolder, type StepWrite, versionFiles, writeStep } from "./write-step";

export interface BoilerplatePromoteOptions extends Omit<FormOptions, "params" | "nulls">, BodyOptions {}

/** What was found, or some of its units, or lines and paragraphs as text. */
export type ChosenBoilerplate = Boilerplate | readonly (BoilerplateUnit | string)[];

/** Units of which rows are looked for, and how many rows the executor is given. */
const PROBED = 12;
const MAX_STAGED = 2000;

/**
 * The chosen lines and paragraphs are a version of a rewrite, with them as its parameter `boilerplate`: a pipeline that
 * runs it writes the shortened texts as an overlay, the original text stays, and `why` names the step. View and system are those of
 * `boilerplate`, or as given. It is proven as a function from a cell is: the library's and the bundled one, shuffled, in other batches and
 * by the executor, on rows that hold the units among them.
 * @throws PromotionRefused with GOLDEN_EMPTY when no row of the table holds one of them.
 * @example
 * const found = await boilerplate(run);
 * await promote.boilerplate("strip_footers", found.units.filter((unit) => unit.rows > 100), { table: run.rows() })
 */
export async function promoteBoilerplate(
  name: string,
  chosen: ChosenBoilerplate,
  options: BoilerplatePromoteOptions,
): Promise<Promoted> {
  checkStepName(name);
  const { reason = "promoted", author } = options;
  const pipelines = pipelinesFolder(options.pipelines);
  const { units, ...bodies } = choice(name, chosen, options);
  const params = givenParams(
    name,
    z.object({
      boilerplate: z.array(z.string()).min(1).default(units),
      view: z.enum(["all", "prompt", "completion", "text"]).default(bodies.view),
      system: z.boolean().default(bodies.system),
    }),
  );
  const table = await options.table;
  const signal = interruptSignal();
  const names = ["text"];
  const columns = await table.readSchema(signal);
  checkColumns(names, columns);
  const reads = readsShape(names, columns, await nullCounts(table, names, signal), new Set());
  const writes = writesShape(undefined);
  const source = sourceText(name, reads.types.text!);
  const bundle = await bundleStep(source, process.cwd());
  const by = options.by === undefined ? await defaultGroup(table) : options.by;
  const also = units.slice(0, PROBED).map((unit, i) => ({
    stratum: `holds unit ${i + 1}`,
    where: `contains(${quoteName("text")}, ${quoteText(unit.split("\n", 1)[0]!)})`,
  }));
  const golden = options.all
    ? await everyRow(table, names)
    : await goldenRows(table, { reads: names, by, thresholds: [], also }, signal);
  const rows = golden.map(({ row }) => row);
  const measured = answerNames({ name, writes: writes.schema });
  const load = () => loadStep(bundle.js, name);
  const outcomes = answers(load()(params.values), rows, "rewrite", measured);
  const remove = boilerplateRemover(units, bodies);
  const live = answers((row) => rewritten(row, remove), rows, "rewrite", measured);
  const again = answersInAnotherOrder(load, params.values, golden, "rewrite", measured);
  const proof = judgeSample("rewrite", golden, outcomes);
  const place = runningCell();
  const differing = [...differences(live, outcomes), ...differences(outcomes, again)];
  refuse(name, [
    ...proof.refusals,
    ...(differing.length === 0
      ? []
      : [
          refusal(
            "SCHEMA",
            `row ${golden[differing[0]!]!.key} gets another answer from the bundled step`,
            "this is a fault of corpuslab",
            place,
          ),
        ]),
    ...(proof.refusals.length > 0 || outcomes.some((outcome) => "text" in outcome)
      ? []
      : [
          refusal(
            "GOLDEN_EMPTY",
            `none of ${golden.length} rows of the sample holds one of ${units.length} lines and paragraphs as a whole`,
            "give the table they were found in, or compare every row with all: true",
            place,
          ),
        ]),
  ]);
  const schemas = { reads: reads.schema, writes: writes.schema, params: params.schema };
  const step: StepWrite = {
    ...{ pipelines, name, kind: "rewrite", form: "function", ...schemas },
    identity: identityOf({
      kind: "rewrite",
      bundle,
      schemas: { ...schemas, nulls: {} },
      params: params.values,
    }),
    values: params.values,
    nulls: {},
    packages: bundle.packages,
    compiler: bundle.compiler,
    table: table.origin,
    golden,
    proof,
    files: { "step.ts": source, "step.js": bundle.js },
    ...{ source, reason, author },
  };
  const staged = golden.slice(0, MAX_STAGED);
  const executed = await executorProof({
    ...{ name, kind: "rewrite", table, golden: staged, outcomes, reads: names, writes: [], signal },
    files: (version) => versionFiles(step, version),
    place,
  });
  refuse(name, executed);
  return writeStep(step);
}

function rewritten(
  { text }: StepRow,
  remove: ReturnType<typeof boilerplateRemover>,
): { text: string } | null {
  if (typeof text !== "string") return null;
  const left = remove(text).text;
  return left === text ? null : { text: left };
}

function choice(
  name: string,
  chosen: ChosenBoilerplate,
  options: BodyOptions,
): Required<BodyOptions> & { readonly units: string[] } {
  const list: readonly (BoilerplateUnit | string)[] = "units" in chosen ? chosen.units : chosen;
  const settings: BodyOptions = "units" in chosen ? chosen.settings : {};
  const units = [...new Set(list.map((unit) => (typeof unit === "string" ? unit : unit.text)))];
  if (units.length === 0)
    throw new InputError(`promote ${name}: no line and no paragraph was chosen, expected at least one`);
  return {
    units,
    view: options.view ?? settings.view ?? "all",
    system: options.system ?? settings.system ?? false,
  };
}

const IMPORTS = 'import { boilerplateRemover } from "corpuslab";';

function sourceText(name: string, textType: string): string {
  return `/** ${name}: a rewrite. Takes chosen lines and paragraphs out of texts; immutable: a changed byte is found and named. */
${IMPORTS}

/** The columns it reads. */
export interface Row {
  readonly text: ${textType};
}
/** Its parameters. */
export interface Params {
  readonly boilerplate: readonly string[];
  readonly view: "all" | "prompt" | "completion" | "text";
  readonly system: boolean;
}
export type Result = { readonly text: string } | null;

/** The function that is mapped over rows. */
export function bind({ boilerplate, view, system }: Params): (row: Row) => Result {
  const remove = boilerplateRemover(boilerplate, { view, system });
  return ({ text }) => {
    if (typeof text !== "string") return null;
    const left = remove(text).text;
    return left === text ? null : { text: left };
  };
}
`;
}
