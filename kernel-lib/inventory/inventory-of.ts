import { InputError } from "../errors";
import type { Source } from "../source/source";
import { chooseCoverage } from "./choose-coverage";
import type { Inventory } from "./inventory";
import type { InventoryOptions } from "./inventory-source";
import { inventorySource } from "./inventory-source";

/** A source, or what holds one: an opened table (null for a table over a finished run). */
export type InventorySubject = Source | { readonly source: Source | null };

export interface InventoryOfOptions extends Omit<InventoryOptions, "coverage"> {
  /** Adapter reference to read coverage with. Default: as the dataset is described, else detected. */
  readonly adapter?: string | undefined;
  /** Folders with dataset descriptions beside the built-in ones. */
  readonly folders?: readonly string[] | undefined;
}

/**
 * What is in a dataset and how much metadata it carries, shown as a table when it is the last value of a cell;
 * `writeReports` makes files of it. One dataset gives one inventory, a list gives a list in the same order. Exact and
 * streaming; `sample` (rows of each split) makes it quick and marks it as estimated. Deterministic.
 * @throws InputError when a file cannot be read.
 * @example const found = await inventory(await resolveSource("nvidia/Nemotron-Math-v2"), { sample: 1000 });
 */
export function inventory(subject: InventorySubject, options?: InventoryOfOptions): Promise<Inventory>;
export function inventory(
  subjects: readonly InventorySubject[],
  options?: InventoryOfOptions,
): Promise<Inventory[]>;
export async function inventory(
  subject: InventorySubject | readonly InventorySubject[],
  options: InventoryOfOptions = {},
): Promise<Inventory | Inventory[]> {
  if (!isList(subject)) return inventoryOne(subject, options);
  const found: Inventory[] = [];
  for (const one of subject) found.push(await inventoryOne(one, options));
  return found;
}

function isList(
  subject: InventorySubject | readonly InventorySubject[],
): subject is readonly InventorySubject[] {
  return Array.isArray(subject);
}

async function inventoryOne(
  subject: InventorySubject,
  { adapter, folders, ...options }: InventoryOfOptions,
): Promise<Inventory> {
  const source = "source" in subject ? subject.source : subject;
  if (!source?.splits) {
    throw new InputError(
      "inventory: got no source files, expected a dataset; open the dataset itself (a run has a ledger instead)",
    );
  }
  return inventorySource(source, { ...options, coverage: chooseCoverage(source, { adapter, folders }) });
}
