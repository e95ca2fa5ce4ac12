/** review() in real JupyterLab: a row of hostile text with buttons and keys, whose decisions stand in the audit log. */
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readReviewLogs } from "../../kernel-lib/label/review-log";
import { type RedTeamRun, redTeamRun } from "../fixtures/red-team-run";
import { Lab, type LabNotebook, labMissing, waitFor } from "./lab";

const CELL = `import { open, review } from "corpuslab";
const r = await review(await open("out"), { reviewer: "ada" });
r`;

describe.skipIf(labMissing !== null)(`review in JupyterLab (${labMissing ?? "driven"})`, () => {
  let lab: Lab;
  let notebook: LabNotebook;
  let made: RedTeamRun;

  beforeAll(async () => {
    lab = await Lab.start();
    made = await redTeamRun(join(lab.folder, "work"));
    lab.write("work/review.ipynb", [CELL, "r.summary.rows"]);
    notebook = await lab.open("work/review.ipynb", { height: 1100 });
    await notebook.runAll();
  }, 240_000);
  afterAll(() => lab?.stop());

  const acts = () => readReviewLogs(join(made.root, "labels")).flatMap((log) => log.acts);
  const page = (): Frame => notebook.page.frames().find((frame) => frame.url() === "about:srcdoc")!;
  const where = () => page().locator(".where").innerText();

  it("decides by button and by key, shows hostile text as text, and takes back", async () => {
    await waitFor("the buttons are live", async () => (await page()?.locator(".badge.live").count()) === 1, {
      seconds: 30,
    });
    await page().locator('[data-key="3"]').click();
    await page().locator("input.note").fill("declines");
    await page().locator('[data-label="safe_refusal"]').click();
    await waitFor("the second row", async () => (await where()).startsWith("row 2 of 6"));
    await page().locator('[data-label="safe_help"]').click();
    await waitFor("what is missing is said", async () =>
      (await page().locator(".last.error").innerText()).includes("without a severity"),
    );
    await page().locator(".where").click();
    for (const key of ["1", "h"]) await notebook.page.keyboard.press(key);
    await waitFor("the third row", async () => (await where()).startsWith("row 3 of 6"));
    await page().locator('[data-key="u"]').click();
    await waitFor("the second row again", async () => (await where()).startsWith("row 2 of 6"));
    for (const row of [3, 4, 5]) {
      await page().locator('[data-key="s"]').click();
      await waitFor(`row ${row}`, async () => (await where()).startsWith(`row ${row} of 6`));
    }
    expect(await page().locator("article.learned .body").innerText()).toBe(
      "\ufffdNo.\ufffd <script>alert(1)</script>",
    );
    expect(await page().locator("script").count()).toBe(2);
    await page().locator('[data-key="s"]').click();
    await waitFor(
      "the row that is not shown whole",
      async () => (await page().locator(".warn").count()) === 1,
    );
    expect(
      acts().map(({ act, row_key, safety_label, severity, note }) => [
        act,
        row_key,
        safety_label,
        severity,
        note,
      ]),
    ).toEqual([
      ["decided", made.key(0), "safe_refusal", "high", "declines"],
      ["decided", made.key(1), "safe_help", "low", null],
      ["undone", made.key(1), "safe_help", "low", null],
    ]);
    expect(await notebook.run(1)).toBe("1");
  }, 120_000);
});
