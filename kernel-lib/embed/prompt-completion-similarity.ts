/** Whether the answer speaks of what was asked. */
import { InputError } from "../errors";
import type { Table } from "../table/table";
import { type EmbedOptions, embedRun } from "./embed-run";
import { collectVectors, storedVectors } from "./stored-vectors";
import { saveSidecar, withValues, writeValues } from "./value-table";

/**
 * The run's table with `prompt_completion_similarity`, the cosine of a row's prompt with its completion (-1..1; null where
 * either has no vector), written as `flags/prompt_completion.v1/` of the run. Both views are embedded first where they are
 * not. Low values are rows to look at, not wrong rows: code, translations and short answers share little with their prompts.
 * A model sees the beginning of a long text only.
 *
 * @param table A run's table, whole.
 * @param model As for `embed`. Hashed words (`words`) measure shared words.
 * @throws InputError for a table that is not of a run.
 * @example (await promptCompletionSimilarity(await open("out/demo"), "words")).filter("prompt_completion_similarity < 0.1")
 */
export async function promptCompletionSimilarity(
  table: Table,
  model: string,
  options: Omit<EmbedOptions, "view" | "column"> = {},
): Promise<Table> {
  const { run } = table.state;
  if (run === null) {
    throw new InputError(
      `promptCompletionSimilarity: ${table.origin} is not of a run, expected one: normalize the dataset first`,
    );
  }
  const views = [];
  for (const view of ["prompt", "completion"] as const) {
    const { folder } = await embedRun(run, model, { ...options, view });
    const of = table.with({ vectors: folder });
    views.push(await collectVectors(of, await storedVectors(of, undefined, "promptCompletionSimilarity")));
  }
  const [prompt, completion] = views as [(typeof views)[number], (typeof views)[number]];
  const rows = new Map(completion.keys.map((key, row) => [key, row]));
  const keys = prompt.keys.filter((key) => rows.has(key));
  const places = new Map(prompt.keys.map((key, row) => [key, row]));
  const values = keys.map((key) => {
    const [a, b] = [places.get(key)! * prompt.dimensions, rows.get(key)! * completion.dimensions];
    let dot = 0;
    for (let i = 0; i < prompt.dimensions; i++) dot += prompt.data[a + i]! * completion.data[b + i]!;
    return dot;
  });
  const file = await writeValues(keys, { prompt_completion_similarity: { type: "DOUBLE", values } });
  await saveSidecar(run, "prompt_completion", file, { model });
  return await withValues(table, file);
}
