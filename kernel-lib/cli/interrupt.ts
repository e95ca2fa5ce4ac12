/** Ctrl-C: the first one asks the work to stop cleanly, the second one ends the process. */
import { interrupt, interruptSignal } from "../interrupt";

export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const onSignal = () => {
    if (!interrupt()) process.exit(130);
    process.stderr.write("\nstopping (Ctrl-C again to end at once)\n");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    await work(interruptSignal());
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}
