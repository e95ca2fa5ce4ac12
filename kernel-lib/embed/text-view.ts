/** Which text of a row is embedded. */
import { quoteName } from "../db";
import { InputError, nearestNames } from "../errors";

/**
 * `prompt`: what the user says, all turns; `completion`: what the assistant says, without its reasoning; `all`: both, in
 * order; `text`: the column `text` as it stands. Rows without messages (plain corpora) have their text in every view.
 */
export type EmbedView = "prompt" | "completion" | "all" | "text";

export const VIEWS: readonly EmbedView[] = ["prompt", "completion", "all", "text"];

/** What is written for a row that has nothing to embed: `no_prompt`. */
export function noText(view: EmbedView | null): string {
  return `no_${view ?? "text"}`;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

const ROLES = { prompt: ["user"], completion: ["assistant"], all: ["user", "assistant"] } as const;

/**
 * SQL of the view's text, null where there is none; at most `most` characters of it.
 * @throws InputError when the table has no such column, or no messages in the canonical shape.
 */
export function viewSql(
  columns: readonly Column[],
  { view, column, most }: { readonly view: EmbedView; readonly column: string | null; readonly most: number },
): string {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const cut = (sql: string) =>
    `(select case when regexp_matches(t, '\\S') then left(t, ${most}) end from (select ${sql} as t))`;
  if (column !== null) {
    if (types.has(column)) return cut(`${quoteName(column)}::varchar`);
    const near = nearestNames(column, [...types.keys()]);
    throw new InputError(
      `embed: no column ${column}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${[...types.keys()].join(", ")}`}`,
    );
  }
  if (!VIEWS.includes(view))
    throw new InputError(`embed: view "${view}", expected one of ${VIEWS.join(", ")}`);
  const messages = types.get("messages") ?? "";
  const isCanonical = /^STRUCT\(.*\bcontent"? VARCHAR.*\)\[\]$/.test(messages) && types.has("text");
  if (view !== "text" && isCanonical) {
    const roles = ROLES[view].map((role) => `'${role}'`).join(", ");
    const said = `list_filter(messages, lambda m: m.role in (${roles}) and regexp_matches(m.content, '\\S'))`;
    return cut(
      `case when messages is null then "text" else array_to_string(list_transform(${said}, lambda m: m.content), chr(10) || chr(10)) end`,
    );
  }
  if (types.has("text") && (view === "text" || messages === "")) return cut('"text"::varchar');
  throw new InputError(
    `embed: no column text and no messages in the canonical shape; name the column, such as { column: "${columns.find(({ name, type }) => type === "VARCHAR" && name !== "row_key")?.name ?? "instruction"}" }, or normalize the dataset first`,
  );
}
