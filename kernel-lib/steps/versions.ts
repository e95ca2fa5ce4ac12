/**
 * Promoted steps on disk: `pipelines/<name>/v<N>/`, written in one move and never changed again, and beside them
 * `labels.jsonl`, a log that only grows.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { InputError, nearestNames } from "../errors";
import { appendActs, readLog } from "../label/log";

/** Content of a file; `executable` for programs. */
export type VersionFile = string | { readonly bytes: Uint8Array; readonly executable: boolean };

/** Files of a version beside the list of their checksums, by path: `step.ts`, `files/judge.py`. */
export type VersionFiles = Readonly<Record<string, VersionFile>>;

/** What a file of a version may be called: parts of letters, digits, `_`, `.` and `-`, none of them `.` or `..`. */
export const VERSION_PATH = /^(?!.*(^|\/)\.\.?(\/|$))[\w.-]+(\/[\w.-]+)*$/;

export interface VersionPlace {
  readonly name: string;
  readonly version: number;
  readonly folder: string;
}

/** `sha256sum --check` reads it too. */
const SUMS = "SHA256SUMS";

const labelLine = z.object({
  label: z.string(),
  version: z.int().positive(),
  /** SHA-256 of the version's list of checksums, so that an exchanged folder is noticed. */
  digest: z.string(),
  author: z.string(),
  reason: z.string(),
  time: z.iso.datetime(),
});

/** Who moved a label to which version, when and why. */
export type LabelMove = z.infer<typeof labelLine>;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** @throws InputError unless the name is snake_case: it becomes a folder and a column prefix. */
export function checkStepName(name: string): void {
  if (NAME.test(name) && name.length <= 80) return;
  throw new InputError(
    `promote ${name}: expected a name such as keep_short (a-z, 0-9, _; at most 80 characters)`,
  );
}

/** Versions of a step, ascending; empty when there is none. */
export function listVersions(pipelines: string, name: string): VersionPlace[] {
  const home = join(pipelines, name);
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .flatMap((entry) => {
      const number = /^v([1-9]\d*)$/.exec(entry)?.[1];
      return number ? [{ name, version: Number(number), folder: join(home, entry) }] : [];
    })
    .sort((a, b) => a.version - b.version);
}

/** Names of all steps, sorted. */
export function listSteps(pipelines: string): string[] {
  if (!existsSync(pipelines)) return [];
  return readdirSync(pipelines, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && NAME.test(entry.name) && listVersions(pipelines, entry.name).length > 0,
    )
    .map((entry) => entry.name)
    .sort();
}

/**
 * The files are the next version of the step, all of them or none; `make` is given the number. Two processes that write
 * at once get two numbers.
 */
export function writeVersion(
  pipelines: string,
  name: string,
  make: (version: number) => VersionFiles,
): VersionPlace {
  checkStepName(name);
  const home = join(pipelines, name);
  mkdirSync(home, { recursive: true });
  for (;;) {
    const version = (listVersions(pipelines, name).at(-1)?.version ?? 0) + 1;
    const folder = join(home, `v${version}`);
    const attempt = join(home, `.v${version}-${randomUUID()}`);
    try {
      mkdirSync(attempt);
      const files = make(version);
      for (const [file, content] of Object.entries(files)) writeSynced(join(attempt, file), content);
      writeSynced(join(attempt, SUMS), sumsText(files));
      renameSync(attempt, folder); // fails where the folder exists: it is never empty
      return { name, version, folder };
    } catch (error) {
      rmSync(attempt, { recursive: true, force: true });
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "EPERM") throw error;
      if (!existsSync(folder)) throw error;
    }
  }
}

/**
 * The place of `name@3` or `name@label` (default label: latest).
 * @throws InputError with the nearest names.
 */
export function findVersion(pipelines: string, ref: string): VersionPlace {
  const [name = "", wanted = "latest"] = ref.split("@");
  const versions = listVersions(pipelines, name);
  if (versions.length === 0) {
    const near = nearestNames(name, listSteps(pipelines));
    throw new InputError(
      `step ${ref}: no such step in ${pipelines}${near.length > 0 ? `; did you mean ${near.join(" or ")}?` : ""}`,
    );
  }
  const number = /^\d+$/.test(wanted) ? Number(wanted) : labels(pipelines, name)[wanted]?.version;
  const found = versions.find(({ version }) => version === number);
  if (found) return found;
  const known = Object.keys(labels(pipelines, name));
  throw new InputError(
    `step ${ref}: no such version, expected 1 to ${versions.at(-1)!.version}${known.length > 0 ? ` or ${known.join(", ")}` : ""}`,
  );
}

/** What is wrong with the bytes of a version, a line for each file; empty when every byte is as it was written. */
export function damage({ folder }: VersionPlace): string[] {
  const sums = join(folder, SUMS);
  if (!existsSync(sums)) return [`${sums}: missing`];
  const found: string[] = [];
  const named = new Set([SUMS]);
  for (const line of readFileSync(sums, "utf8").trimEnd().split("\n")) {
    const [, sum, file] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (!sum || !file || !VERSION_PATH.test(file)) {
      found.push(`${sums}: has a line that is no checksum`);
      continue;
    }
    named.add(file);
    const path = join(folder, file);
    if (!existsSync(path)) found.push(`${path}: missing`);
    else if (sha256(readFileSync(path)) !== sum) found.push(`${path}: changed after it was written`);
  }
  for (const file of filesIn(folder)) if (!named.has(file)) found.push(`${join(folder, file)}: added`);
  return found;
}

/** Paths of all files, and of folders that are empty; with `/`. */
function filesIn(folder: string, under = ""): string[] {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    const inside = filesIn(folder, path);
    return inside.length > 0 ? inside : [path];
  });
}

/** SHA-256 of a version's list of checksums: stands for all its bytes. */
export function digestOf({ folder }: VersionPlace): string {
  return sha256(readFileSync(join(folder, SUMS)));
}

/** The log entry is added: `label` stands at this version from now on. */
export function moveLabel(
  pipelines: string,
  place: VersionPlace,
  { label, author, reason }: Pick<LabelMove, "label" | "author" | "reason">,
): void {
  if (!/^[a-z][a-z0-9-]*$/.test(label)) {
    throw new InputError(`label ${label}: expected a name such as production (a-z, 0-9, -)`);
  }
  const line: LabelMove = {
    label,
    version: place.version,
    digest: digestOf(place),
    author,
    reason,
    time: new Date().toISOString(),
  };
  appendActs(labelsPath(pipelines, place.name), [line]);
}

/** Every move of a label, oldest first. A line that a killed writer left torn is passed over. */
export function labelMoves(pipelines: string, name: string): readonly LabelMove[] {
  return readLog(labelsPath(pipelines, name), labelLine).acts;
}

/** Where each label stands: its last move. `latest` follows the newest version unless it was moved. */
export function labels(pipelines: string, name: string): Record<string, LabelMove> {
  return Object.fromEntries(labelMoves(pipelines, name).map((move) => [move.label, move]));
}

function labelsPath(pipelines: string, name: string): string {
  return join(pipelines, name, "labels.jsonl");
}

function sumsText(files: VersionFiles): string {
  return Object.keys(files)
    .sort()
    .map((file) => `${sha256(bytesOf(files[file]!))}  ${file}\n`)
    .join("");
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function bytesOf(content: VersionFile): string | Uint8Array {
  return typeof content === "string" ? content : content.bytes;
}

function writeSynced(path: string, content: VersionFile): void {
  mkdirSync(dirname(path), { recursive: true });
  const mode = typeof content !== "string" && content.executable ? 0o777 : 0o666;
  writeFileSync(path, bytesOf(content), { flag: "wx", mode });
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
