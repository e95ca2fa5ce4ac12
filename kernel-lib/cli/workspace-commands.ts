/** Commands about the set-up: init, doctor, kernel. */
import type { Command } from "commander";
import { doctor } from "../doctor";
import { installKernelspec } from "../kernel/install";
import { initWorkspace } from "../workspace";

export function addWorkspaceCommands(program: Command): void {
  program
    .command("init")
    .description("Make a project of your own: notebooks, pipelines, datasets, reports")
    .argument("<dir>", "folder to make")
    .addHelpText("after", "\nExample:\n  corpuslab init my-corpus")
    .action(async (dir: string) => {
      const made = await initWorkspace(dir);
      console.log(`made ${made.root}: ${made.files.join(", ")}`);
    });

  program
    .command("doctor")
    .description("Check the set-up: Node, Python, kernel, disk, DuckDB, onnxruntime, Hugging Face")
    .addHelpText("after", "\nExample:\n  corpuslab doctor")
    .action(async () => {
      const checks = await doctor();
      for (const { name, ok, detail, fix } of checks) {
        const mark = ok === true ? "ok  " : ok === "warn" ? "warn" : "FAIL";
        console.log(`${mark} ${name}: ${detail}${fix ? ` → ${fix}` : ""}`);
      }
      if (checks.some(({ ok }) => ok === false)) process.exitCode = 1;
    });

  const kernel = program.command("kernel").description("The Jupyter kernel that runs TypeScript cells");
  kernel
    .command("install")
    .description("Make the kernel visible to VS Code and other Jupyters of this user")
    .option("--user", "install for this user (the only place this command writes to)")
    .addHelpText("after", "\nExample:\n  corpuslab kernel install --user")
    .exitOverride()
    .action(async (flags: { user?: boolean }) => {
      const folder = await installKernelspec({ user: flags.user ?? false });
      console.log(`kernel installed in ${folder}`);
    });
}
