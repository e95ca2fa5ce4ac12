import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { normalize } from "../../kernel-lib/run/normalize";
import { openRun } from "../../kernel-lib/run/run";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "./run-cli";

const plain = (value: object) => String(value);
const html = (value: object) =>
  (value as unknown as Record<symbol, () => Record<string, string>>)[Symbol.for("corpuslab.display")]!()[
    "text/html"
  ]!;

describe("run.duplicates()", () => {
  it("lists the clusters of a run, and shows the rows of one side by side", async () => {
    const duplicates = await openRun(await makeRun(join(temporaryFolder(), "run"), { rows: 40 })).duplicates({
      largest: 3,
    });
    expect(duplicates.totals).toEqual({ clusters: 4, duplicates: 4 });
    expect(
      duplicates.clusters.map(({ number, rows, kind, kept }) => [number, rows, kind, kept.split("#")[1]]),
    ).toEqual([
      [1, 2, "exact", "16"],
      [2, 2, "exact", "26"],
      [3, 2, "exact", "36"],
    ]);
    expect(plain(duplicates)).toContain("the 3 largest of 4 clusters");
    expect(plain(duplicates)).toContain(
      "1: 2 rows, exact: acme/quo'te\"d@0123456789abcdef0123456789abcdef01234567/data.jsonl#16 · q16",
    );
    expect(html(duplicates)).toContain("acme/quo&#39;te&quot;d@");
    const shown = await duplicates.show(1);
    expect(plain(shown)).toContain("duplicate cluster 1: 2 rows");
    expect(plain(shown)).toContain("id: [-id-16-] {+id-17+}");
    expect(plain(shown)).toContain("<|start|>user<|message|>[-q16-]{+q17+}<|end|>");
    expect(html(shown)).toMatch(/<del [^>]*>q16<\/del>[\s\S]*<ins [^>]*>q17<\/ins>/);
    const byMember = await duplicates.show(duplicates.clusters[0]!.kept.replace("#16", "#37"));
    expect(plain(byMember)).toContain("duplicate cluster 3: 2 rows");
    const unlisted = duplicates.clusters[0]!.kept.replace("#16", "#7");
    for (const cluster of [4, unlisted]) {
      const last = plain(await duplicates.show(cluster));
      expect(last).toContain("duplicate cluster 4: 2 rows");
      expect(last).toContain("id: [-id-6-] {+id-7+}");
    }
  });

  it("says what is wrong with a cluster, and when nobody looked", async () => {
    const folder = temporaryFolder();
    const duplicates = await openRun(await makeRun(join(folder, "run"), { rows: 40 })).duplicates();
    await expect(duplicates.show(5)).rejects.toThrow(
      "duplicates: cluster 5 is no cluster, expected 1 to 4 or the row_key",
    );
    await expect(duplicates.show("it's")).rejects.toThrow('duplicates: "it\'s" is no cluster');
    const without = openRun(await makeRun(join(folder, "without"), { duplicates: false }));
    await expect(without.duplicates()).rejects.toThrow("nobody looked for duplicates");
    const none = await openRun(await makeRun(join(folder, "none"), { rows: 5 })).duplicates();
    expect(plain(none)).toBe("no duplicates");
    await expect(none.show(1)).rejects.toThrow("this run has no duplicates");
  });

  it("finds duplicates that were marked and those that were refused", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "twice.jsonl");
    const row = (question: string, uuid: string) =>
      `${JSON.stringify({
        uuid,
        messages: [
          { role: "user", content: question },
          { role: "assistant", content: "4" },
        ],
      })}\n`;
    writeFileSync(path, row("2+2?", "a") + row("1+3?", "b") + row("2+2?", "c") + row("2+2?", "d"));
    for (const dedup of [false, true]) {
      const run = await normalize(await open(path), { out: join(folder, `dedup-${dedup}`), dedup });
      const duplicates = await run.duplicates();
      expect(duplicates.clusters.map(({ rows, text }) => [rows, text?.includes("2+2?")])).toEqual([
        [3, true],
      ]);
      const shown = plain(await duplicates.show(1, { members: 1 }));
      expect(shown).toContain(dedup ? "exact, refused" : "· exact");
      expect(shown).toContain("1 of 2 members beside the kept row");
      expect(shown).toMatch(/id: \[-a-] \{\+[cd]\+}/);
      expect(shown).toMatch(/the text is the same, \d+ characters/);
    }
  });
});
