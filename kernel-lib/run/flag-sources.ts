/** Where the columns stand that flags read: in the rows, or in sidecars beside them. */
import { Db } from "../db";
import { InputError, nearestNames } from "../errors";
import { FLAGS } from "../flag";
import { type RunFolder, readRunFolder, type Sidecar } from "../run-folder";
import { stampOf } from "../run-folder/row-counts";
import { checkColumnType } from "../steps/column-check";
import { alignedSidecars } from "../table/aligned-sidecars";
import type { ChosenFlag } from "./chosen-flag";

/** Sidecars that hold some of the columns; plain JSON. */
export interface FlagSources {
  readonly sidecars: readonly Sidecar[];
  /** Folders of those that go by position. */
  readonly aligned: readonly string[];
  /** Identity of their files. */
  readonly stamp: string;
}

/**
 * The sidecars of the run with columns that the flags read and that its rows do not have.
 * @throws InputError for a column that is not there, with the nearest names, and one of another type than a step was proven on.
 */
export async function flagSources(run: string, flags: readonly ChosenFlag[]): Promise<FlagSources> {
  if (flags.every(({ plan }) => !("step" in plan))) return { sidecars: [], aligned: [], stamp: "" };
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    const folder = await readRunFolder(db, run);
    const sidecars = sidecarsRead(folder, flags);
    const aligned = sidecars.length === 0 ? new Set<string>() : await alignedSidecars(db, folder);
    return {
      sidecars,
      aligned: sidecars.filter((one) => aligned.has(one.folder)).map((one) => one.folder),
      stamp: sidecars
        .map(({ path, shards }) => stampOf(shards.map((shard) => `${path}/${shard}`)))
        .join("\n"),
    };
  } finally {
    db.close();
  }
}

function sidecarsRead(folder: RunFolder, flags: readonly ChosenFlag[]): Sidecar[] {
  const used = new Map<Sidecar, Set<string>>();
  for (const { plan, ref, reads } of flags) {
    for (const name of reads) {
      const own = folder.columns.find((column) => column.name === name);
      const sidecar = folder.sidecars.find((one) => one.columns.some(({ shownAs }) => shownAs === name));
      const type = own?.type ?? sidecar?.columns.find(({ shownAs }) => shownAs === name)?.type;
      if (type === undefined) throw missing(ref, name, folder);
      if ("step" in plan) checkColumnType(plan.step, { name, type }, folder.path);
      if (own === undefined) used.set(sidecar!, (used.get(sidecar!) ?? new Set()).add(name));
    }
  }
  return [...used].map(([sidecar, names]) => ({
    ...sidecar,
    columns: sidecar.columns.filter(({ shownAs }) => names.has(shownAs)),
  }));
}

function missing(ref: string, name: string, folder: RunFolder): InputError {
  const writer = [...FLAGS.values()].find(({ writes }) => name in writes.shape)?.name;
  const near = nearestNames(name, [
    ...folder.columns.map((column) => column.name),
    ...folder.sidecars.flatMap(({ columns }) => columns.map(({ shownAs }) => shownAs)),
  ]);
  const hint = writer
    ? `the flag ${writer} writes it: corpuslab flag <run> --flags ${writer} first, in a call of its own`
    : near.length > 0
      ? `did you mean ${near.join(" or ")}?`
      : "neither its rows nor their flags and scores have it";
  return new InputError(`flag ${ref}: reads the column ${name}, which ${folder.path} does not have; ${hint}`);
}
