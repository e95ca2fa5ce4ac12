/** Entry of the kernel process: `node dist/kernel/main.js <connection file>`, as the kernelspec starts it. */
import { readFileSync } from "node:fs";
import { isInterrupt } from "./cell-failure";
import { startJournal } from "./journal";
import { offerLibrary } from "./library-path";
import { KernelServer } from "./server";
import type { Connection } from "./sockets";

async function main(connectionFile: string | undefined): Promise<void> {
  if (!connectionFile) {
    console.error("the kernel is started by Jupyter: it wants the path of a connection file");
    process.exit(2);
  }
  const connection = JSON.parse(readFileSync(connectionFile, "utf8")) as Connection;
  startJournal();
  offerLibrary(process.cwd());
  const server = new KernelServer(connection, process.cwd());
  process.on("SIGINT", () => server.interrupt());
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      if (!isInterrupt(error)) console.error(`${event}:`, error); // a cell's forgotten promise must not end the kernel
    });
  }
  endWithParent();
  await server.start();
}

/** A kernel whose Jupyter died without saying goodbye ends too. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 2_000).unref();
}

void main(process.argv[2]);
