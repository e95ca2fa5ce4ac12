/** The public API, in the order of the life of a row. Import it in a cell: `import { open, normalize } from "corpuslab"`. */

// open
export { open, resolveDataset } from "./dataset";
export { generateDemo } from "./demo/generate-demo";
export type { Source, SourceFile, SourceSplit } from "./source/source";
export { resolveSource } from "./source/resolve";
export { Table } from "./source/table";

// look
export { inventory } from "./inventory/inventory-of";
export { display } from "./notebook/display";
export { showConversation } from "./notebook/conversation";
export { plot } from "./notebook/plot";

// normalize
export { normalize } from "./run/normalize";
export type { NormalizeOptions } from "./run/normalize-options";
export { openRun, type Run } from "./run/run";
export type { Ledger } from "./run/ledger";
export { assistantSpans, parseHarmony, qualityFlags, renderHarmony, textId } from "./harmony";
export { canonicalizeJson } from "./canonical-json";
export type { CanonicalRow, Domain, LossMode, Message } from "./row";
export { rowKey } from "./row";

// flag
export { FLAGS } from "./flag";
export { type Columns, defineStep, type Step } from "./step";

// select
export { buildPools, pools } from "./select/pools";

// set-up
export { doctor } from "./doctor";
export { executedCells } from "./kernel/journal";
export { initWorkspace } from "./workspace";
export { InputError, QueryError, RetryableError, ShardError, UsageError } from "./errors";
