/** A stage from start to end, stopped when the caller is. */
import type { ProgressListener } from "../progress";
import type { Engine, Stage, StageResult, TaskListener } from "./engine";

/**
 * What the stage's tasks said; failures are in the result.
 * @throws whatever `signal` was aborted with, once the running tasks were finished or discarded.
 */
export async function runStage(
  engine: Engine,
  stage: Stage,
  {
    signal,
    onProgress,
    onTask,
  }: {
    readonly signal: AbortSignal;
    readonly onProgress?: ProgressListener | null | undefined;
    readonly onTask?: TaskListener;
  },
): Promise<StageResult> {
  signal.throwIfAborted();
  const handle = engine.submit(stage);
  if (onProgress) handle.onProgress(onProgress);
  if (onTask) handle.onTask(onTask);
  const cancel = () => void handle.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const result = await handle.wait();
  signal.removeEventListener("abort", cancel);
  signal.throwIfAborted();
  return result;
}
