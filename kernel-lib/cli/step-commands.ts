/** Commands over promoted steps: versions, verify, rollback. */
import { join } from "node:path";
import type { Command } from "commander";
import { InputError } from "../errors";
import { authorOf } from "../label/acts";
import { listPipelines, readPipeline } from "../pipeline/pipeline-file";
import { readManifest } from "../steps/manifest";
import { findVersion, labelMoves, labels, listSteps, listVersions, moveLabel } from "../steps/versions";
import { findWorkspace } from "../workspace";
import { interruptible } from "./interrupt";
import { verifySteps } from "./verify-steps";

const PIPELINES = ["--pipelines <dir>", "folder of the steps; default pipelines/ of the workspace"] as const;

export function addStepCommands(program: Command): void {
  program
    .command("versions")
    .description("List the versions of a promoted step, or of all")
    .argument("[name]", "name of the step")
    .option(...PIPELINES)
    .addHelpText("after", "\nExample:\n  corpuslab versions keep_short")
    .action((name: string | undefined, flags: { pipelines?: string }) => {
      const pipelines = folderOf(flags);
      if (name !== undefined)
        findVersion(pipelines, `${name}@${listVersions(pipelines, name).at(-1)?.version ?? 1}`);
      const names = name === undefined ? listSteps(pipelines) : [name];
      if (names.length === 0) console.log(`no promoted steps in ${pipelines}`);
      for (const step of names) {
        const held = labels(pipelines, step);
        for (const place of listVersions(pipelines, step)) {
          const { kind, form, code, config, author, time, proof } = readManifest(place);
          const here = Object.keys(held).filter((label) => held[label]!.version === place.version);
          console.log(
            [
              `${step}@${place.version}`,
              form === "function" ? kind : `${kind} (${form})`,
              `code ${code.slice(0, 8)}`,
              `config ${config.slice(0, 8)}`,
              `checked on ${proof.rows} rows`,
              `${author} ${time}`,
              ...(here.length > 0 ? [`← ${here.join(", ")}`] : []),
            ].join("  "),
          );
        }
        if (name === undefined) continue;
        for (const { label, version, author, reason, time } of labelMoves(pipelines, step)) {
          console.log(`  ${time}  ${label} → ${version} by ${author}: ${reason}`);
        }
      }
    });

  program
    .command("pipelines")
    .description("List the pipelines and their steps; a file that is at fault is named with its line")
    .option(...PIPELINES)
    .addHelpText("after", "\nExample:\n  corpuslab pipelines")
    .action((flags: { pipelines?: string }) => {
      const folder = folderOf(flags);
      const files = listPipelines(folder);
      if (files.length === 0) console.log(`no pipelines in ${folder}`);
      for (const file of files) {
        try {
          const { name, steps } = readPipeline(join(folder, file));
          console.log(`${file}  ${name}  ${steps.map(({ ref }) => ref).join(" → ")}`);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          console.log(error.message);
          process.exitCode = 1;
        }
      }
    });

  program
    .command("verify")
    .description(
      "Check that every byte of promoted steps is as it was written, and that they answer their golden rows as then",
    )
    .argument("[step]", "name, or name@version; default all")
    .option("--on <dir>", "run folder or dataset with the golden rows; default the one it was proven on")
    .option(...PIPELINES)
    .addHelpText("after", "\nExample:\n  corpuslab verify keep_short@2 --on out/demo")
    .action(async (step: string | undefined, flags: { on?: string; pipelines?: string }) => {
      await interruptible((signal) => verifySteps(step, { ...flags, pipelines: folderOf(flags) }, signal));
    });

  program
    .command("rollback")
    .description("Let a label stand at another version; who and why is logged")
    .argument("<step>", "name@version")
    .requiredOption("--reason <text>", "why")
    .option("--label <name>", "which label", "latest")
    .option("--author <name>", "who; default git's user.name")
    .option(...PIPELINES)
    .addHelpText("after", '\nExample:\n  corpuslab rollback keep_short@1 --reason "v2 lost the long proofs"')
    .action((step: string, flags: { reason: string; label: string; author?: string; pipelines?: string }) => {
      const pipelines = folderOf(flags);
      if (!step.includes("@"))
        throw new InputError(`rollback ${step}: expected name@version, such as ${step}@1`);
      const place = findVersion(pipelines, step);
      const { label, reason } = flags;
      moveLabel(pipelines, place, { label, reason, author: authorOf(flags.author) });
      console.log(`${place.name}: ${label} stands at version ${place.version}`);
    });
}

function folderOf({ pipelines }: { readonly pipelines?: string }): string {
  if (pipelines !== undefined) return pipelines;
  const workspace = findWorkspace();
  if (workspace) return join(workspace, "pipelines");
  throw new InputError("steps: no workspace here or above; go into one, or give --pipelines DIR");
}
