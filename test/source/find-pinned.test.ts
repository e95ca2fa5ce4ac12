/** A pinned file is found again where the run read it, without a network. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { findPinnedFile } from "../../kernel-lib/source/find-pinned";
import { temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const before = process.env.HF_HUB_CACHE;
afterEach(() => {
  if (before === undefined) delete process.env.HF_HUB_CACHE;
  else process.env.HF_HUB_CACHE = before;
});

function file(...parts: string[]): string {
  const path = join(folder, ...parts);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '{"a": 1}\n');
  return path;
}

it("finds a file of the Hub in the cache, at its commit alone", async () => {
  const commit = "0123456789abcdef0123456789abcdef01234567";
  process.env.HF_HUB_CACHE = join(folder, "hub");
  const path = file("hub", "datasets--acme--set", "snapshots", commit, "data", "x.jsonl");
  const pinned = { dataset: "acme/set", origin: "page of acme/set", name: "data/x.jsonl" };
  expect((await findPinnedFile({ ...pinned, revision: commit })).file).toMatchObject({
    path,
    format: "jsonl",
  });
  const other = await findPinnedFile({ ...pinned, revision: commit.replace("0", "f") });
  expect([other.file, other.looked]).toEqual([null, [path.replace(commit, commit.replace("0", "f"))]]);
});

it("finds local files under a folder, as the file itself, by a pattern, and in a hub folder", async () => {
  const path = file("local", "data", "x.jsonl");
  const at = async (origin: string, name: string, options = {}) =>
    (await findPinnedFile({ dataset: "acme/set", revision: "local", origin, name }, options)).file?.path;
  expect(await at(join(folder, "local"), "data/x.jsonl")).toBe(path);
  expect(await at(path, "x.jsonl")).toBe(path);
  expect(await at(join(folder, "local", "*", "*.jsonl"), "data/x.jsonl")).toBe(path);
  expect(await at(join(folder, "gone"), "data/x.jsonl")).toBeUndefined();
  const inHub = file("hubdir", "acme", "set", "data", "x.jsonl");
  expect(await at(join(folder, "gone"), "data/x.jsonl", { hubDir: join(folder, "hubdir") })).toBe(inHub);
  expect(await at(join(folder, "local", "data"), "../data/x.jsonl")).toBeUndefined();
});
