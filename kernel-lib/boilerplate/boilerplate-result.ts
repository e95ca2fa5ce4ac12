/** What was found: units that recur, and what taking them out would do. */
import { boilerplateBundle } from "./boilerplate-display";
import type {
  BoilerplateParts,
  BoilerplateSettings,
  BoilerplateUnit,
  DatasetCount,
  RemovalTotals,
} from "./boilerplate-parts";

/** The boilerplate of tables; as the last value of a cell it shows itself. */
export class Boilerplate {
  readonly settings: BoilerplateSettings;
  readonly rows: number;
  /** Rows with the text of an earlier row: they count in no threshold. */
  readonly copies: number;
  readonly datasets: readonly DatasetCount[];
  /** Those that take the most characters first. */
  readonly units: readonly BoilerplateUnit[];
  readonly removed: RemovalTotals;

  /** @internal Made by `boilerplate`. */
  constructor({ settings, rows, copies, datasets, units, removed }: BoilerplateParts) {
    this.settings = settings;
    this.rows = rows;
    this.copies = copies;
    this.datasets = datasets;
    this.units = units;
    this.removed = removed;
  }

  /** What boilerplate.json holds, the same for the same rows. */
  toJSON(): BoilerplateParts {
    const { settings, rows, copies, datasets, removed, units } = this;
    return { settings, rows, copies, datasets, removed, units };
  }

  toString(): string {
    return boilerplateBundle(this)["text/plain"];
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return boilerplateBundle(this);
  }
}
