// Loaded into a measured Node process (node --require): at exit its CPU time and peak memory, worker threads included,
// stand in the file that CORPUSLAB_USAGE_FILE names.
const { isMainThread } = require("node:worker_threads");
const { writeFileSync } = require("node:fs");

const file = process.env.CORPUSLAB_USAGE_FILE;
if (isMainThread && file) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = {
      cpu_seconds: (userCPUTime + systemCPUTime) / 1e6,
      user_seconds: userCPUTime / 1e6,
      peak_kb: maxRSS,
    };
    writeFileSync(file, JSON.stringify(usage));
  });
}
