/** The kernelspec: how Jupyter, VS Code and nbconvert find the kernel. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { errorText, InputError, UsageError } from "../errors";

/** Name of the kernel in notebooks' metadata. */
export const KERNEL_NAME = "corpuslab";

/** Content of kernel.json. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "signal";
  readonly metadata: { readonly debugger: false };
}

/** The kernelspec of this installation: absolute paths of this Node and this library, so it works from any folder. */
export function kernelspec(): KernelSpec {
  return {
    argv: [process.execPath, resolve(__dirname, "main.js"), "{connection_file}"],
    display_name: "TypeScript (corpuslab)",
    language: "typescript",
    interrupt_mode: "signal",
    metadata: { debugger: false },
  };
}

/**
 * The kernel is registered: with `user`, for every Jupyter and VS Code of this user; with `dir`, for a Jupyter whose
 * JUPYTER_PATH names that folder. An older registration of the same name is replaced.
 * @returns the path of the kernel.json.
 * @throws UsageError when neither is given, InputError when the folder cannot be written.
 * @example installKernelspec({ user: true }) // "/home/ada/.local/share/jupyter/kernels/corpuslab/kernel.json"
 */
export function installKernelspec({
  user = false,
  dir,
}: {
  readonly user?: boolean;
  readonly dir?: string;
}): string {
  if (!user && dir === undefined) {
    throw new UsageError("kernel install: say for whom; corpuslab kernel install --user is for this user");
  }
  const folder = join(dir ?? jupyterDataDir(), "kernels", KERNEL_NAME);
  const path = join(folder, "kernel.json");
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.part`, `${JSON.stringify(kernelspec(), null, 2)}\n`);
    renameSync(`${path}.part`, path);
  } catch (cause) {
    throw new InputError(
      `kernel install: cannot write ${path} (${errorText(cause)}); make the folder writable`,
      { cause },
    );
  }
  return path;
}

/** Where Jupyter looks for a user's own kernels on this system. */
export function jupyterDataDir(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (platform === "win32" && env.APPDATA) return join(env.APPDATA, "jupyter");
  return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}
