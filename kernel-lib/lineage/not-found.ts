/** What was looked through for a row that a run does not have, and what may be meant. */

import { InputError, nearestNames } from "../errors";
import { splitRowKey } from "../row";
import type { Run } from "../run/run";
import type { KeyKind } from "./find-rows";

/** The error for a key that stands nowhere in the run. */
export function notFound(verb: string, key: string, by: KeyKind, run: Run, quarantined: number): InputError {
  const { rows_out, rejected } = run.ledger.totals;
  const refused = Object.values(rejected).reduce((sum, n) => sum + n, 0);
  const count = (n: number, what: string) => `${n.toLocaleString("en-US")} ${what}`;
  const looked =
    by === "row_key"
      ? `${count(rows_out, "kept")}, ${count(refused, "refused")} and ${count(quarantined, "quarantined")} rows`
      : `${count(rows_out, "kept")} and ${count(refused, "refused")} rows (quarantined ones have no id: ask by row_key)`;
  return new InputError(
    `${verb}: no row has the ${by} ${JSON.stringify(key.slice(0, 300))} in ${run.out}; looked through ${looked}. ${hint(key, run)}`,
  );
}

function hint(key: string, { manifest, out }: Run): string {
  const parts = splitRowKey(key);
  const names = manifest.inputs.map(({ dataset }) => dataset);
  if (!parts) {
    return `Another run may have it (--run DIR); corpuslab sql ${out} "select row_key, id from this limit 5" shows what keys look like`;
  }
  const input = manifest.inputs.find(({ dataset }) => key.startsWith(`${dataset}@`));
  if (!input) {
    const near = nearestNames(parts.dataset, names);
    return `The run holds ${names.join(", ")}${near.length > 0 ? `; did you mean ${near.join(" or ")}?` : ""}`;
  }
  const start = `${input.dataset}@${input.revision}/`;
  if (!key.startsWith(start)) return `The run read revision ${input.revision} of ${input.dataset}`;
  const file = key.slice(start.length, key.lastIndexOf("#"));
  const files = input.files.map(({ name }) => name);
  if (!files.includes(file)) {
    const near = nearestNames(file, files);
    return `The run did not read the file ${file}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it read ${files.slice(0, 5).join(", ")}`}`;
  }
  const { limit } = manifest.config;
  return typeof limit === "number"
    ? `The run was made with --limit ${limit}: rows beyond the first ${limit} of a split were not read`
    : `${file} has no row ${parts.row} (rows count from 0)`;
}
