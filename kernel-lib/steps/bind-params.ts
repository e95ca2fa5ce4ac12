/** Parameters of a predicate: `$name` in SQL. */
import { quoteText } from "../db";
import { InputError } from "../errors";

/** Strings, quoted names and comments, in which a `$` is no parameter; and parameters. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]\w*)(?!\w*\$)|(\$\w*\$?)|(\?)/g;

/** Names of the parameters in a predicate, each once, in the order of their first use. @throws InputError for `$1` and `?`. */
export function paramNames(predicate: string): string[] {
  const names = new Set<string>();
  replaceParams(predicate, (name) => {
    names.add(name);
    return "";
  });
  return [...names];
}

/** The predicate with values in the place of its parameters. @throws InputError for a parameter without a value. */
export function bindParams(predicate: string, params: Readonly<Record<string, unknown>>): string {
  return replaceParams(predicate, (name) => {
    if (!Object.hasOwn(params, name)) {
      throw new InputError(
        `parameter $${name}: has no value; given: ${Object.keys(params).join(", ") || "none"}`,
      );
    }
    return sqlLiteral(params[name], name);
  });
}

function replaceParams(predicate: string, replace: (name: string) => string): string {
  return predicate.replace(
    TOKEN,
    (text: string, name: string | undefined, odd: string | undefined, mark: string | undefined) => {
      if (name !== undefined) return replace(name);
      if (odd === undefined && mark === undefined) return text;
      throw new InputError(
        `parameter ${text}: expected a name, such as $maxTokens; texts stand in single quotes`,
      );
    },
  );
}

/** A value as SQL; numbers with a fraction are doubles, as in a cell. */
function sqlLiteral(value: unknown, name: string): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoteText(value);
  if (typeof value === "number" && Number.isFinite(value)) {
    return Number.isSafeInteger(value) ? `(${value})` : `(${value}::double)`;
  }
  if (Array.isArray(value)) return `[${value.map((one) => sqlLiteral(one, name)).join(", ")}]`;
  throw new InputError(`parameter $${name}: expected a number, text, boolean or list of those`);
}
