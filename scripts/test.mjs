// npm test: set-up as far as tests need it, format check, strict types, all tests. The last line counts them.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureChromium } from "./setup/chromium.mjs";
import { ensureKernelspec } from "./setup/kernelspec.mjs";
import { ensureLibrary } from "./setup/library.mjs";
import { ensureNodePackages } from "./setup/node-packages.mjs";
import { ensureNotebookVenv } from "./setup/notebook-venv.mjs";
import { root } from "./setup/paths.mjs";
import { loudly, runScript, SetupError, step } from "./setup/step.mjs";
import { ensureTestVenv } from "./test-venv.mjs";

const results = path.join(root, ".state", "tests.json");

await runScript("test", async () => {
  await ensureNodePackages();
  const env = await prepare();
  const node = (args) => loudly(process.execPath, args, { env });
  const checks = [
    ["format", await node(["node_modules/@biomejs/biome/bin/biome", "check", "."])],
    ["types", await node(["node_modules/typescript/bin/tsc", "-p", "tsconfig.check.json"])],
    ["types of pages", await node(["node_modules/typescript/bin/tsc", "-p", "tsconfig.page.json"])],
  ];
  for (const [name, code] of checks) console.log(`${code === 0 ? "✓" : "✗"} ${name}`);
  rmSync(results, { force: true });
  mkdirSync(path.dirname(results), { recursive: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  const files = process.argv.slice(2);
  const code = await node(["node_modules/vitest/vitest.mjs", "run", ...reporters, ...files]);
  const counted = count(checks, code);
  for (const name of counted.skipped) console.log(`skipped: ${name}`);
  console.log(`${counted.passed} passed, ${counted.failed} failed, ${counted.skipped.length} skipped`);
  return counted.failed === 0 ? 0 : 1;
});

/** What tests need beyond packages. What cannot be had is said here; the tests that need it skip and say so too. */
async function prepare() {
  let missing;
  try {
    await ensureLibrary();
    missing = await ensureNotebookVenv();
    if (!missing) ensureKernelspec();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message); // the type check and the tests say more
  }
  if (missing) console.log(`without the kernel and notebook tests: ${missing}`);
  await step("Python packages of the tests (.venv-test)", () => {
    const started = Date.now();
    const { python, reason } = ensureTestVenv();
    if (!python) console.log(`without the tests that compare with Python: ${reason}`);
    return python !== null && Date.now() - started > 1000;
  });
  const { chromium, reason } = await ensureChromium();
  if (!chromium) console.log(`without the browser tests: ${reason}`);
  return chromium ? { CHROMIUM: chromium } : {};
}

/** Format and types count as one check each, a test file that does not load as one failed test. */
function count(checks, vitestCode) {
  let passed = checks.filter(([, code]) => code === 0).length;
  let failed = checks.length - passed;
  const skipped = [];
  let report;
  try {
    report = JSON.parse(readFileSync(results, "utf8"));
  } catch {
    console.error("vitest ended without a report");
    return { passed, failed: failed + 1, skipped };
  }
  let failedTests = 0;
  for (const file of report.testResults) {
    if (file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"))
      failedTests++;
    for (const test of file.assertionResults) {
      if (test.status === "passed") passed++;
      else if (test.status === "failed") failedTests++;
      else skipped.push(`${path.relative(root, file.name)}: ${test.fullName}`);
    }
  }
  if (vitestCode !== 0 && failedTests === 0) failedTests = 1; // an error outside of any test
  failed += failedTests;
  return { passed, failed, skipped };
}
