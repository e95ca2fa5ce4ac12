/** The task modules an engine can run, by name. Loaded when first used, so that a thread loads only what it runs. */
import { InputError } from "../errors";
import type { TaskModule } from "./engine";

const LOADERS: Record<string, () => TaskModule> = {
  plan: () => (require("./plan-task") as typeof import("./plan-task")).planTask,
  normalize: () => (require("./normalize-task") as typeof import("./normalize-task")).normalizeTask,
  "exact-duplicates": () =>
    (require("./exact-duplicates-task") as typeof import("./exact-duplicates-task")).exactDuplicatesTask,
  "mark-duplicates": () =>
    (require("./mark-duplicates-task") as typeof import("./mark-duplicates-task")).markDuplicatesTask,
  flag: () => (require("./flag-task") as typeof import("./flag-task")).flagTask,
};

export function loadTaskModule(name: string): TaskModule {
  const load = LOADERS[name];
  if (!load)
    throw new InputError(`unknown task module "${name}", expected one of ${Object.keys(LOADERS).join(", ")}`);
  return load();
}
