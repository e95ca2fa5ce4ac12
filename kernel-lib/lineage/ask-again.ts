/** A pinned step asked again about one row, with the values that it had when the pipeline ran. */
import { type Db, quoteName, quoteText } from "../db";
import { errorText, InputError } from "../errors";
import { FREE_TEXT } from "../pipeline/batch";
import { newText } from "../pipeline/new-text";
import { KEPT, partRows, partSql } from "../pipeline/part-rows";
import type { Part } from "../pipeline/parts";
import { segmentOf } from "../pipeline/segments";
import { type Layer, type RunFolder, readParquet } from "../run-folder";
import { rowCounts } from "../run-folder/row-counts";
import { verdictSlice } from "../run-folder/verdict-slice";
import { allowsNull } from "../steps/duckdb-type";
import { canonicalAnswer } from "../steps/golden-lines";
import type { Outcome } from "../steps/outcome";
import type { PinnedStep } from "../steps/pinned-step";
import { stepAnswers } from "../steps/step-answers";

/** `passed` and `unchanged` leave the row as it was, `dropped` and `failed` take it out. */
export type StepOutcome =
  | "passed"
  | "dropped"
  | "failed"
  | "flagged"
  | "rewritten"
  | "unchanged"
  | "not reached";

export interface AskedAgain {
  /** What the step read of the row; null where that is not known. */
  readonly read: Readonly<Record<string, unknown>> | null;
  /** What it says now; null where it could not be asked. */
  readonly answer: Outcome | { readonly fault: string } | null;
  /** Whether that is what the run holds; null where it cannot be compared. */
  readonly same: boolean | null;
  /** Of a rule over groups: who else is in the group. Else why it was not asked. */
  readonly note: string | null;
}

/** What the run's files hold of the row at the step. */
export interface StoredAnswer {
  readonly outcome: StepOutcome;
  readonly reason: string | null;
  readonly wrote: Readonly<Record<string, unknown>> | null;
}

export interface StepPlace {
  readonly db: Db;
  readonly layer: Layer;
  /** The run below the layer. */
  readonly input: RunFolder;
  readonly aligned: ReadonlySet<string>;
  /** The shard of the row, and all of them. */
  readonly one: Part;
  readonly all: Part;
  readonly shard: string;
  readonly rowKey: string;
  /** Steps of the layer before this one. */
  readonly done: readonly PinnedStep[];
  /** Refs of this step and those after it. */
  readonly later: readonly string[];
}

const KEY = "__corpuslab_key";
const STEP = "__corpuslab_dropped_by";
const PLACE = "__corpuslab_place";
const TEXT = "__corpuslab_text";
/** As the executor asks it of rows that a step rewrites. */
const FREE = "(loss_mode = 'all_text' or not quality_valid_harmony)";

/** The step's answer now, beside the one in the run's files. */
export async function askAgain(
  step: PinnedStep,
  place: StepPlace,
  stored: StoredAnswer,
): Promise<AskedAgain> {
  const { db, rowKey } = place;
  const only = `key__ = ${quoteText(rowKey)}`;
  try {
    const isGroup = step.manifest.form === "group";
    const sql = await rowsAt(step, place, isGroup ? place.all : place.one);
    const from = isGroup ? sql : `select * from (${sql}) where ${KEY} = ${quoteText(rowKey)}`;
    const [found] = await stepAnswers(step, {
      read: (make) => db.all(make(from)),
      ...{ key: KEY, only, tie: PLACE },
    });
    if (!found) return { read: null, answer: null, same: null, note: "the rows of the run have changed" };
    const answer = unexpectedNull(step, found.row) ?? found.answer;
    const isRewrite = step.manifest.kind === "rewrite";
    const before = isRewrite
      ? await db.one(`select ${TEXT} as text, ${FREE_TEXT} as free from (${from})`)
      : {};
    return {
      ...{ read: isRewrite ? { text: before.text, ...found.row } : found.row, answer },
      same: isSame(answer, stored, before),
      note: isGroup ? await groupNote(db, step, sql, rowKey) : null,
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { read: null, answer: null, same: null, note: `not asked again: ${errorText(error)}` };
  }
}

/** SELECT of the columns of the step as they were when it ran; of a part of one shard all rows, else those that reached it. */
async function rowsAt(step: PinnedStep, place: StepPlace, part: Part): Promise<string> {
  const { db, layer, input, aligned, done, later } = place;
  const segment = segmentOf([step], done, input);
  const counts = await rowCounts(db, layer.verdicts);
  const files = layer.verdicts.map((path, i) => ({ path, rows: counts[i]! }));
  const rows = partRows(
    part,
    { ...segment, readsText: true },
    {
      base: input.path,
      aligned,
      overlays: input.layers.flatMap(({ overlays }) => overlays),
      verdicts: verdictSlice(files, part),
    },
  );
  const extra = { [KEY]: "row_key", [STEP]: "__corpuslab_step", [TEXT]: "text", [FREE_TEXT]: FREE };
  const ofRows = Object.entries(extra).flatMap(([name, of]) =>
    name === TEXT && part !== place.one ? [] : [`${of} as ${name}`],
  );
  const sql = partSql(rows, layer.path, { ofRows });
  const numbered = `select *, row_number() over () - 1 as ${PLACE} from (${sql})`;
  if (part === place.one) return numbered;
  const reached = `(${KEPT} or ${STEP} in (${later.map(quoteText).join(", ")}))`;
  const below = input.layers.at(-1)?.verdicts ?? [];
  if (below.length === 0) return `select * from (${numbered}) where ${reached}`;
  // A step of the same name may have dropped rows in the layer below: those never came here.
  return `select * exclude (below_kept) from (select * from (${numbered}) positional join
    (select kept as below_kept from ${readParquet(below)})) where below_kept and ${reached}`;
}

/** As the executor: a step is not asked about a null that it was never proven on. */
function unexpectedNull({ manifest }: PinnedStep, row: Readonly<Record<string, unknown>>): Outcome | null {
  if (manifest.form !== "function" && manifest.form !== "external") return null;
  const name = Object.keys(manifest.reads.properties).find(
    (column) =>
      row[column] === null &&
      !(column in manifest.nulls) &&
      !allowsNull(manifest.reads.properties[column] ?? {}),
  );
  return name === undefined
    ? null
    : { error: `${name} is null, and the step was proven on rows where it never is` };
}

function isSame(
  answer: Outcome | { readonly fault: string },
  { outcome, reason, wrote }: StoredAnswer,
  before: Readonly<Record<string, unknown>>,
): boolean {
  if ("fault" in answer) return false;
  if ("error" in answer) return outcome === "failed";
  if ("drop" in answer) return outcome === "dropped" && reason === answer.drop;
  if ("keep" in answer) return outcome === "passed";
  if ("unchanged" in answer) return outcome === "unchanged";
  if ("values" in answer) {
    return outcome === "flagged" && canonicalAnswer(answer.values) === canonicalAnswer(wrote);
  }
  if (outcome === "unchanged") return "text" in answer && answer.text === before.text;
  const made = newText(answer, { isFree: before.free === true });
  return outcome === "failed" ? "problem" in made : "text" in made && made.text === wrote?.text;
}

async function groupNote(
  db: Db,
  { manifest, ref }: PinnedStep,
  sql: string,
  rowKey: string,
): Promise<string> {
  const by = manifest.group!.by;
  const names = by.map(quoteName);
  const same = names.map((name) => `t.${name} is not distinct from own.${name}`);
  const stays = `t.${STEP} is distinct from ${quoteText(ref)}`;
  const { size, kept, keys } = await db.one<{ size: number; kept: number; keys: string[] | null }>(
    `select count(*) as size, count(*) filter (${stays}) as kept,
       (list(t.${KEY} order by t.${PLACE}) filter (${stays}))[1:5] as keys
     from (${sql}) t join (select ${names.join(", ")} from (${sql}) where ${KEY} = ${quoteText(rowKey)}) own on ${same.join(" and ")}`,
  );
  const more = kept > (keys?.length ?? 0) ? ", …" : "";
  return `one of ${size} rows of its group by ${by.join(", ")}; ${kept} stay: ${(keys ?? []).join(", ") || "none"}${more}`;
}
