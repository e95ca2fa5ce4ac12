/** A run that tells OpenLineage when it starts and how it ends. */
import { join } from "node:path";
import { errorText } from "../errors";
import { type EventDetails, type LineageJob, type LineageOutcome, lineageEvent } from "./event";
import { EventSink } from "./event-sink";
import { lineageSettings } from "./settings";
import { uuid7 } from "./uuid7";

/** Name of the file in the run folder. It grows by two lines with each start of the run. */
export const LINEAGE_FILE = "openlineage.jsonl";

export interface ObserveOptions<Result> {
  /** Folder for `openlineage.jsonl`. It exists. */
  readonly out: string;
  /** Stopped by the user: the run ends with ABORT, not FAIL. */
  readonly signal: AbortSignal;
  /** What a FAIL event says of the error; default its message. */
  readonly messageOf?: (error: unknown) => string;
  readonly outcome: (result: Result) => LineageOutcome | Promise<LineageOutcome>;
}

/**
 * What `action` gives. A START event is out before it begins, a COMPLETE, FAIL (with the error's message) or ABORT event
 * when it ends: posted to OPENLINEAGE_URL where that is set, else a line each in `openlineage.jsonl`. A server that does
 * not answer costs 5 seconds an event and fails nothing. A process that is killed leaves START alone.
 */
export async function observeRun<Result>(
  job: LineageJob,
  action: () => Promise<Result>,
  { out, signal, outcome, messageOf = errorText }: ObserveOptions<Result>,
): Promise<Result> {
  const settings = lineageSettings();
  if (settings.disabled) return await action();
  const sink = new EventSink(join(out, LINEAGE_FILE), settings);
  const runId = uuid7();
  const emit = (details: Omit<EventDetails, "time" | "runId">) =>
    sink.send(lineageEvent(job, settings, { ...details, time: new Date(), runId }));
  await emit({ type: "START" });
  let result: Result;
  try {
    result = await action();
  } catch (error) {
    await emit({ type: signal.aborted ? "ABORT" : "FAIL", message: messageOf(error) });
    throw error;
  }
  await emit({ type: "COMPLETE", outcome: await outcome(result) });
  return result;
}
