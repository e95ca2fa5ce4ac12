import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Db } from "../kernel-lib/db";
import { InputError } from "../kernel-lib/errors";

const before = process.env.TMPDIR;
const folder = mkdtempSync(join(tmpdir(), "corpuslab-db-test-"));
beforeAll(() => {
  process.env.TMPDIR = folder; // other tests open databases at the same time
});
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true });
});

it("an instance that cannot start says so and leaves no folder behind", async () => {
  const opening = Db.open({ memoryLimit: "lots" });
  await expect(opening).rejects.toThrow(InputError);
  await expect(opening).rejects.toThrow(/DuckDB: cannot start .*lots/);
  expect(readdirSync(folder)).toEqual([]);
});
