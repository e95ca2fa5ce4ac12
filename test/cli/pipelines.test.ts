/** `corpuslab pipelines`: what is there, and what is at fault. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli, temporaryFolder } from "../run/run-cli";
import { makeVersion } from "../steps/make-version";

it("lists pipelines with their steps, and points at the line of a fault", () => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  expect(cli(["pipelines", "--pipelines", folder]).stdout).toBe(`no pipelines in ${folder}\n`);
  makeVersion(folder, "keep_short");
  makeVersion(folder, "keep_sql", { form: "sql" });
  const file = (name: string, ...steps: string[]) =>
    writeFileSync(
      join(folder, `${name}.json`),
      JSON.stringify(
        { format: "corpuslab.pipeline", version: 1, name, steps: steps.map((step) => ({ step })) },
        null,
        2,
      ),
    );
  file("curate", "keep_short@1", "keep_sql@1");
  file("stale", "keep_shot@1");
  const { code, stdout } = cli(["pipelines", "--pipelines", folder]);
  expect([code, stdout.split("\n")]).toEqual([
    1,
    [
      "curate.json  curate  keep_short@1 → keep_sql@1",
      `${join(folder, "stale.json")}:7:15: steps[0].step: keep_shot@1: no such step in ${folder}; did you mean keep_short or keep_sql?`,
      "",
    ],
  ]);
  expect(cli(["versions", "--pipelines", folder]).stdout).toMatch(/^keep_sql@1 {2}filter \(sql\) {2}code /m);
});
