// npm run record: the tour as an animated picture, from a real JupyterLab: run the cells, drag the explorer's upper bound from
// 8,192 to 16,384 tokens, commit. Options: --rows N (default 10,000,000, some minutes), --out FILE (default
// docs/pictures/tour.gif), --frames DIR (also every frame as PNG, to look at).
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Animation } from "./record/animation.mjs";
import { runCell, withLab } from "./setup/lab-pages.mjs";
import { root } from "./setup/paths.mjs";

/** Tall enough for histogram, groups and rows at once; the picture is smaller than the window. */
const WINDOW = { width: 1280, height: 1300, scale: 0.72 };
const MOST_BYTES = 4_000_000;
const NOTEBOOK = "00-tour";
const [IMPORTS, ROWS, EXPLORE, COMMIT] = [1, 3, 5, 7];
const COLUMN = "stats_approx_tokens";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    out: { type: "string", default: path.join(root, "docs", "pictures", "tour.gif") },
    frames: { type: "string" },
  },
});
const animation = new Animation();

await withLab(
  { notebooks: [NOTEBOOK], ...WINDOW, env: { CORPUSLAB_TOUR_ROWS: options.rows } },
  async ({ open }) => {
    const page = await open(NOTEBOOK);
    await runCell(page, IMPORTS);
    await show(page, ROWS);
    await hold(page, 1200);
    await filmed(page, runCell(page, ROWS));
    await hold(page, 1500);
    await show(page, EXPLORE);
    await filmed(page, runCell(page, EXPLORE));
    await dragging(page);
    await show(page, COMMIT);
    await filmed(page, runCell(page, COMMIT));
    await page.waitForTimeout(1500); // the chart is drawn
    await show(page, COMMIT);
    await hold(page, 4000);
  },
);

if (options.frames) animation.save(options.frames);
mkdirSync(path.dirname(options.out), { recursive: true });
let gif = animation.encode();
for (const colors of [48, 32, 16]) if (gif.length > MOST_BYTES) gif = animation.encode({ colors });
writeFileSync(options.out, gif);
console.log(
  `${path.relative(process.cwd(), options.out)}: ${animation.frames} frames, ${(gif.length / 1e6).toFixed(1)} MB`,
);
if (gif.length > MOST_BYTES) throw new Error(`larger than ${MOST_BYTES / 1e6} MB, too large for git`);

/** The explorer's upper handle goes from 8,192 to 16,384 in the mouse's steps; each step is a frame. */
async function dragging(page) {
  const frame = page.frameLocator("iframe[data-corpuslab-explorer]");
  const handle = frame.getByRole("slider", { name: `upper bound of ${COLUMN}`, exact: true });
  await handle.waitFor();
  await frame.locator(".badge", { hasText: "live" }).waitFor({ timeout: 600_000 }); // the rows are in memory
  await show(page, EXPLORE);
  await hold(page, 2500);
  const bound = async () => Number(await handle.getAttribute("aria-valuenow"));
  const box = await handle.boundingBox();
  const plot = await handle.locator("..").boundingBox();
  const [y, grip] = [box.y + 8, box.x + 5];
  await page.mouse.move(grip, y);
  await page.mouse.down();
  for (let x = grip; (await bound()) < 16_384 && x < plot.x + plot.width; x += 3) {
    await page.mouse.move(x, y);
    await page.waitForTimeout(60);
    await hold(page, 120);
  }
  await page.mouse.up();
  if ((await bound()) < 16_384)
    throw new Error(`the upper bound stands at ${await bound()}, expected 16384 or more`);
  const number = frame.getByLabel(`upper bound of ${COLUMN} as a number`, { exact: true });
  await number.fill("16384");
  await number.press("Enter");
  await page.waitForTimeout(1500); // rows of both sides arrive
  await hold(page, 3500);
}

/** One frame that stands for so long. */
async function hold(page, milliseconds) {
  animation.add(await page.screenshot(), milliseconds);
}

/** Frames while something runs: waits are shown shorter than they are. */
async function filmed(page, running) {
  let done = false;
  const end = running.finally(() => {
    done = true;
  });
  while (!done) {
    await hold(page, 150);
    await page.waitForTimeout(700);
  }
  await end;
  await page.waitForTimeout(400);
  await hold(page, 800);
}

async function show(page, cell) {
  const shown = page.locator(".jp-Notebook .jp-Cell").nth(cell);
  await shown.evaluate((element) => element.scrollIntoView({ block: "start" }));
  await page.waitForTimeout(300);
}
