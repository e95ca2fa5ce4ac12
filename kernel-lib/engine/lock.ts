/** One process at a time writes into a run folder. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { errorText, InputError } from "../errors";
import { statePath, sweepAttempts } from "./commit";

/** Locks of this process; the pid alone does not tell, it may be that of a process before a restart. */
const held = new Set<string>();

/**
 * The run folder is this process's until the returned function is called. A lock that a killed process left is taken over.
 * @throws InputError when another living process of this machine holds it, or a process of another machine.
 */
export function lockRun(out: string): () => void {
  const path = statePath(out, "lock");
  const mine = `${hostname()} ${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw new InputError(
      `cannot write to ${out}: ${errorText(cause)}; name a folder of your own with --out`,
      { cause },
    );
  }
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, mine, { flag: "wx" });
      held.add(path);
      return () => unlock(out, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 2) throw error;
      const [host, pid] = readHolder(path);
      const isStale =
        host === hostname() && (Number(pid) === process.pid ? !held.has(path) : !isAlive(Number(pid)));
      if (host === "" || isStale) rmSync(path, { force: true });
      else {
        throw new InputError(
          `${out} is being written by process ${pid} on ${host}: wait for it, choose another --out, ` +
            `or delete ${path} when that process is gone`,
        );
      }
    }
  }
}

/** Attempts that were cut off go with the lock; a folder that holds no run is left as it was found. */
function unlock(out: string, path: string): void {
  sweepAttempts(out);
  held.delete(path);
  rmSync(path, { force: true });
  if (readdirSync(dirname(path)).length === 0) rmdirSync(dirname(path));
}

function readHolder(path: string): [host: string, pid: string] {
  const [host = "", pid = ""] = readFileSync(path, "utf8").split(" ");
  return [host, pid];
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
