/** Under which model, template, mask and stop-token choice a file of scores was made, and whether the run's rows agree. */
import { type Db, quoteText } from "../db";
import { InputError } from "../errors";
import type { LossMode } from "../row";

export interface GivenSettings {
  /** The model that scored; needed where the file has no column `model`. */
  readonly model?: string;
  /** Rendering that was scored; needed where the file has neither `template` nor `text_id`. */
  readonly template?: string;
  /** Mask that was scored, or `row`: each row's own `loss_mode`. Needed where the file has no column `loss_mode`. */
  readonly lossMode?: LossMode | "row";
  /** Whether the special that ends a message was scored too. Needed where the file has no column `include_stop`. */
  readonly includeStop?: boolean;
  /** Longest text in tokens that the job scored whole, where the file has no column `max_length`. */
  readonly maxLength?: number;
}

export interface Settings {
  readonly model: string;
  readonly template: string | null;
  readonly lossMode: string | null;
  readonly includeStop: boolean;
  readonly maxLength: number | null;
}

/**
 * The settings that hold for the whole file: what its columns say, else what was given. `template` and `loss_mode` may
 * differ from line to line; they are null here then, and compared line by line.
 * @throws InputError where both speak and differ, where nobody speaks, and for lines of several models or stop-token choices.
 */
export async function settle(
  db: Db,
  file: string,
  textIds: boolean,
  given: GivenSettings,
): Promise<Settings> {
  const said = async (column: string): Promise<string[]> =>
    (
      await db.all<{ v: string }>(
        `select distinct ${column}::VARCHAR as v from given where ${column} is not null order by v limit 6`,
      )
    ).map(({ v }) => v);
  const subject = `scores ${file}`;
  const one = async (
    column: string,
    option: string | undefined,
    flag: string,
    what: string,
  ): Promise<string | null> => {
    const values = await said(column);
    if (values.length > 1) {
      throw new InputError(
        `${subject}: its lines are of several ${what}: ${values.join(", ")}${values.length > 5 ? " …" : ""}; expected one: write a file for each`,
      );
    }
    const [value] = values;
    if (value !== undefined && option !== undefined && value !== option) {
      throw new InputError(
        `${subject}: its column ${column} says ${value}, ${flag} says ${option}; expected the same: leave ${flag} away, or give the file that it is true of`,
      );
    }
    return value ?? option ?? null;
  };
  const model = await one("model", given.model, "--model", "models");
  if (model === null || model === "") {
    throw new InputError(
      `${subject}: does not say which model scored, and none was given; add --model NAME ({ model: "NAME" })`,
    );
  }
  const bad = await db.all<{ v: string }>(
    "select distinct include_stop_text as v from given where include_stop_text is not null and include_stop is null limit 3",
  );
  if (bad.length > 0) {
    throw new InputError(
      `${subject}: include_stop is ${bad.map(({ v }) => JSON.stringify(v)).join(", ")}, expected true or false`,
    );
  }
  const stop = await one(
    "include_stop",
    given.includeStop?.toString(),
    "--include-stop",
    "stop-token choices",
  );
  if (stop === null) {
    throw new InputError(
      `${subject}: does not say whether the token that ends a message (<|end|>, <|call|>, <|return|>) was scored too; add --include-stop when it was, --no-include-stop when not ({ includeStop: false })`,
    );
  }
  const templates = await said("template");
  if (templates.length === 0 && given.template === undefined && !textIds) {
    throw new InputError(
      `${subject}: does not say which rendering was scored, and ids do not tell; add --template harmony-1, or the column text_id`,
    );
  }
  const modes = await said("loss_mode");
  if (modes.length === 0 && given.lossMode === undefined) {
    throw new InputError(
      `${subject}: does not say which loss mode was scored; add --loss-mode row when the job followed the column loss_mode of the candidates, else the mode itself`,
    );
  }
  const agree = (values: readonly string[], option: string | undefined, column: string, flag: string) => {
    if (option === undefined || values.every((value) => value === option)) return;
    throw new InputError(
      `${subject}: its column ${column} says ${values.join(", ")}, ${flag} says ${option}; expected the same: leave ${flag} away`,
    );
  };
  const mode = given.lossMode === "row" ? undefined : given.lossMode;
  agree(templates, given.template, "template", "--template");
  agree(modes, mode, "loss_mode", "--loss-mode");
  return {
    model,
    template: given.template ?? null,
    lossMode: mode ?? null,
    includeStop: stop === "true",
    maxLength: given.maxLength ?? null,
  };
}

/**
 * Nothing happens when every line that found a row (table `joined`) has the row's template and loss mode.
 * @throws InputError with counts, an example and what to do.
 */
export async function checkAgainstRows(
  db: Db,
  file: string,
  { template, lossMode }: Settings,
): Promise<void> {
  const columns = [
    ["template", template, "rendering", "render again: score the texts of `corpuslab candidates`"],
    ["loss_mode", lossMode, "mask", "score again and mask by the column loss_mode of `corpuslab candidates`"],
  ] as const;
  for (const [column, option, what, mend] of columns) {
    const theirs = `coalesce(${column}, ${option === null ? "null" : quoteText(option)})`;
    const [found] = await db.all<{ n: number; rows: number; got: string; want: string; id: string }>(
      `select count(*) filter (differs) as n, count(*) as rows, first(got order by line) filter (differs) as got,
         first(want order by line) filter (differs) as want, first(row_key order by line) filter (differs) as id
       from (select line, row_key, ${theirs} as got, row_${column} as want, ${theirs} <> row_${column} as differs from joined)`,
    );
    if (!found || found.n === 0) continue;
    throw new InputError(
      `scores ${file}: ${found.n} of ${found.rows} rows were scored under ${column} ${found.got}, the run's rows have ${found.want} (first: ${found.id}); ` +
        `a score of another ${what} must not stand beside them: ${mend}, or look at the file with attach()`,
    );
  }
}
