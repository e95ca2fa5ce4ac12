// How fast and in how much memory `corpuslab normalize` works, whole processes, beside the Python scripts it replaces.
//
// Options: --mb 250 (size of each input), --repeat 1 (the run with the least CPU counts), --memory-mb 1000 (size of the
// input for the memory run, 0 leaves it out), --no-python, --normalize <script> (another command line to measure).
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureNode, measurePython, pythonWith } from "./measure.mjs";

const require = createRequire(import.meta.url);

/** Rows per CPU-second that the issue states for the Python scripts, and how many times that is wanted. */
export const INPUTS = [
  { name: "Math-v2", shapes: ["high_math", "medium_math", "low_math"], python: 5190, least: 2.5, aim: 4 },
  { name: "Agentic", shapes: ["tool_calling"], python: 4120, least: 1.3, aim: 2.5 },
];
const PEAK_MB = 1.2 * 1024;
const SPEED_UP = 1.7;

/** A demo dataset of about `mb` megabytes (10^6 bytes) under `folder`; made once. Rows, bytes and data folder. */
export async function benchData(generateDemo, folder, shapes, mb, log) {
  const dir = join(folder, `${shapes[0]}-${mb}MB`);
  const expected = join(dir, "corpuslab", "demo.expected.json");
  const sample = await generateDemo(join(folder, "sample"), { rows: 4000, shapes });
  const rows = Math.round((mb * 1e6 * 4000) / bytesOf(sample));
  const found = existsSync(expected) ? JSON.parse(readFileSync(expected, "utf8")) : null;
  if (found?.rows !== rows || found.version !== sample.version) {
    log(`making ${mb} MB of ${shapes.join(", ")}: ${rows} rows`);
    await generateDemo(dir, { rows, shapes });
  }
  const manifest = JSON.parse(readFileSync(expected, "utf8"));
  return { dir, rows: manifest.rows, mb: bytesOf(manifest) / 1e6 };
}

function bytesOf(manifest) {
  let bytes = 0;
  for (const split of Object.values(manifest.splits)) for (const file of split.files) bytes += file.bytes;
  return bytes;
}

/** The report as Markdown. */
export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      mb: { type: "string", default: "250" },
      repeat: { type: "string", default: "1" },
      "memory-mb": { type: "string", default: "1000" },
      "no-python": { type: "boolean", default: false },
      normalize: { type: "string", default: join(root, "kernel-lib", "bin", "corpuslab.js") },
    },
  });
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const { generateDemo } = require(join(root, "kernel-lib", "dist", "demo", "generate-demo.js"));
  const repeat = Math.max(1, Number(values.repeat));
  const normalize = (data, workers) =>
    best(repeat, async () => {
      const out = mkdtempSync(join(cache, "out-"));
      try {
        const command = [
          "normalize",
          "corpuslab/demo",
          "--hub-dir",
          data.dir,
          "--out",
          out,
          "--workers",
          String(workers),
        ];
        return await measureNode(values.normalize, command, { cwd: root });
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    });

  const python = values["no-python"]
    ? { python: null, reason: "left out" }
    : await pythonWith(join(root, ".cache", "bench-venv"), join(root, "test", "bench", "requirements.txt"));
  const rates = [];
  const verdicts = [];
  const peaks = [];
  for (const input of INPUTS) {
    const data = await benchData(generateDemo, cache, input.shapes, Number(values.mb), log);
    const row = (label, used) => {
      rates.push([input.name, label, data.rows, data.mb, used]);
      log(`${input.name} ${label}: ${Math.round(data.rows / used.cpuSeconds)} rows per CPU-second`);
      return used;
    };
    const one = row("corpuslab, 1 worker", await normalize(data, 1));
    const two = row("corpuslab, 2 workers", await normalize(data, 2));
    const rate = data.rows / one.cpuSeconds;
    verdicts.push(
      verdict(
        `${input.name}: rows per CPU-second ÷ ${input.python} of the Python scripts`,
        rate / input.python,
        input.least,
        `${input.least}×, aim ${input.aim}×`,
      ),
    );
    if (python.python) {
      const baseline = row("Python baseline", await pythonRun(root, cache, python.python, data, repeat));
      const baselineRate = data.rows / baseline.cpuSeconds;
      verdicts.push(
        verdict(
          `${input.name}: rows per CPU-second ÷ ${Math.round(baselineRate)} of the Python baseline, this run`,
          rate / baselineRate,
          input.least,
          `${input.least}×`,
        ),
      );
    }
    verdicts.push(
      verdict(
        `${input.name}: 1 worker's wall time ÷ 2 workers'`,
        one.wallSeconds / two.wallSeconds,
        SPEED_UP,
        `${SPEED_UP}×`,
      ),
    );
    peaks.push([input.name, data.mb, 1, one.peakMb], [input.name, data.mb, 2, two.peakMb]);
  }
  if (Number(values["memory-mb"]) > 0) {
    for (const input of INPUTS) {
      const data = await benchData(generateDemo, cache, input.shapes, Number(values["memory-mb"]), log);
      peaks.push([input.name, data.mb, 1, (await normalize(data, 1)).peakMb]);
      log(`${input.name} ${Math.round(data.mb)} MB: peak ${Math.round(peaks.at(-1)[3])} MB`);
    }
  }
  return report({ rates, verdicts, peaks, python, repeat });
}

async function pythonRun(root, cache, python, data, repeat) {
  return best(repeat, async () => {
    const out = mkdtempSync(join(cache, "python-"));
    try {
      const used = await measurePython(python, join(root, "test", "bench", "python_baseline.py"), [
        data.dir,
        out,
      ]);
      if (used.said.rows < data.rows * 0.99)
        throw new Error(`the Python baseline read ${used.said.rows} of ${data.rows} rows`);
      return used;
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
}

async function best(times, measure) {
  let found;
  for (let i = 0; i < times; i++) {
    const used = await measure();
    if (!found || used.cpuSeconds < found.cpuSeconds) found = used;
  }
  return found;
}

function verdict(what, got, least, wanted) {
  return [what, `${got.toFixed(2)}×`, wanted, got >= least ? "reached" : "**missed**"];
}

/** The tables. */
export function report({ rates, verdicts, peaks, python, repeat }) {
  const most = Math.max(...peaks.map(([, , , peak]) => peak));
  return [
    `CPU seconds are user + system of the whole process, all threads${repeat > 1 ? `; the best of ${repeat} runs` : ""}.`,
    python.python ? "" : `\nPython baseline not run: ${python.reason}.\n`,
    table(
      ["input", "tool", "rows", "MB", "CPU s", "wall s", "rows / CPU s", "MB / CPU s", "peak MB"],
      rates.map(([input, tool, rows, mb, used]) => [
        input,
        tool,
        rows,
        mb.toFixed(0),
        used.cpuSeconds.toFixed(1),
        used.wallSeconds.toFixed(1),
        Math.round(rows / used.cpuSeconds),
        (mb / used.cpuSeconds).toFixed(1),
        Math.round(used.peakMb),
      ]),
    ),
    "",
    table(["target", "got", "wanted", ""], verdicts),
    "",
    table(
      ["input", "MB", "workers", "peak MB"],
      peaks.map(([input, mb, workers, peak]) => [input, mb.toFixed(0), workers, Math.round(peak)]),
    ),
    "",
    `Peak memory ${Math.round(most)} MB, wanted below ${Math.round(PEAK_MB)} MB and flat: ${most < PEAK_MB ? "reached" : "**missed**"}.`,
  ].join("\n");
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
