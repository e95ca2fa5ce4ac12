/** The stand-in of Anthropic/hh-rlhf: every rejected answer is kept, and `chosen` is not safe by its name. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { normalize } from "../../kernel-lib/run/normalize";
import { buildPools } from "../../kernel-lib/select/pools";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { open } from "../../kernel-lib/table/open";
import { temporaryFolder } from "../run/run-cli";

const HUB = process.env.CORPUSLAB_HUB_DIR ?? join(__dirname, "..", "..", "..", "shared", "hub");
const isThere = existsSync(join(HUB, "Anthropic", "hh-rlhf"));
if (!isThere) console.warn(`SKIPPED: hh-rlhf of a hub folder, ${HUB} has none (set CORPUSLAB_HUB_DIR)`);

describe.runIf(isThere)("Anthropic/hh-rlhf of a hub folder", () => {
  it("keeps every rejected answer, and puts no row into a red-team pool before somebody looked", async () => {
    const folder = temporaryFolder();
    const source = await resolveSource("Anthropic/hh-rlhf", { hubDir: HUB });
    const run = await normalize(source, {
      out: join(folder, "run"),
      workers: 1,
      flags: [],
      onProgress: null,
    });
    const kept = await (await open(run.out))
      .select(["source_file", "source_row", "source_extra_json"])
      .toArray();
    const files = source.splits.flatMap((split) => split.files);
    const lines = new Map(
      files.map(({ name, path }) => [name, gunzipSync(readFileSync(path)).toString("utf8").split("\n")]),
    );
    expect(kept.length).toBe(run.ledger.totals.rows_out);
    for (const { source_file, source_row, source_extra_json } of kept) {
      const { rejected } = JSON.parse(lines.get(String(source_file))![Number(source_row)]!) as {
        rejected: unknown;
      };
      expect(
        (JSON.parse(String(source_extra_json ?? "{}")) as { rejected?: unknown }).rejected ?? null,
      ).toEqual(rejected);
    }
    const pools = await buildPools([run.out], {
      out: join(folder, "pools"),
      only: ["red_team"],
      workers: 1,
      onProgress: null,
    });
    expect(pools.pools).toMatchObject([
      { name: "red_team", rows: 0, refused: { not_reviewed: kept.length } },
    ]);
  });
});
