/** why, trace and label as an analyst uses them: in cells of the real kernel, with rows of a table. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { normalize } from "../../kernel-lib/run/normalize";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { KernelSession, kernelMissing } from "../kernel/kernel-session";
import { writeRows } from "../run/make-rows";
import { temporaryFolder } from "../run/run-cli";

it.skipIf(kernelMissing !== null)(
  `answers as the last expression of a cell (${kernelMissing ?? "driven"})`,
  async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, "corpuslab.json"), '{ "workspace": 1 }\n');
    mkdirSync(join(root, "notebooks"));
    writeRows(join(root, "rows.jsonl"), 60);
    await normalize(await resolveSource(join(root, "rows.jsonl")), { out: join(root, "out"), workers: 1 });
    const session = await KernelSession.start(join(root, "notebooks"));
    try {
      const cells = await session.runAll([
        'import { label, open, trace, why } from "corpuslab";\nconst ds = await open("../out");',
        "const rows = await ds.head(3).toArray();\nawait why(rows[1])",
        'label(rows[1], "bad", { reason: "because" })',
        "await trace(rows[1])",
        '(await ds.filter("label = \'bad\'").toArray()).map((row) => [row.row_key, row.label_reason].join(""))',
        'await why("rows@local/rows.jsonl#57")',
        'await why("nobody")',
      ]);
      const shown = cells.map(({ outputs }) =>
        outputs
          .filter(({ type }) => type === "execute_result" || type === "display_data")
          .map(({ content }) => content.data as Record<string, string>),
      );
      expect(shown[1]![0]!["text/plain"]).toMatch(
        /^IN: rows@local\/rows\.jsonl#1 .*the run that the row was read from\)$/s,
      );
      expect(shown[1]![0]!["text/html"]).toContain("IN: rows@local/rows.jsonl#1");
      expect(shown[2]![0]!["text/plain"]).toMatch(/^labeled bad: rows@local\/rows\.jsonl#1 \(because\)/);
      expect(shown[3]![0]!["text/plain"]).toMatch(/^SAME: rows@local\/rows\.jsonl#1\n/);
      expect(JSON.stringify(cells[4]!.outputs)).toContain("rows@local/rows.jsonl#1because");
      expect(shown[5]![0]!["text/plain"]).toMatch(
        /^OUT: rows@local\/rows\.jsonl#57 could not be read \(not_json\)/,
      );
      expect(cells[6]!.outputs.find(({ type }) => type === "error")!.content.evalue).toMatch(
        /no row has the id or text_id "nobody"/,
      );
    } finally {
      await session.stop();
    }
  },
);
