/** run.json of a normalize run: everything that decides its bytes. */
import { DEFAULT_FLAGS } from "../flag";
import { markFields, type ResearchMark } from "../run-folder/research-mode";
import type { Source } from "../source/source";
import type { AdapterChoice } from "./choose-adapters";
import { codeIdentity, type RunManifest } from "./manifest";
import type { NormalizeOptions } from "./normalize-options";
import type { PlannedFile } from "./parts";

export function normalizeManifest(
  sources: readonly Source[],
  planned: readonly PlannedFile[],
  adapters: readonly AdapterChoice[],
  options: Omit<NormalizeOptions, "out">,
  mark: ResearchMark | null,
): RunManifest {
  const { splits, limit, dedup, minCompletionChars, specials, flags, rowsPerShard, shardBytes } = options;
  const config = {
    splits: splits ?? null,
    limit: limit ?? null,
    drop_invalid_harmony: options.dropInvalidHarmony ?? false,
    drop_empty_completion: options.dropEmptyCompletion ?? false,
    drop_invalid_tools: options.dropInvalidTools ?? false,
    dedup: dedup ?? false,
    min_completion_chars: minCompletionChars ?? 1,
    specials: specials ?? "reject",
    flags: flags ?? DEFAULT_FLAGS,
    rows_per_shard: rowsPerShard ?? 20_000,
    shard_bytes: shardBytes ?? 32 * 1024 * 1024,
  };
  const inputs = sources.map((source) => ({
    dataset: source.dataset,
    revision: source.revision,
    license: source.license,
    origin: source.origin,
    adapter: Object.fromEntries(
      adapters
        .filter((choice) => choice.dataset === source.dataset)
        .map((choice) => [`${choice.subset}/${choice.split}`, choice.adapter]),
    ),
    files: planned
      .filter((one) => one.source === source)
      .map(({ subset, split, file: { name, bytes, sha256 } }) => ({ name, bytes, sha256, subset, split })),
  }));
  return { format: "corpuslab.run", version: 1, config, code: codeIdentity(), inputs, ...markFields(mark) };
}
