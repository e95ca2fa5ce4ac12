/** The public API, in the order of the life of a row. Import it in a cell: `import { open, normalize } from "corpuslab"`. */

export { canonicalizeJson } from "./canonical-json";
// open
export { open, resolveDataset } from "./dataset";
export { generateDemo } from "./demo/generate-demo";
// set-up
export { doctor } from "./doctor";
export { InputError, QueryError, RetryableError, ShardError, UsageError } from "./errors";
// flag
export { FLAGS } from "./flag";
export { assistantSpans, parseHarmony, qualityFlags, renderHarmony, textId } from "./harmony";
export { interruptSignal } from "./interrupt";
// look
export { inventory } from "./inventory/inventory-of";
export { executedCells } from "./kernel/journal";
export { showConversation } from "./notebook/conversation";
export { display } from "./notebook/display";
export { plot } from "./notebook/plot";
export type { CanonicalRow, Domain, LossMode, Message } from "./row";
export { rowKey } from "./row";
export type { Ledger } from "./run/ledger";
// normalize
export { normalize } from "./run/normalize";
export type { NormalizeOptions } from "./run/normalize-options";
export { openRun, type Run } from "./run/run";
// select
export { buildPools, pools } from "./select/pools";
export { resolveSource } from "./source/resolve";
export type { Source, SourceFile, SourceSplit } from "./source/source";
export { type Columns, defineStep, type Step } from "./step";
export { Table } from "./table/table";
export { initWorkspace } from "./workspace";
