/** DuckDB's column types as TypeScript types and as JSON Schema: how a step sees them. */
import { ROW_COLUMNS } from "../row";

/**
 * TypeScript type of a column's values as tables hand them out; null apart. `unknown` for JSON and for types without one.
 * Any member may be null, but a list of the row's messages holds no null and each has its role.
 */
export function typescriptOf(duckdb: string): string {
  const type = duckdb.trim();
  const list = /^(.*)\[\d*\]$/s.exec(type);
  if (list && isMessage(list[1]!)) {
    return `readonly (${typescriptOf(list[1]!).replace('"role": string | null', '"role": string')})[]`;
  }
  if (list) return `readonly (${nullable(typescriptOf(list[1]!))})[]`;
  const struct = /^STRUCT\((.*)\)$/is.exec(type);
  if (struct) {
    const members = splitMembers(struct[1]!).map(
      ([name, inner]) => `readonly ${JSON.stringify(name)}: ${nullable(typescriptOf(inner))}`,
    );
    return `{ ${members.join("; ")} }`;
  }
  if (/^(BOOLEAN)$/i.test(type)) return "boolean";
  if (/^(VARCHAR|UUID|ENUM\b.*|TIME\b.*|INTERVAL)/i.test(type)) return "string";
  if (/^(U?TINYINT|U?SMALLINT|U?INTEGER|FLOAT|DOUBLE|U?BIGINT)$/i.test(type)) return "number";
  return "unknown";
}

/** True for the type of the canonical row's messages, however DuckDB writes it. */
function isMessage(type: string): boolean {
  const members = (text: string) => JSON.stringify(splitMembers(text.trim().slice("STRUCT(".length, -1)));
  return type.trim().startsWith("STRUCT(") && members(type) === members(ROW_COLUMNS.messages.slice(0, -2));
}

/** The type, or null. */
export function nullable(type: string): string {
  return type === "unknown" ? type : `${type} | null`;
}

/** JSON Schema of the values that `typescriptOf` describes at the top: enough to refuse another column at scale. */
export function jsonSchemaOf(type: string): Record<string, unknown> {
  const bare = type.replace(/ \| null$/, "");
  const kind =
    bare === "boolean" || bare === "string" || bare === "number"
      ? bare
      : bare.startsWith("readonly (")
        ? "array"
        : bare.startsWith("{")
          ? "object"
          : null;
  if (kind === null) return {};
  return { type: bare === type ? kind : [kind, "null"] };
}

/** `a VARCHAR, "b c" STRUCT(d INTEGER, e INTEGER)[]` as pairs. */
function splitMembers(text: string): [name: string, type: string][] {
  const members: [string, string][] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    else if (!quoted && character === "(") depth++;
    else if (!quoted && character === ")") depth--;
    if (character !== undefined && (character !== "," || depth > 0 || quoted)) continue;
    const [, quotedName, plainName, type] =
      /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(text.slice(start, i)) ?? [];
    if (type !== undefined) members.push([quotedName?.replaceAll('""', '"') ?? plainName!, type.trim()]);
    start = i + 1;
  }
  return members;
}
