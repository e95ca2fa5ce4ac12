/** DuckDB connections for tables: as many as run at the same time, kept warm, closed when the process ends. */

import { Db } from "../db";

const idle: Db[] = [];
const open = new Set<Db>();
const KEEP = 2;
let atExit = false;

/**
 * The result of `use` with a connection of its own: 2 threads, 2 GB before it spills. An abort interrupts the running
 * statement and rejects with the signal's reason.
 */
export async function withDb<T>(
  use: (db: Db) => Promise<T>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const db = await take(signal);
  const interrupt = () => db.interrupt();
  signal?.addEventListener("abort", interrupt);
  try {
    return await use(db);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", interrupt);
    give(db);
  }
}

/**
 * Batches of a query with a connection of its own; given back when the loop ends, also early. `oneThread` keeps the order
 * of joined rows: on several threads DuckDB's joins hand on their blocks in any order.
 */
export async function* streamDb<T extends Record<string, unknown>>(
  sql: string,
  {
    signal,
    oneThread = false,
  }: { readonly signal?: AbortSignal | undefined; readonly oneThread?: boolean | undefined } = {},
): AsyncGenerator<T[], void, void> {
  const db = await take(signal);
  if (oneThread) await db.run("set threads = 1");
  const interrupt = () => db.interrupt();
  signal?.addEventListener("abort", interrupt);
  let whole = false;
  try {
    for await (const batch of db.stream<T>(sql)) {
      signal?.throwIfAborted();
      yield batch;
    }
    whole = true;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", interrupt);
    if (whole && oneThread) await db.run("set threads = 2");
    if (whole) give(db);
    else close(db);
  }
}

async function take(signal: AbortSignal | undefined): Promise<Db> {
  signal?.throwIfAborted();
  const warm = idle.pop();
  if (warm) return warm;
  const db = await Db.open({ threads: 2, memoryLimit: "2GB" });
  open.add(db);
  // Footers of many files cost more than the first rows: read once, anew when a file has changed.
  await db.run("set parquet_metadata_cache = true");
  // Left joins keep the order of their left side only when DuckDB does not swap the sides.
  await db.run("set disabled_optimizers = 'build_side_probe_side'");
  if (!atExit) {
    atExit = true;
    process.once("exit", () => {
      for (const left of [...open]) close(left);
    });
  }
  return db;
}

function give(db: Db): void {
  if (idle.length < KEEP) idle.push(db);
  else close(db);
}

function close(db: Db): void {
  open.delete(db);
  db.close();
}
