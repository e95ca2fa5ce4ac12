/** Which flags a table's columns come from, and with which parameters they were computed. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Db } from "../db";
import { errorText, InputError } from "../errors";
import { FLAGS } from "../flag";
import type { RunFolder, Sidecar } from "../run-folder";
import { readLayeredRun } from "../run-folder/layers";
import type { Step } from "../step";
import type { FlaggedBy } from "../table/flagged-by";
import type { Table } from "../table/table";

/**
 * The flags of a table, the run's own first: what its sidecars' flag.json (or a pipeline's manifest) says, then what was
 * computed over the table itself. A sidecar that says nothing was computed by normalize, with the flag's defaults. Columns of
 * built-in flags in a table that knows no run (a pool, a file) are assumed to be made with the defaults.
 * @throws InputError when a flag.json is damaged.
 */
export async function tableFlags(table: Table): Promise<FlaggedBy[]> {
  const { run, flags = [] } = table.state;
  const known = [...(run === null ? [] : await flagsOfRun(run)), ...flags];
  const columns = await table.schema;
  const others = [...FLAGS.values()].filter(({ name }) => known.every(({ flag }) => flag !== name));
  return [
    ...known,
    ...others.flatMap((step): FlaggedBy[] => {
      const own = columns.filter(({ name }) => name in step.writes.shape);
      if (own.length === 0) return [];
      const shown = own.map(({ name, type }) => ({ name, type, shownAs: name }));
      const { name: flag, version } = step;
      return [{ flag, version, kind: "built-in", params: defaultsOf(step), assumed: true, columns: shown }];
    }),
  ];
}

async function flagsOfRun(run: string): Promise<FlaggedBy[]> {
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    return ofRun(await readLayeredRun(db, run));
  } finally {
    db.close();
  }
}

function ofRun({ sidecars, layers }: RunFolder): FlaggedBy[] {
  const steps = layers.flatMap(({ manifest }) => manifest.steps);
  return sidecars.flatMap((sidecar) => {
    const { folder, name, version } = sidecar;
    if (!folder.startsWith("flags/")) return [];
    const step = steps.find((one) => one.step === `${name}@${version.slice(1)}`);
    const facts = step ? { params: step.params, kind: "other" as const } : factsOf(sidecar);
    if (facts === null) return [];
    const columns = new Map(sidecar.columns.map((column) => [column.name, column]));
    return [{ flag: name, version: Number(version.slice(1)), ...facts, columns: shownColumns(columns) }];
  });
}

function shownColumns(columns: ReadonlyMap<string, Sidecar["columns"][number]>): FlaggedBy["columns"] {
  return [...columns.values()].map(({ name, type, shownAs }) => ({ name, type, shownAs }));
}

/** What flag.json says; null for sidecars that are no flags (labels, duplicates). */
function factsOf({ path, name }: Sidecar): Pick<FlaggedBy, "params" | "kind"> | null {
  const file = join(path, "flag.json");
  const builtIn = FLAGS.get(name);
  if (!existsSync(file)) {
    return builtIn ? { params: builtIn.params.parse({}) as Record<string, unknown>, kind: "built-in" } : null;
  }
  try {
    const { params, classifier } = JSON.parse(readFileSync(file, "utf8")) as {
      params: Record<string, unknown>;
      classifier?: unknown;
    };
    const kind = builtIn ? "built-in" : classifier !== undefined ? "classifier" : "other";
    return { params, kind };
  } catch (cause) {
    throw new InputError(`${file}: is damaged (${errorText(cause)}); run corpuslab flag again`, { cause });
  }
}

function defaultsOf({ params }: Step): Record<string, unknown> {
  return params.parse({}) as Record<string, unknown>;
}
