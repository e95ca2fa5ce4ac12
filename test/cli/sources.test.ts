/** What the command line tells about sources before it reads them, and about places that cannot be written. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const ROW = `${JSON.stringify({ instruction: "Name a color", response: "Blue" })}\n`;

function dataset(name: string, card: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const part of ["a", "b", "c"]) writeFileSync(join(path, `${part}.jsonl`), ROW);
  writeFileSync(join(path, "README.md"), card);
  return path;
}

it("tells which splits of the card are not read, on every command", () => {
  const overlap = dataset(
    "overlap",
    "---\nconfigs:\n- config_name: one\n  data_files: [a.jsonl, b.jsonl]\n- config_name: two\n  data_files: [b.jsonl, c.jsonl]\n---\n",
  );
  const note = "two/train repeats 1 of its files from earlier splits, not read: ask for it by name";
  const told = [
    cli(["normalize", overlap, "--out", join(folder, "out")]),
    cli(["inventory", overlap, "--out", join(folder, "report")]),
    cli(["sql", overlap, "select count(*) from this"]),
  ];
  for (const { code, stderr } of told) expect([code, stderr.includes(note)]).toEqual([0, true]);
});

it("says that a place cannot be written, and does not call it a fault of corpuslab", () => {
  const plain = dataset("plain", "# A card without front matter\n");
  const run = join(folder, "run");
  expect(cli(["normalize", plain, "--out", run]).code).toBe(0);
  const taken = join(folder, "taken");
  writeFileSync(taken, "");
  for (const args of [
    ["normalize", plain, "--out", taken],
    ["pools", run, "--out", taken],
    ["demo", "--rows", "100", "--out", taken],
  ]) {
    const { code, stderr } = cli(args);
    expect(stderr).toMatch(/ENOTDIR|EEXIST/);
    expect(stderr).toMatch(/cannot write to|check that the path can be written/);
    expect(stderr).not.toContain("fault of corpuslab");
    expect(code).toBe(1);
  }
});

it("names the nearest dataset for a mistyped one", () => {
  const { code, stderr } = cli(["sql", "demoo", "select 1"]);
  expect(stderr).toContain("open demoo: no such file or folder; did you mean demo?");
  expect(code).toBe(1);
});
