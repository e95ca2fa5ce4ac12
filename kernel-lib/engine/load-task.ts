/** A task module by its path in the library. Loaded when first used, so that a thread loads only what it runs. */
import { InputError } from "../errors";
import type { TaskModule } from "./engine";

/** `run/normalize-task` → what that file exports as `task`. */
export function loadTask(module: string): TaskModule {
  if (!/^[a-z]+\/[a-z-]+-task$/.test(module)) {
    throw new InputError(`task module "${module}": expected the path of a task file, such as run/flag-task`);
  }
  return (require(`../${module}`) as { readonly task: TaskModule }).task;
}
