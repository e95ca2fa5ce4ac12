import { describe, expect, it } from "vitest";
import { mergeProfiles, profileShard } from "../../kernel-lib/inventory/profile-shard";
import { planShards } from "../../kernel-lib/source/plan-shards";
import { makeFolder, makeJsonl, mathRow } from "./made-source";

const folder = makeFolder();
const lines = [
  ...Array.from({ length: 400 }, (_, i) => mathRow(i, { score: i * 0.1, [`rare${i % 7}`]: i })),
  "",
  '{"uuid": "cut off',
  "[1, 2]",
  '{"n": NaN}',
  ...Array.from({ length: 2600 }, (_, i) => mathRow(i, { score: `s${i}`, tools: [] })),
  '{"a": 1,}',
];

describe("profileShard", () => {
  it("counts rows, and unreadable lines by reason with line and byte", async () => {
    const file = makeJsonl(folder, "bad.jsonl", lines);
    const profile = await profileShard(file, null);
    expect(profile.rows).toBe(3000);
    expect(profile.unreadable.count).toBe(5);
    expect(profile.unreadable.byReason).toEqual({ blank: 1, not_an_object: 1, not_json: 3 });
    const offset = Buffer.byteLength(
      lines
        .slice(0, 401)
        .map((line) => text(line))
        .join(""),
    );
    expect(profile.unreadable.first.slice(0, 2)).toMatchObject([
      { file: "bad.jsonl", row: 400, reason: "blank" },
      { file: "bad.jsonl", row: 401, offset, reason: "not_json" },
    ]);
    expect(profile.unreadable.first.map(({ row }) => row)).toEqual([400, 401, 402, 403, 3004]);
  });

  it("gives the same bytes for any cut into shards", async () => {
    const file = makeJsonl(folder, "cut.jsonl", lines);
    const whole = JSON.stringify(mergeProfiles([await profileShard(file, null)]));
    for (const rowsPerShard of [97, 1000]) {
      const { shards } = await planShards(file, { rowsPerShard });
      expect(shards.length).toBeGreaterThan(2);
      const parts = [];
      for (const shard of shards) {
        parts.push(JSON.parse(JSON.stringify(await profileShard(file, shard))));
      }
      const middle = Math.floor(parts.length / 2);
      const nested = mergeProfiles([
        mergeProfiles(parts.slice(0, middle)),
        mergeProfiles(parts.slice(middle)),
      ]);
      expect(withoutPartials(JSON.stringify(mergeProfiles(parts)))).toBe(withoutPartials(whole));
      expect(withoutPartials(JSON.stringify(nested))).toBe(withoutPartials(whole));
    }
  });

  it("counts correctness metadata without an adapter", async () => {
    const file = makeJsonl(folder, "correct.jsonl", [
      mathRow(1),
      { metadata: { reason_low: { accuracy: "0.5" } } },
      { metadata: {} },
      { metadata: null },
      { other_name: { any: { accuracy: 0 } } },
      { accuracy: 1 },
    ]);
    expect((await profileShard(file, null)).coverage.correctness).toBe(2);
  });

  it("stops after maxRows and says where", async () => {
    const file = makeJsonl(folder, "max.jsonl", [{ a: 1 }, { a: 2 }, { a: 3 }]);
    const some = await profileShard(file, null, { maxRows: 2 });
    expect([some.rows, some.stopped, some.stoppedAt]).toEqual([2, true, 16]);
    const all = await profileShard(file, null, { maxRows: 3 });
    expect([all.rows, all.stopped, all.stoppedAt]).toEqual([3, false, null]);
  });

  it("describes at most a thousand columns, those whose names sort first, with whole counts", async () => {
    const wide = Array.from({ length: 30 }, (_, i) => {
      const row: Record<string, number> = { b: i };
      for (let k = 0; k < 100; k++) row[`z${i * 100 + k}`] = k;
      if (i === 29) row.a = 1;
      return row;
    });
    const profile = await profileShard(makeJsonl(folder, "wide.jsonl", wide), null);
    expect(profile.columnsLeftOut).toBe(true);
    expect(profile.columns).toHaveLength(1000);
    const counted = Object.fromEntries(profile.columns.map(({ name, numbers }) => [name, numbers.count]));
    expect([counted.a, counted.b]).toEqual([1, 30]);
  });

  it("is aborted by its signal", async () => {
    const file = makeJsonl(folder, "abort.jsonl", [{ a: 1 }]);
    await expect(profileShard(file, null, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow(
      "stop",
    );
  });
});

function text(line: object | string): string {
  return `${typeof line === "string" ? line : JSON.stringify(line)}\n`;
}

/** Partial sums may be grouped differently; their exact total is compared through the inventory's mean elsewhere. */
function withoutPartials(json: string): string {
  return json.replace(/"(sum|squares)":\[[^\]]*\]/g, '"$1":[]');
}
