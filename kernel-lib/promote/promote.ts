/** `promote(fn, { name, table })`: a function tried in a cell becomes a version, proven equal to the cell. */
import { relative } from "node:path";
import { z } from "zod";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { executedCells, hasJournal } from "../kernel/journal";
import { liveValue } from "../kernel/scope";
import { FEW } from "../pipeline/staged-run";
import type { StepKind } from "../steps/outcome";
import { answerNames } from "../steps/row-function";
import type { StepRow } from "../steps/sandbox";
import { loadStep } from "../steps/sandbox";
import { checkStepName } from "../steps/versions";
import type { Table } from "../table/table";
import { type Bundle, bundleStep } from "./bundle";
import { capture, countingCells, findTarget, refusal } from "./capture";
import { parseCell } from "./cells";
import { columnsRead } from "./columns-read";
import { compiler, type TypeScript as ts } from "./compiler";
import { executorProof } from "./executor-proof";
import { paramNamesOf, ruledParams } from "./given-params";
import { defaultGroup, everyRow, goldenRows, nullCounts, wholeRows } from "./golden";
import { identityOf } from "./identity";
import { promoteBoilerplate } from "./promote-boilerplate";
import { promoteExternal } from "./promote-external";
import { promoteGroup } from "./promote-group";
import { promoteSql } from "./promote-sql";
import type { Promoted } from "./promoted";
import { faultWayOut, prove } from "./proof";
import { PromotionRefused, type Refusal, refuse } from "./refusal";
import { rowState } from "./row-state";
import type { Slice } from "./slice";
import { staleFiles } from "./stale-cells";
import { type Finding, forbidden, importLines, stepPath, strictProgram, typeFaults } from "./static-check";
import { checkColumns, paramsShape, readsShape, writesShape } from "./step-shape";
import { placeOf, type StepSource, stepSource } from "./step-source";
import { writtenFunction } from "./target";
import { pipelinesFolder, type StepWrite, versionFiles, writeStep } from "./write-step";

export interface PromoteOptions {
  /** snake_case: the folder under pipelines/; for a marked cell it stands in the mark. */
  readonly name?: string;
  /** Rows to prove it on, and whose columns it reads. */
  readonly table: Table | Promise<Table>;
  /**
   * `filter`: true keeps a row, false or `{ drop: "reason" }` drops it. `flag`: an object with the columns of `writes`.
   * `rewrite`: `{ text }`, `{ messages }`, or null for no change. Default: flag when `writes` is given, else filter.
   */
  readonly kind?: StepKind;
  /** Columns it reads; default: found in its text. Needed where the row is handed on as a whole. */
  readonly columns?: readonly string[];
  /** Columns that a flag writes. */
  readonly writes?: z.ZodObject;
  /**
   * Constants that become parameters: their names, or a zod object with these names, whose rules (min, max, enum) hold for
   * every later value. Default: all that are written out as numbers, texts, booleans, lists or objects of those.
   */
  readonly params?: readonly string[] | z.ZodObject;
  /** Constants that stay in the code, of those that would become parameters. */
  readonly frozen?: readonly string[];
  /** What a missing value means, by column: such rows do not reach the function. */
  readonly nulls?: Readonly<Record<string, "keep" | "drop">>;
  /** Column whose values the golden rows are drawn from; default meta_domain where there is one. */
  readonly by?: string | null;
  /** Compare every row of the table instead of the golden rows. */
  readonly all?: boolean;
  /** Why, for the log of labels. */
  readonly reason?: string;
  readonly author?: string;
  /** Folder of the versions; default: pipelines/ of the workspace. */
  readonly pipelines?: string;
}

/**
 * The function is a version in pipelines/<name>/v<N>/: its source as one file, a bundle without needs, the golden rows
 * and the proof. A function whose code and parameters are those of a version gives that version; nothing is written.
 *
 * What it is built from is the journal of executed cells, not the function object. It is checked strictly, run in a
 * realm without time, chance, network and files, and compared with the live function on rows of every domain, with
 * nulls, extremes and the rows nearest to each threshold, in another order and in other batches.
 * @throws PromotionRefused with every reason that was found, each with its code, cell, line and a way out.
 * @example
 * const keepShort = (row) => row.stats_approx_tokens < maxTokens;
 * await promote(keepShort, { name: "keep_short", table: run.rows() })
 */
async function promoteFunction(
  // biome-ignore lint/suspicious/noExplicitAny: a function written into the call reads columns that only the table knows
  fn: (row: any, ...others: any[]) => unknown,
  options: PromoteOptions & { readonly name: string },
): Promise<Promoted>;
/** The last function of the cell marked `//| promote <name>` is a version. @example await promote("keep_short", { table }) */
async function promoteFunction(marked: string, options: PromoteOptions): Promise<Promoted>;
async function promoteFunction(
  fn: ((row: StepRow) => unknown) | string,
  options: PromoteOptions & { readonly name?: string },
): Promise<Promoted> {
  const name = typeof fn === "string" ? fn : (options.name ?? "");
  const { writes, nulls = {}, reason = "promoted", author } = options;
  checkStepName(name);
  const pipelines = pipelinesFolder(options.pipelines);
  const kind = options.kind ?? (writes ? "flag" : "filter");
  if (kind === "flag" && !writes) {
    throw new InputError(
      `promote ${name}: a flag needs writes, for example z.object({ ${name}: z.boolean() })`,
    );
  }
  if (kind !== "filter" && Object.keys(nulls).length > 0) {
    throw new InputError(
      `promote ${name}: nulls says which rows a filter keeps; a ${kind} gives its own answer for a missing value`,
    );
  }
  const table = await options.table;
  const signal = interruptSignal();
  const cells = executedCells();
  const target = hasJournal() ? findTarget(countingCells(cells).map(parseCell), name) : null;
  if (!target) throw new PromotionRefused(name, [noTarget(name)]);
  const { slice, frozen, refusals, hasSource } = capture(cells, target);
  if (!hasSource) refuse(name, refusals);

  const names = options.columns ?? columnsOf(name, slice);
  const columns = await table.readSchema(signal);
  checkColumns(names, columns);
  const missing = await nullCounts(table, names, signal);
  const reads = readsShape(names, columns, missing, new Set(Object.keys(nulls)));
  const written = writesShape(writes);
  const captured = paramsShape(slice, paramNamesOf(options.params), options.frozen);
  const params =
    options.params instanceof z.ZodObject ? ruledParams(name, captured, options.params) : captured;
  const sourceOptions = {
    name,
    kind,
    reads: reads.types,
    writes: written.types,
    params: params.types,
    frozen,
  };
  const source = stepSource(slice, sourceOptions);
  const folder = process.cwd();
  refuse(name, [...refusals, ...findings(source, folder, kind)]);
  const bundle = await bundleStep(source.text, folder);
  refuse(name, [...packageRefusals(bundle, slice), ...staleImports(bundle, slice, folder)]);

  const by = options.by === undefined ? await defaultGroup(table) : options.by;
  const golden = options.all
    ? await everyRow(table, names)
    : await goldenRows(table, { reads: names, by, thresholds: thresholds(params.values, slice) }, signal);
  const probed = slice.captured.map((captured) => captured.name);
  const whole = options.columns && !options.all ? await wholeRows(table, golden, signal) : null;
  const probe = await bundleStep(stepSource(slice, { ...sourceOptions, probe: probed }).text, folder);
  const proof = prove({
    name,
    kind,
    live: (typeof fn === "string" ? liveValue(target.name ?? "")?.value : fn) as (row: StepRow) => unknown,
    load: () => loadStep(bundle.js, name),
    probe: () => loadStep(probe.js, name),
    params: params.values,
    golden,
    nulls,
    names: answerNames({ name, writes: written.schema }),
    slice,
    whole,
  });
  refuse(name, proof.refusals);

  const schemas = { reads: reads.schema, writes: written.schema, params: params.schema };
  const identity = identityOf({ kind, bundle, schemas: { ...schemas, nulls }, params: params.values });
  const step: StepWrite = {
    pipelines,
    name,
    kind,
    form: "function",
    identity,
    ...schemas,
    values: params.values,
    nulls,
    captured: slice.captured.map(({ name: captured, piece }) => ({
      name: captured,
      as: captured in params.types ? "param" : "frozen",
      cell: piece.cell,
      line: piece.line,
    })),
    packages: bundle.packages,
    locals: bundle.locals,
    compiler: bundle.compiler,
    table: table.origin,
    golden,
    proof,
    files: { "step.ts": source.text, "step.js": bundle.js },
    source: source.text,
    reason,
    author,
  };
  const staged = golden.slice(0, MAX_STAGED);
  refuse(
    name,
    await executorProof({
      ...{
        name,
        kind,
        table,
        golden: golden.slice(0, MAX_STAGED),
        outcomes: proof.outcomes,
        reads: names,
        signal,
      },
      writes: Object.keys(written.types),
      files: (version) => versionFiles(step, version),
      place: { cell: target.cell, line: target.line },
    }),
  );
  const executor = { rows: staged.length, batch: FEW };
  return writeStep({ ...step, proof: { ...proof, summary: { ...proof.summary, executor } } });
}

/**
 * What was tried in a cell becomes a version: a function with `promote(fn, { name, table })`, a SQL predicate with
 * `promote.sql`, a rule over groups with `promote.group`, a program in another language with `promote.external`, lines and
 * paragraphs that are to go with `promote.boilerplate`.
 */
export const promote = Object.assign(promoteFunction, {
  boilerplate: promoteBoilerplate,
  sql: promoteSql,
  group: promoteGroup,
  external: promoteExternal,
});

function noTarget(name: string): Refusal {
  if (!hasJournal()) {
    return refusal(
      "JOURNAL_INCOMPLETE",
      "this kernel keeps no journal of executed cells",
      'choose the kernel "TypeScript (corpuslab)"; corpuslab kernel install --user makes it visible everywhere',
      null,
    );
  }
  return refusal(
    "JOURNAL_INCOMPLETE",
    `the journal has no promote(fn, { name: "${name}" }) in the running cell and no cell marked //| promote ${name}`,
    `write the name into the call as a text, or mark the cell of the function with //| promote ${name} and run it`,
    null,
  );
}

function columnsOf(name: string, { target, pieces }: Slice): readonly string[] {
  const declared = writtenFunction(target, pieces);
  if (!declared) return [];
  const read = columnsRead(declared);
  if (read.ok) return read.names;
  const piece = pieces.find(({ defines }) => target.name !== null && defines.includes(target.name));
  throw new PromotionRefused(name, [
    refusal(
      "SCHEMA",
      `${read.text} uses the row as a whole, so the columns it reads cannot be seen`,
      'name them: promote(fn, { columns: ["a", "b"], … })',
      { cell: piece?.cell ?? target.cell, line: piece?.line ?? target.line },
    ),
  ]);
}

/** Of `all` rows, so many are run by the executor too: the pipeline itself is there for the rest. */
const MAX_STAGED = 2000;

const ANOTHER_ANSWER = /^Type '\(row: \w+\) => ([^']*)' is not assignable to type '\(row: \w+\) => \w+'/;

/** What the checks of the written source found, at its place in the notebook. */
function findings(source: StepSource, folder: string, kind: StepKind): Refusal[] {
  const path = stepPath(folder);
  const program = strictProgram({ [path]: source.text }, folder);
  const isOwn = (file: string) => !file.includes("/node_modules/") && !file.includes("/kernel-lib/");
  const found: Finding[] = [
    ...forbidden(program, isOwn),
    ...rowState(program, isOwn),
    ...typeFaults(program, isOwn),
  ];
  const imports = importLines(program, path);
  return found.map(({ code, file, line, what, wayOut }) => {
    if (file === path) {
      const given = ANOTHER_ANSWER.exec(what)?.[1];
      const place = placeOf(source, line);
      if (given === undefined || code !== "SCHEMA") return refusal(code, what, wayOut, place);
      return refusal(code, `it gives ${given}, which is no answer of a ${kind}`, faultWayOut(kind), place);
    }
    const from = imports.get(file);
    const place = from === undefined ? null : placeOf(source, from);
    return refusal(code, `${relative(folder, file)} line ${line}: ${what}`, wayOut, place);
  });
}

function packageRefusals({ packages, missing }: Bundle, { pieces }: Slice): Refusal[] {
  const unpinned = packages.filter(({ integrity }) => integrity === null);
  const placeOfImport = (name: string) =>
    pieces.find(({ kind, text }) => kind === "import" && text.includes(name));
  return [
    ...missing.map((name) =>
      refusal(
        "IO",
        `imports ${name}, which a step cannot have`,
        "a step sees its row and nothing else: read what it needs in a cell before",
        placeOfImport(name) ?? null,
      ),
    ),
    ...unpinned.map(({ name, version }) =>
      refusal(
        "UNPINNED_DEPENDENCY",
        `imports ${name} ${version}, for which no package-lock.json holds a checksum`,
        `install it with npm install --save-exact ${name}@${version}`,
        placeOfImport(name) ?? null,
      ),
    ),
  ];
}

/** Files that were changed after a cell imported them: the kernel runs the old text. */
function staleImports({ locals }: Bundle, { pieces }: Slice, folder: string): Refusal[] {
  const imports = pieces.filter(({ kind, text }) => kind === "import" && /["']\.{1,2}\//.test(text));
  const orders = [...new Set(imports.map(({ cell }) => cell))];
  return staleFiles(locals, folder, orders).map(({ order, file }) =>
    refusal(
      "STALE_CELL",
      `${file} was changed after this cell imported it: the kernel holds the old text`,
      "run this cell and the cell of the function again, then promote",
      imports.find(({ cell }) => cell === order)!,
    ),
  );
}

/** Numbers that the code may compare with: parameters and numbers written in the slice. */
function thresholds(values: Readonly<Record<string, unknown>>, { pieces, target }: Slice): number[] {
  const typescript = compiler();
  const found = new Set<number>();
  const add = (value: unknown): void => {
    if (typeof value === "number") found.add(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(add);
  };
  Object.values(values).forEach(add);
  const visit = (node: ts.Node): void => {
    if (typescript.isNumericLiteral(node)) found.add(Number(node.text));
    typescript.forEachChild(node, visit);
  };
  for (const { node } of pieces) visit(node);
  if (target.name === null && target.expression) visit(target.expression);
  return [...found];
}
