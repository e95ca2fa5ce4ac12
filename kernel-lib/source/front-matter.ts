/** The YAML block at the head of a dataset card. */

import { parseDocument } from "yaml";
import { z } from "zod";

/** One subset as the card describes it. */
export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Null: the card leaves the files to be found by their names (inside `dataDir`). */
  readonly dataFiles: readonly { readonly split: string; readonly patterns: readonly string[] }[] | null;
  readonly dataDir: string | null;
}

export interface DatasetCard {
  /** Several licenses are joined with `, `. */
  readonly license: string | null;
  readonly configs: readonly CardConfig[];
  /** What could not be understood, in words. */
  readonly problems: readonly string[];
}

const patterns = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const splitPatterns = z.object({ split: z.coerce.string(), path: patterns });
const config = z.object({
  config_name: z.coerce.string().default("default"),
  default: z.boolean().default(false),
  data_dir: z.string().nullish(),
  data_files: z
    .union([
      z.array(splitPatterns).transform((list) => list.map(({ split, path }) => ({ split, patterns: path }))),
      splitPatterns.transform(({ split, path }) => [{ split, patterns: path }]),
      patterns.transform((path) => [{ split: "train", patterns: path }]),
      z
        .record(z.string(), patterns)
        .transform((map) => Object.entries(map).map(([split, path]) => ({ split, patterns: path }))),
    ])
    .nullish(),
});

const EMPTY: DatasetCard = { license: null, configs: [], problems: [] };

/**
 * What the card says about license, subsets and splits. A card without front matter says nothing; front matter that
 * cannot be read is a problem in words, never an error: the files are then found by their names.
 */
export function parseFrontMatter(readme: string): DatasetCard {
  const block = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/.exec(readme)?.[1];
  if (block === undefined) return EMPTY;
  const document = parseDocument(block);
  const fault = document.errors[0];
  if (fault) {
    const line = fault.linePos?.[0].line;
    const where = line === undefined ? "" : ` at line ${line + 1}`;
    return { ...EMPTY, problems: [`README.md: front matter is not YAML${where}; splits follow file names`] };
  }
  const data: unknown = document.toJS({ maxAliasCount: 100 });
  if (data === null || typeof data !== "object") return EMPTY;
  const fields = data as Record<string, unknown>;
  const problems: string[] = [];
  const configs: CardConfig[] = [];
  for (const [index, item] of (Array.isArray(fields.configs) ? fields.configs : []).entries()) {
    const read = config.safeParse(item);
    if (!read.success) {
      const issue = read.error.issues[0];
      problems.push(
        `README.md: configs[${index}].${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`,
      );
      continue;
    }
    const merged = new Map<string, string[]>();
    for (const { split, patterns: paths } of read.data.data_files ?? []) {
      merged.set(split, [...(merged.get(split) ?? []), ...paths]);
    }
    configs.push({
      name: read.data.config_name,
      isDefault: read.data.default,
      dataDir: read.data.data_dir ?? null,
      dataFiles: read.data.data_files
        ? [...merged].map(([split, paths]) => ({ split, patterns: paths }))
        : null,
    });
  }
  return { license: licenseText(fields), configs, problems };
}

function licenseText(fields: Record<string, unknown>): string | null {
  const licenses = [fields.license].flat().filter((item): item is string => typeof item === "string");
  const named = typeof fields.license_name === "string" ? fields.license_name : null;
  const texts = licenses.map((license) => (license === "other" && named ? named : license));
  return texts.length > 0 ? texts.join(", ") : null;
}
