/** Is a version what it was when it was promoted: its bytes, and its answers to the rows it was proven on? */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { errorText, InputError } from "../errors";
import { readManifest } from "../steps/manifest";
import { pinStep } from "../steps/pinned-step";
import { type Replay, replayGolden } from "../steps/replay";
import { damage, type VersionPlace } from "../steps/versions";
import type { Table } from "../table/table";

export interface VersionCheck {
  /** `keep_short@2` */
  readonly ref: string;
  /** A line for each file that is not as it was written. */
  readonly damage: readonly string[];
  /** The golden rows asked again; null where that was not possible. */
  readonly replay: Replay | null;
  /** Table that the golden rows were read from, or why they were not. */
  readonly rows: string;
}

export interface VerifyOptions {
  readonly pipelines: string;
  /** Rows to replay on; default: the table that the version was proven on. */
  readonly on?: Table;
  /** Opens the table of a reference: a run folder or a dataset. */
  readonly open: (ref: string) => Promise<Table>;
  /** Folders that the path of a table may be relative to. */
  readonly homes: readonly string[];
  readonly signal?: AbortSignal;
}

/** Every byte of the version is compared with its checksum; then its golden rows are read again by their keys and asked. */
export async function verifyVersion(place: VersionPlace, options: VerifyOptions): Promise<VersionCheck> {
  const ref = `${place.name}@${place.version}`;
  const damaged = damage(place);
  if (damaged.length > 0) {
    return {
      ref,
      damage: damaged,
      replay: null,
      rows: "not replayed: its files are not those that were proven",
    };
  }
  const step = pinStep(options.pipelines, ref);
  let table: Table;
  try {
    table = options.on ?? (await options.open(provenOn(readManifest(place).table, options.homes)));
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const rows = `not replayed: ${errorText(error)}; name the rows with --on DIR`;
    return { ref, damage: [], replay: null, rows };
  }
  const { signal } = options;
  const hasKeys = (await table.readSchema(signal)).some(({ name }) => name === "row_key");
  const replay = await replayGolden(step, {
    read: (make) =>
      table.read(
        (sql) => make(hasKeys ? sql : `select *, row_number() over () - 1 as n__ from (${sql})`),
        signal,
      ),
    ...(hasKeys ? { key: "row_key", tie: "row_key" } : { key: "n__::varchar", tie: "n__" }),
    ...(signal ? { signal } : {}),
  });
  return { ref, damage: [], replay, rows: table.origin };
}

/** What to open for the table that a manifest names: `run demo (out/demo)`, `owner/name @ 0123…`. */
function provenOn(table: string, homes: readonly string[]): string {
  const folder = /^run .* \((.+?)\)/.exec(table)?.[1];
  const paths = folder === undefined ? [] : homes.map((home) => resolve(home, folder));
  const path = paths.find((one) => existsSync(join(one, "run.json")));
  if (path) return path;
  const [, dataset, revision] = /^(\S+) @ ([0-9a-f]{40}|local)/.exec(table) ?? [];
  if (dataset === "corpuslab/demo") return "demo";
  if (dataset !== undefined && revision !== "local") return `hf://datasets/${dataset}@${revision}`;
  throw new InputError(`it was proven on "${table}", which cannot be found from here`);
}
