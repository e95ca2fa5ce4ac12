/** What is known of boilerplate: units that recur, their counts, what taking them out would do. */
import type { BoilerplateView } from "./bodies";

export interface BoilerplateSettings {
  readonly minRows: number;
  readonly minShare: number;
  readonly minChars: number;
  readonly code: boolean;
  readonly view: BoilerplateView;
  readonly system: boolean;
}

export interface DatasetCount {
  readonly name: string;
  readonly rows: number;
  /** Different texts. */
  readonly texts: number;
}

/** A line or a paragraph that recurs. Counts are of where it would be taken out. */
export interface BoilerplateUnit {
  readonly kind: "line" | "paragraph";
  /** In Unicode NFC, white space collapsed; the lines of a paragraph with line feeds between them. */
  readonly text: string;
  readonly rows: number;
  /** Different texts among those rows. */
  readonly texts: number;
  readonly times: number;
  /** Characters that go with it, line feeds and doubled blank lines included. */
  readonly characters: number;
  /** Rows by dataset. */
  readonly datasets: Readonly<Record<string, number>>;
  /** Times by role of the message: `user`, `assistant` …; `text` for other texts. */
  readonly roles: Readonly<Record<string, number>>;
  /** row_keys of three rows that hold it. */
  readonly examples: readonly string[];
}

/** What taking out all units would do. */
export interface RemovalTotals {
  readonly rows: number;
  /** The sum of the units' characters: by so much less do `stats_char_len` of all rows add up to. */
  readonly characters: number;
  /** The same of `stats_approx_tokens`: UTF-8 bytes divided by four. */
  readonly tokens: number;
  /** Message bodies that hold nothing else, and stay as they are. */
  readonly heldBack: number;
  /** Characters of all texts before. */
  readonly allCharacters: number;
}

export interface BoilerplateParts {
  readonly settings: BoilerplateSettings;
  readonly rows: number;
  readonly copies: number;
  readonly datasets: readonly DatasetCount[];
  readonly units: readonly BoilerplateUnit[];
  readonly removed: RemovalTotals;
}
