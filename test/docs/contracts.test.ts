import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROW_COLUMNS } from "../../kernel-lib/row";

it("documents every canonical column with its type, in order", () => {
  const page = readFileSync(join(__dirname, "..", "..", "docs", "contracts.md"), "utf8");
  const table = page.slice(page.indexOf("## Canonical row"), page.indexOf("## Canonical JSON"));
  const rows = [...table.matchAll(/^\| (\w+) \| ([^|]+?)( \?)? \|/gm)].filter(
    (match) => match[1] !== "column",
  );
  expect(rows.map((match) => [match[1], match[2]])).toEqual(Object.entries(ROW_COLUMNS));
});
