/** Which steps go over the rows together, and where each finds the columns that it reads. */
import { InputError, nearestNames } from "../errors";
import { ROW_COLUMNS } from "../row";
import type { RunFolder, Sidecar } from "../run-folder";
import { stepFolder } from "../run-folder/layer-manifest";
import { OVERLAY_COLUMNS, VERDICT_COLUMNS } from "../run-folder/layered-rows";
import { checkColumnType } from "../steps/column-check";
import { duckdbType } from "../steps/duckdb-type";
import type { PinnedStep } from "../steps/pinned-step";
import { checkTogether } from "./check-together";

/** A column as a segment reads it. */
export interface SegmentColumn {
  /** What the steps call it. */
  readonly name: string;
  /** Its name in the rows that are read. */
  readonly source: string;
  readonly type: string;
}

/** Steps that go over the rows in one pass. */
export interface Segment {
  /** Functions and commands, predicates, or one rule over groups. */
  readonly form: "rows" | "sql" | "group";
  readonly steps: readonly PinnedStep[];
  readonly columns: readonly SegmentColumn[];
  /** Sidecars of the input with those columns. */
  readonly sidecars: readonly Sidecar[];
  /** Flags of earlier segments with those columns: folders in the output. */
  readonly flags: readonly { readonly folder: string; readonly name: string }[];
  /** Whether it reads columns of the rows themselves. */
  readonly readsRows: boolean;
  /** Whether it reads what a rewriting step may have changed. */
  readonly readsText: boolean;
  /** Rewriting steps of earlier segments: folders in the output. */
  readonly overlays: readonly string[];
}

const TEXT_COLUMNS: readonly string[] = Object.keys(OVERLAY_COLUMNS);

/** Name in the rows that are read of a column that an earlier segment wrote. */
export function flagSource(name: string): string {
  return `__corpuslab_flag_${name}`;
}

/**
 * The steps as segments, in their order. A new one begins where steps of another form do, since predicates are left to
 * DuckDB, and each rule over groups is one of its own.
 * @throws InputError for a column that is not there, with the nearest names, and for a step that writes one that rows have.
 */
export function planSegments(steps: readonly PinnedStep[], folder: RunFolder): Segment[] {
  checkTogether(steps);
  checkWrites(steps, folder);
  const segments: Segment[] = [];
  const done: PinnedStep[] = [];
  for (const group of groupsOf(steps)) {
    segments.push(segmentOf(group, done, folder));
    done.push(...group);
  }
  return segments;
}

function groupsOf(steps: readonly PinnedStep[]): PinnedStep[][] {
  const groups: PinnedStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    const form = formOf(step);
    if (last && form !== "group" && formOf(last[0]!) === form) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

function formOf({ manifest: { form } }: PinnedStep): Segment["form"] {
  return form === "function" || form === "external" ? "rows" : form;
}

export function segmentOf(
  steps: readonly PinnedStep[],
  done: readonly PinnedStep[],
  folder: RunFolder,
): Segment {
  const columns = new Map<string, SegmentColumn>();
  const sidecars = new Map<Sidecar, Set<string>>();
  const flags = new Map<string, { folder: string; name: string }>();
  const fresh = new Map<string, string>();
  for (const step of steps) {
    for (const name of readsOf(step)) {
      if (fresh.has(name) || columns.has(name)) continue;
      const writer = done.findLast((one) => writesOf(one).includes(name));
      if (writer) {
        flags.set(name, { folder: stepFolder("flags", writer.ref), name });
        columns.set(name, { name, source: flagSource(name), type: writtenType(writer, name) });
        continue;
      }
      const own = folder.columns.find((column) => column.name === name);
      const sidecar = folder.sidecars.find((one) => one.columns.some(({ shownAs }) => shownAs === name));
      if (own) {
        checkColumnType(step, own, whereOf(folder));
        columns.set(name, { name, source: name, type: own.type });
      } else if (sidecar) {
        const column = sidecar.columns.find(({ shownAs }) => shownAs === name)!;
        checkColumnType(step, { name, type: column.type }, whereOf(folder));
        columns.set(name, { name, source: name, type: column.type });
        sidecars.set(sidecar, (sidecars.get(sidecar) ?? new Set()).add(name));
      } else throw missing(step, name, [...done, ...steps], folder);
    }
    for (const name of writesOf(step)) fresh.set(name, writtenType(step, name));
  }
  const readsText = [...columns.keys()].some((name) => TEXT_COLUMNS.includes(name));
  return {
    form: formOf(steps[0]!),
    steps,
    columns: [...columns.values()],
    sidecars: [...sidecars].map(([sidecar, names]) => ({
      ...sidecar,
      columns: sidecar.columns.filter(({ shownAs }) => names.has(shownAs)),
    })),
    flags: [...flags.values()],
    readsRows: [...columns.keys()].some(
      (name) => !flags.has(name) && folder.columns.some((one) => one.name === name),
    ),
    readsText,
    overlays: done
      .filter(({ manifest }) => manifest.kind === "rewrite")
      .map(({ ref }) => stepFolder("overlays", ref)),
  };
}

/** Columns that a step reads: a rule over groups reads those of its groups and of its order. */
export function readsOf({ manifest: { reads, group } }: PinnedStep): string[] {
  const names = [
    ...Object.keys(reads.properties),
    ...(group ? [...group.by, ...group.order.map(({ column }) => column)] : []),
  ];
  return [...new Set(names)];
}

/** Columns that a step writes into a flag folder. */
export function writesOf({ manifest: { kind, writes } }: PinnedStep): string[] {
  return kind === "flag" ? Object.keys(writes.properties) : [];
}

function writtenType({ manifest: { writes } }: PinnedStep, name: string): string {
  return duckdbType(writes.properties[name]!);
}

function checkWrites(steps: readonly PinnedStep[], folder: RunFolder): void {
  const canonical = new Set<string>([...Object.keys(ROW_COLUMNS), ...folder.columns.map(({ name }) => name)]);
  const ofVerdicts = new Set<string>(Object.values(VERDICT_COLUMNS));
  for (const step of steps) {
    const taken = writesOf(step).find((one) => ofVerdicts.has(one.toLowerCase()));
    if (taken !== undefined) {
      throw new InputError(
        `step ${step.ref}: writes the column ${taken}, in which a run says what became of a row; name it otherwise`,
      );
    }
    const name = writesOf(step).find((one) => canonical.has(one));
    if (name === undefined) continue;
    throw new InputError(
      `step ${step.ref}: writes the column ${name}, which every row has already; name it otherwise`,
    );
  }
}

function whereOf({ path, layers }: RunFolder): string {
  return layers.at(-1)?.path ?? path;
}

function missing(
  step: PinnedStep,
  name: string,
  steps: readonly PinnedStep[],
  folder: RunFolder,
): InputError {
  const later = steps.find((one) => writesOf(one).includes(name));
  const known = [
    ...folder.columns.map((column) => column.name),
    ...folder.sidecars.flatMap(({ columns }) => columns.map(({ shownAs }) => shownAs)),
    ...steps.flatMap(writesOf),
  ];
  const near = nearestNames(name, known);
  const hint = later
    ? `step ${later.ref} writes it, but runs later: put it before ${step.ref}`
    : near.length > 0
      ? `did you mean ${near.join(" or ")}?`
      : "neither its rows nor their flags and scores have it (labels of the workspace are written beside the rows first: writeLabels)";
  return new InputError(
    `step ${step.ref}: reads the column ${name}, which ${whereOf(folder)} does not have; ${hint}`,
  );
}
