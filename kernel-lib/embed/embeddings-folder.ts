/** Vectors on disk: `embeddings/<model>.<view>.v1/` of a run, shard for shard with its rows, and embed.json beside them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errorText, InputError } from "../errors";

export const EMBEDDINGS = "embeddings";
const MANIFEST = "embed.json";

const encoderSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("words"),
    name: z.literal("words"),
    digest: z.string(),
    dimensions: z.int(),
    maxTokens: z.int(),
  }),
  z.strictObject({
    kind: z.literal("onnx"),
    name: z.string(),
    digest: z.string(),
    maxTokens: z.int(),
    batchTokens: z.int(),
    pooling: z.enum(["mean", "cls"]),
    prefix: z.string(),
  }),
]);

const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** What the person called it: a folder, a repository or `words`. */
  model: z.string(),
  encoder: encoderSchema,
  view: z.enum(["prompt", "completion", "all", "text"]),
  /** In place of the view. */
  column: z.string().nullable(),
  dimensions: z.int(),
  rows: z.int(),
  embedded: z.int(),
  truncated: z.int(),
  /** Rows without a vector, by reason. */
  without: z.record(z.string(), z.int()),
  /** Of vectors beside a run: its rows, see `rowsBasis`. */
  rows_basis: z.string().optional(),
});

export type EmbeddingsManifest = z.infer<typeof manifestSchema>;

/** Columns of a shard. */
export function embeddingColumns(dimensions: number): readonly (readonly [string, string])[] {
  return [
    ["row_key", "VARCHAR"],
    ["embedding", `FLOAT[${dimensions}]`],
    ["embedding_tokens", "BIGINT"],
    ["embedding_truncated", "BOOLEAN"],
    ["embedding_reason", "VARCHAR"],
  ];
}

/** A name for files and folders: `all-minilm-l6-v2`. */
export function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "model"
  );
}

/** @throws InputError for a folder without a manifest, or with one of another format. */
export function readManifest(folder: string): EmbeddingsManifest {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, MANIFEST), "utf8"));
  } catch (cause) {
    throw new InputError(
      `${folder}: holds no finished vectors (${errorText(cause)}); run corpuslab embed again`,
      { cause },
    );
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(`${join(folder, MANIFEST)}: ${issue!.path.join(".") || "it"}: ${issue!.message}`);
}

export function manifestText(manifest: EmbeddingsManifest): string {
  return `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`;
}

export function manifestPath(folder: string): string {
  return join(folder, MANIFEST);
}

/** Finished folders of vectors in a run folder, absolute, sorted. */
export function embeddingFolders(run: string): string[] {
  const home = join(run, EMBEDDINGS);
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .sort()
    .map((name) => join(home, name))
    .filter((folder) => existsSync(join(folder, MANIFEST)));
}
