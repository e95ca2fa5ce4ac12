/** Which adapter reads which split: as told, else as the dataset's description says, else detected from the first rows. */
import { InputError } from "../errors";
import { resolveAdapter } from "../normalize/adapters";
import { bundledDescriptions, describedAdapter, loadDescriptions } from "../normalize/description";
import { detectAdapter } from "../normalize/detect-adapter";
import { firstRows } from "../source/first-rows";
import type { Source, SourceSplit } from "../source/source";

export interface AdapterChoice {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  /** Adapter reference, as `resolveAdapter` reads it. */
  readonly adapter: string;
  /** Why it was chosen, when it was detected; null when it was told or described. */
  readonly why: string | null;
}

export interface ChooseOptions {
  /** Reference that holds for every split. */
  readonly adapter?: string;
  /** Folders with descriptions beside the built-in ones; of two descriptions of a dataset the later folder wins. */
  readonly folders?: readonly string[];
}

/**
 * One choice for each split of each source, in their order.
 * @throws InputError when no shape or several fit a split: the message asks which one is meant.
 */
export async function chooseAdapters(
  sources: readonly Source[],
  { adapter, folders = [] }: ChooseOptions = {},
): Promise<AdapterChoice[]> {
  if (adapter !== undefined) resolveAdapter(adapter);
  const descriptions = loadDescriptions([bundledDescriptions(), ...folders]);
  const choices: AdapterChoice[] = [];
  for (const source of sources) {
    const description = descriptions.get(source.dataset);
    for (const split of source.splits) {
      const place = { dataset: source.dataset, subset: split.subset, split: split.split };
      if (adapter !== undefined) choices.push({ ...place, adapter, why: null });
      else if (description) {
        choices.push({
          ...place,
          adapter: describedAdapter(description, split.subset, split.split),
          why: null,
        });
      } else choices.push({ ...place, ...(await detect(source, split)) });
    }
  }
  return choices;
}

async function detect(source: Source, split: SourceSplit): Promise<{ adapter: string; why: string }> {
  const sample = await firstRows(split.files);
  const where = `${source.dataset} ${split.subset}/${split.split}`;
  if (sample.length === 0) return { adapter: "messages", why: "the split has no readable row" };
  const columns = new Set(sample.flatMap((row) => [...row.raw.keys()]));
  const found = detectAdapter(columns, sample);
  if ("ambiguous" in found) throw new InputError(`${where}: ${found.question}`);
  return { adapter: found.reference, why: found.why };
}
