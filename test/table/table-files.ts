/** Files that a test opens as tables, in a folder whose name no reader may take for a pattern. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { Db } from "../../kernel-lib/db";

export class TableFiles {
  readonly root = mkdtempSync(join(tmpdir(), "corpuslab [table] "));

  put(name: string, content: string | Buffer): string {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  async putParquet(name: string, select: string): Promise<string> {
    const path = this.put(name, "");
    const db = await Db.open();
    await db.run(`copy (${select}) to '${path}' (format parquet)`);
    db.close();
    return path;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** JSONL: texts as they are, other values as JSON. */
export function lines(...rows: readonly unknown[]): string {
  return rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
}

export async function messageOf(
  promise: Promise<unknown>,
  kind: new (...args: never[]) => Error,
): Promise<string> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(kind);
  return (error as Error).message;
}
