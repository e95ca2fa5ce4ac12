/** `corpuslab verify`: what was checked of each version, and what is not as it was. */
import { dirname, join, resolve } from "node:path";
import { open } from "../dataset";
import { type VersionCheck, verifyVersion } from "../lineage/verify-version";
import { plainText } from "../notebook/plain-text";
import { shown } from "../steps/outcome";
import { findVersion, listSteps, listVersions } from "../steps/versions";
import { findWorkspace } from "../workspace";

const LISTED = 20;

/** Prints a line for each version and each fault. Exit code 1 for damage, other answers, and `--on` without the rows. */
export async function verifySteps(
  step: string | undefined,
  { on, pipelines }: { readonly on?: string; readonly pipelines: string },
  signal: AbortSignal,
): Promise<void> {
  const places =
    step === undefined ? listSteps(pipelines).flatMap((name) => listVersions(pipelines, name)) : [];
  if (step !== undefined) {
    const versions = step.includes("@") ? [] : listVersions(pipelines, step);
    places.push(...(versions.length > 0 ? versions : [findVersion(pipelines, step)]));
  }
  const options = { signal, onProgress: null };
  const table = on === undefined ? null : await open(on, options);
  const workspace = findWorkspace(resolve(pipelines)) ?? dirname(resolve(pipelines));
  let faults = 0;
  for (const place of places) {
    const check = await verifyVersion(place, {
      ...{ pipelines, signal, homes: [process.cwd(), workspace, join(workspace, "notebooks")] },
      ...(table ? { on: table } : {}),
      open: (ref) => open(ref, options),
    });
    for (const line of linesOf(check)) console.log(line);
    const { replay } = check;
    const lacksRows = on !== undefined && replay !== null && replay.golden > 0 && replay.replayed === 0;
    faults += check.damage.length + (replay?.differing.length ?? 0) + (lacksRows ? 1 : 0);
  }
  console.log(`${places.length} versions checked, ${faults === 0 ? "no faults" : `${faults} faults`}`);
  if (faults > 0) process.exitCode = 1;
}

function linesOf({ ref, damage, replay, rows }: VersionCheck): string[] {
  if (replay === null) {
    const bytes = damage.length === 0 ? "every byte is as it was written" : `${damage.length} files damaged`;
    return [`${ref}: ${bytes}; golden rows ${plainText(rows)}`, ...damage.map((line) => `  ${line}`)];
  }
  const { golden, replayed, gone, changed, differing } = replay;
  const answers =
    differing.length > 0
      ? `${differing.length} OTHER ANSWERS`
      : replayed > 0
        ? "each answer is as it was"
        : "no answer was compared";
  return [
    `${ref}: every byte is as it was written; ${replayed} of ${golden} golden rows replayed on ${plainText(rows)}: ${answers}`,
    ...listed("gone", gone),
    ...listed("has other values now, not compared", changed),
    ...differing
      .slice(0, LISTED)
      .map(
        ({ key, expected, answer }) =>
          `  ${plainText(key)}: answered ${shown(answer)}, when it was promoted ${shown(expected)}`,
      ),
    ...(differing.length > LISTED ? [`  … and ${differing.length - LISTED} more`] : []),
  ];
}

function listed(what: string, keys: readonly string[]): string[] {
  const lines = keys.slice(0, LISTED).map((key) => `  ${plainText(key)}: ${what}`);
  return keys.length > LISTED ? [...lines, `  … and ${keys.length - LISTED} more: ${what}`] : lines;
}
