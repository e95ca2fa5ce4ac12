/** The main job from one command: what `npm start` runs, and `all` over a folder of repositories. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { imbalance, type Ledger } from "../../kernel-lib/run/ledger";
import { cli, ROOT, readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();

it("does inventory, normalize and pools on the demo dataset and says so in five lines", () => {
  const out = join(folder, "demo");
  const result = cli(["demo", "--run", "--out", out]);
  expect(result.stderr).not.toContain("corpuslab:");
  expect(result.code).toBe(0);
  expect(result.stdout.trimEnd().split("\n").length).toBe(5);
  const ledger = readJson<Ledger>(out, "ledger.json");
  expect(ledger.splits.map(imbalance).filter((n) => n !== 0)).toEqual([]);
  const expected = readJson<{ splits: Record<string, { rows: number }> }>(
    ROOT,
    ".cache",
    "demo",
    "corpuslab",
    "demo.expected.json",
  );
  const rows = Object.values(expected.splits).reduce((sum, split) => sum + split.rows, 0);
  const refused = Object.values(ledger.totals.rejected).reduce((sum, n) => sum + n, 0);
  expect(ledger.totals.rows_out + refused).toBe(rows);
  for (const name of ["pools/pools.json", "view.sql", "tools_catalog.json", "run.json"]) {
    expect([name, existsSync(join(out, name))]).toEqual([name, true]);
  }
});

it("goes over every described dataset that it can reach and names the others", () => {
  const hub = join(folder, "hub");
  const repository = join(hub, "databricks", "databricks-dolly-15k");
  mkdirSync(repository, { recursive: true });
  const row = { instruction: "Name a color", context: "", response: "Blue", category: "open_qa" };
  writeFileSync(
    join(repository, "databricks-dolly-15k.jsonl"),
    Array.from({ length: 30 }, (_, i) => `${JSON.stringify({ ...row, response: `Blue ${i}` })}\n`).join(""),
  );
  const out = join(folder, "all");
  const args = ["all", "--hub-dir", hub, "--out", out, "--reports", join(folder, "reports"), "--limit", "20"];
  const result = cli(args);
  expect(result.code).toBe(0);
  expect(result.stderr).toContain("not reached: nvidia/Nemotron-Math-v2");
  expect(readJson<Ledger>(out, "ledger.json").totals).toMatchObject({ rows_in: 20, rows_out: 20 });
  expect(existsSync(join(folder, "reports", "index.html"))).toBe(true);
});

it("goes on with the other datasets when a file of one cannot be read, and fails at the end", () => {
  const hub = join(folder, "broken-hub");
  const [good, broken] = ["databricks/databricks-dolly-15k", "meta-math/MetaMathQA"];
  for (const name of [good, broken]) mkdirSync(join(hub, name), { recursive: true });
  const row = { instruction: "Name a color", context: "", response: "Blue", category: "open_qa" };
  writeFileSync(join(hub, good, "rows.jsonl"), `${JSON.stringify(row)}\n`);
  const packed = gzipSync(`${JSON.stringify({ query: "1+1?", response: "2" })}\n`.repeat(9));
  writeFileSync(join(hub, broken, "rows.jsonl.gz"), packed.subarray(0, packed.length - 12));
  const [out, reports] = [join(folder, "broken"), join(folder, "broken-reports")];
  const result = cli(["all", "--hub-dir", hub, "--out", out, "--reports", reports]);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(`no inventory of ${broken}: rows.jsonl.gz: the gzip data is cut short`);
  expect(result.stderr).toContain("1 of the run's tasks failed, the others are written");
  expect(existsSync(join(reports, "databricks-databricks-dolly-15k", "index.html"))).toBe(true);
  expect(readJson<Ledger>(out, "ledger.json").totals.rows_out).toBe(1);
});
