/** What DuckDB says about a query, for the person who wrote it. */

import { InputError, nearestNames, QueryError } from "../errors";

/**
 * A QueryError with DuckDB's first paragraph, the nearest of `columns` for a name it does not know, and the SQL as the
 * person wrote it. Other errors come back unchanged. A damaged Parquet file becomes an InputError with its path.
 */
export function queryFailure(error: unknown, written: string, columns: readonly string[]): unknown {
  if (!(error instanceof QueryError)) return error;
  const said = error.message
    .split(/\n\s*\nLINE \d+:|\nCandidate bindings|\n\nPossible solutions/)[0]!
    .replace(/^Failed to extract statements: /, "")
    .trim();
  const damaged =
    /(?:No magic bytes found at end of|too small to be a Parquet|Footer length)[^'"]*['"]?([^'"]*)['"]?/.exec(
      said,
    );
  if (damaged) {
    return new InputError(
      `${damaged[1] || "a file"}: not a whole Parquet file, it was cut or is something else; load it again (${said})`,
      { cause: error },
    );
  }
  const unknown = /(?:column|Column with name|struct|key) "?([^"\s]+)"? (?:not found|does not exist)/i.exec(
    said,
  )?.[1];
  const near = unknown === undefined ? [] : nearestNames(unknown.split(".").at(-1)!, columns);
  const hint =
    unknown === undefined || columns.length === 0
      ? ""
      : near.length > 0
        ? ` Did you mean ${near.join(" or ")}?`
        : ` The table has ${columns.join(", ")}.`;
  const widen = /^Conversion Error|Could not convert/.test(said)
    ? " If a JSON column changes its type beyond the rows that were looked at, open it with { check: true }."
    : "";
  const sql = written.length > 600 ? `${written.slice(0, 600)}… (${written.length} characters)` : written;
  return new QueryError(`${said}${hint}${widen} SQL: ${sql}`, written, { cause: error });
}
