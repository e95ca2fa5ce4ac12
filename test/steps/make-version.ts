/** Versions for tests, without a notebook. */
import type { StepManifest } from "../../kernel-lib/steps/manifest";
import { type VersionFiles, type VersionPlace, writeVersion } from "../../kernel-lib/steps/versions";

/** A version of a filter `tokens < maxTokens`, unless said otherwise. */
export function makeVersion(
  pipelines: string,
  name: string,
  { files = {}, ...more }: Partial<StepManifest> & { readonly files?: VersionFiles } = {},
): VersionPlace {
  const object = (properties: Record<string, object> = {}) => ({ type: "object", properties });
  return writeVersion(pipelines, name, (version) => ({
    "manifest.json": JSON.stringify({
      format: 1,
      name,
      version,
      kind: "filter",
      form: "function",
      code: "a".repeat(64),
      config: "b".repeat(64),
      reads: object({ tokens: { type: "number" } }),
      writes: object(),
      params: object({ maxTokens: { type: "integer", minimum: 1 } }),
      values: { maxTokens: 500 },
      nulls: {},
      captured: [],
      packages: [],
      locals: [],
      compiler: "typescript 5.9.3",
      table: "rows.jsonl",
      proof: { rows: 10, strata: { any: 10 }, outcomes: { keep: 5, drop: 5 } },
      author: "ada",
      time: "2026-11-21T12:00:00.000Z",
      ...more,
    }),
    "step.js": "var __step = { bind: ({ maxTokens }) => (row) => row.tokens < maxTokens };",
    ...files,
  }));
}
