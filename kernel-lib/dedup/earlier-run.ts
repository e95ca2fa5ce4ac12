/** Signatures of a run that stay on disk, so that new data can be held against it without reading it again. */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { InputError } from "../errors";
import type { LineFile } from "./line-file";
import { type DedupSettings, SIGNATURE_VERSION } from "./settings";
import type { SignedRange } from "./signatures";

const FOLDER = "signatures";

const index = z.object({
  version: z.literal(SIGNATURE_VERSION),
  settings: z.record(z.string(), z.unknown()),
  names: z.array(z.string()),
  ranges: z.array(
    z.object({
      signatures: z.string(),
      rows: z.number(),
      file: z.object({
        path: z.string(),
        name: z.string(),
        dataset: z.number(),
        fields: z.object({
          text: z.string(),
          id: z.string().nullable(),
          key: z.string().nullable(),
          verified: z.string().nullable(),
        }),
      }),
      /** Size and time of change of a file that is the user's own. */
      basis: z.string().nullable(),
    }),
  ),
});

/** Earlier runs, their tables numbered before those of the run in hand. */
export interface Earlier {
  readonly names: readonly string[];
  readonly ranges: readonly SignedRange[];
  /** 1 for each row that was kept. */
  readonly kept: Uint8Array;
}

/** What makes signatures comparable. */
const SAME = ["view", "system", "ngram", "hashes", "bands", "rowsPerBand", "exact", "near"] as const;

/** Moves the signatures of a run (and lines that were laid out for it) from `work` to `out`. */
export function keepSignatures(
  work: string,
  out: string,
  {
    settings,
    names,
    ranges,
    kept,
  }: {
    readonly settings: DedupSettings;
    readonly names: readonly string[];
    readonly ranges: readonly (SignedRange & { readonly rows: number })[];
    readonly kept: Uint8Array;
  },
): void {
  const relative = (path: string) => (path.startsWith(`${work}/`) ? path.slice(work.length + 1) : path);
  const content: z.infer<typeof index> = {
    version: SIGNATURE_VERSION,
    settings: { ...settings },
    names: [...names],
    ranges: ranges.map(({ file, path, rows }) => ({
      signatures: relative(path),
      rows,
      file: { ...file, path: relative(resolve(file.path)) },
      basis: file.path.startsWith(`${work}/`) ? null : basisOf(file.path),
    })),
  };
  writeFileSync(join(work, "index.json"), JSON.stringify(content));
  writeFileSync(join(work, "kept.bin"), kept);
  mkdirSync(out, { recursive: true });
  renameSync(work, join(out, FOLDER));
}

/**
 * The earlier runs in `folders`, in order.
 * @throws InputError when one kept no signatures, has other settings, or its rows have changed since.
 */
export function openEarlier(folders: readonly string[], settings: DedupSettings): Earlier {
  const names: string[] = [];
  const ranges: SignedRange[] = [];
  const kept: Uint8Array[] = [];
  for (const folder of folders) {
    const at = join(resolve(folder), FOLDER);
    if (!existsSync(join(at, "index.json"))) {
      throw new InputError(
        `${folder}: holds no signatures to compare with; run its dedup with --keep-signatures, and give its --out here`,
      );
    }
    const parsed = index.safeParse(JSON.parse(readFileSync(join(at, "index.json"), "utf8")));
    if (!parsed.success) {
      throw new InputError(`${folder}: its signatures are of another version; run its dedup again`, {
        cause: parsed.error,
      });
    }
    const { data } = parsed;
    for (const name of SAME) {
      if (data.settings[name] === settings[name]) continue;
      throw new InputError(
        `${folder}: its signatures were made with ${name} ${String(data.settings[name])}, this run has ${String(settings[name])}; both need the same`,
      );
    }
    const before = names.length;
    for (const range of data.ranges) {
      const path = isAbsolute(range.file.path) ? range.file.path : join(at, range.file.path);
      if (!existsSync(path) || (range.basis !== null && basisOf(path) !== range.basis)) {
        throw new InputError(
          `${path}: is ${existsSync(path) ? "not what it was" : "missing"} since ${folder} was made from it; similar rows could not be verified: run that dedup again`,
        );
      }
      const file: LineFile = { ...range.file, path, dataset: before + range.file.dataset };
      ranges.push({ file, path: join(at, range.signatures) });
    }
    names.push(...data.names);
    kept.push(readFileSync(join(at, "kept.bin")));
  }
  return { names, ranges, kept: Buffer.concat(kept) };
}

function basisOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}
