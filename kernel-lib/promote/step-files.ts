/** Files of an external step: read into the version, each by its bytes. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { errorText, InputError } from "../errors";
import { VERSION_PATH, type VersionFiles } from "../steps/versions";

/** A version stands in git: models and data do not belong into it. */
const MAX_BYTES = 64 * 1024 * 1024;

type StepFile = Exclude<VersionFiles[string], string>;

/**
 * The files by their path below `from`; those outside of it by their name alone.
 * @throws InputError for a file that cannot be read, a name that a version cannot have, or more than 64 MiB.
 */
export function readStepFiles(
  step: string,
  paths: readonly string[],
  from: string,
): Record<string, StepFile> {
  const files: Record<string, StepFile> = {};
  let bytes = 0;
  for (const path of paths) {
    const full = resolve(from, path);
    const inside = relative(from, full).replaceAll("\\", "/");
    const name = inside.startsWith("../") || isAbsolute(inside) ? basename(full) : inside;
    if (!VERSION_PATH.test(name)) {
      throw new InputError(
        `promote ${step}: file ${JSON.stringify(name)}, expected a name of letters, digits, _, . and -`,
      );
    }
    if (name in files) throw new InputError(`promote ${step}: two files would be called ${name}`);
    let content: Buffer;
    let mode: number;
    try {
      content = readFileSync(full);
      mode = statSync(full).mode;
    } catch (cause) {
      throw new InputError(
        `promote ${step}: file ${path} cannot be read (${errorText(cause)}); files are named from ${from}, one by one`,
        { cause },
      );
    }
    bytes += content.length;
    if (bytes > MAX_BYTES) {
      throw new InputError(
        `promote ${step}: its files have more than 64 MiB; a version stands in git, let the program name its model by a path or a revision in params`,
      );
    }
    files[name] = { bytes: content, executable: (mode & 0o100) !== 0 };
  }
  return files;
}

/** The files are in the folder, as they will be in the version. */
export function stageFiles(folder: string, files: Readonly<Record<string, StepFile>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, { bytes, executable }] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes, { mode: executable ? 0o777 : 0o666 });
  }
}

/** Files in the folder that are not as they were staged. */
export function changedFiles(folder: string, files: Readonly<Record<string, StepFile>>): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  const added = found.filter((name) => !(name in files));
  const changed = Object.entries(files).filter(
    ([name, { bytes }]) => !found.includes(name) || !readFileSync(join(folder, name)).equals(bytes),
  );
  return [...added, ...changed.map(([name]) => name)].sort();
}

/** SHA-256 of each file, by name. */
export function hashesOf(files: Readonly<Record<string, StepFile>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, { bytes }]) => [
      name,
      createHash("sha256").update(bytes).digest("hex"),
    ]),
  );
}
