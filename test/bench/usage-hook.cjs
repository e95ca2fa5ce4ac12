// Loaded into a measured Node process (node --require): at exit its CPU time and peak memory, worker threads included,
// stand in the file that CORPUSLAB_USAGE_FILE names.
const { isMainThread } = require("node:worker_threads");
const { readFileSync, writeFileSync } = require("node:fs");

const file = process.env.CORPUSLAB_USAGE_FILE;
if (isMainThread && file) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = {
      cpu_seconds: (userCPUTime + systemCPUTime) / 1e6,
      user_seconds: userCPUTime / 1e6,
      peak_kb: ownPeak() ?? maxRSS,
    };
    writeFileSync(file, JSON.stringify(usage));
  });
}

/** maxRSS begins with what the parent held when it started this process; Linux also tells what the process itself held. */
function ownPeak() {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  } catch {
    return null;
  }
}
