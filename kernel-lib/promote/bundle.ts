/** A step's code in one file that needs nothing beside it: helpers and packages it imports are inside. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative, resolve, sep } from "node:path";
import type { BuildFailure } from "esbuild";
import { errorText, InputError } from "../errors";
import { BUNDLE_NAME } from "../steps/sandbox";

/** Compiled library beside this file. */
const LIBRARY = join(__dirname, "..");

/** Functions of the library that a step may import from "corpuslab": those that look at their arguments alone. */
const FOR_STEPS: Readonly<Record<string, readonly string[]>> = {
  "boilerplate/remove-boilerplate": ["boilerplateRemover"],
  "canonical-json": ["canonicalizeJson"],
  "harmony/parse": ["parseHarmony"],
  "harmony/quality": ["qualityFlags"],
  "harmony/render": ["renderHarmony"],
  "harmony/spans": ["assistantSpans"],
};

/** A package whose code is inside a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** Checksum from the project's package-lock.json; null when no lock names it. */
  readonly integrity: string | null;
}

export interface Bundle {
  /** A script that leaves its exports in a variable. Runs in `loadStep`. */
  readonly js: string;
  /** The same code without comments and layout: what its identity is taken from. */
  readonly bare: string;
  /** What made it, with its version. */
  readonly compiler: string;
  /** Files of the analyst that are inside, relative to the folder, sorted: what they import by a path. */
  readonly locals: readonly string[];
  /** Packages that are inside, by name. */
  readonly packages: readonly BundledPackage[];
  /** What it would need at run time and a step cannot have: `node:fs`, packages that are not found. */
  readonly missing: readonly string[];
}

/**
 * The bundle of `source`, whose imports are resolved from `folder`. The same for the same sources, packages and
 * compiler. Nothing is written.
 * @throws InputError when the source has a fault that the compiler should have found.
 */
export async function bundleStep(source: string, folder: string): Promise<Bundle> {
  const { build, version } = await import("esbuild");
  const missing = new Set<string>();
  const bundled = (minifyWhitespace: boolean) =>
    build({
      stdin: { contents: source, resolveDir: folder, sourcefile: "step.ts", loader: "ts" },
      bundle: true,
      minifyWhitespace,
      write: false,
      metafile: true,
      absWorkingDir: folder,
      format: "iife",
      globalName: BUNDLE_NAME,
      platform: "neutral",
      mainFields: ["module", "main"],
      conditions: ["import", "default"],
      target: "es2023",
      charset: "utf8",
      legalComments: minifyWhitespace ? "none" : "inline",
      treeShaking: true,
      logLevel: "silent",
      tsconfigRaw: { compilerOptions: { strict: true, target: "es2023", verbatimModuleSyntax: false } },
      plugins: [
        {
          name: "what a step cannot have",
          setup(plugin) {
            plugin.onResolve({ filter: /^corpuslab$/ }, () => ({ path: "corpuslab", namespace: "library" }));
            plugin.onLoad({ filter: /.*/, namespace: "library" }, () => ({
              contents: Object.entries(FOR_STEPS)
                .map(([file, names]) => `export { ${names.join(", ")} } from "./${file}";`)
                .join("\n"),
              resolveDir: LIBRARY,
            }));
            plugin.onResolve({ filter: /^[^./]/ }, async ({ path, resolveDir, kind, pluginData }) => {
              if (pluginData === "seen") return null;
              if (isBuiltin(path)) {
                missing.add(path);
                return { path, external: true };
              }
              const found = await plugin.resolve(path, { resolveDir, kind, pluginData: "seen" });
              if (found.errors.length === 0) return found;
              missing.add(path);
              return { path, external: true };
            });
          },
        },
      ],
    });
  try {
    const [result, bare] = [await bundled(false), await bundled(true)];
    const all = Object.keys(result.metafile.inputs).filter((path) => !/^(step\.ts|library:.*)$/.test(path));
    const ofLibrary = all.filter((path) => !relative(LIBRARY, resolve(folder, path)).startsWith(".."));
    const inputs = all.filter((path) => !ofLibrary.includes(path));
    const inPackages = (path: string) => path.split("/").includes("node_modules");
    return {
      js: `"use strict";\n${result.outputFiles[0]!.text}`,
      compiler: `esbuild ${version}`,
      bare: bare.outputFiles[0]!.text,
      locals: inputs.filter((path) => !inPackages(path)).sort(),
      packages: [
        ...libraryPackage(ofLibrary.map((path) => resolve(folder, path))),
        ...packagesOf(inputs.filter(inPackages).map((path) => resolve(folder, path))),
      ].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
      missing: [...missing].sort(),
    };
  } catch (error) {
    const first = (error as Partial<BuildFailure>).errors?.[0];
    const noExport = /^No matching export in "library:corpuslab" for import "(\w+)"/.exec(
      first?.text ?? "",
    )?.[1];
    if (noExport !== undefined) {
      throw new InputError(
        `promote: the function uses ${noExport} of corpuslab, which a step cannot have; it may use ${Object.values(FOR_STEPS).flat().join(", ")}`,
        { cause: error },
      );
    }
    const place = first?.location ? ` (${first.location.file}:${first.location.line})` : "";
    throw new InputError(`promote: the step cannot be bundled: ${first?.text ?? errorText(error)}${place}`, {
      cause: error,
    });
  }
}

/** The packages that the files belong to, by name. */
function packagesOf(files: readonly string[]): BundledPackage[] {
  const folders = new Set(files.map(packageFolder));
  return [...folders].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      name: string;
      version: string;
    };
    return { name, version, integrity: lockedIntegrity(folder) };
  });
}

/** The library itself, where a step uses some of it; its checksum is that of the files that are inside. */
function libraryPackage(files: readonly string[]): BundledPackage[] {
  if (files.length === 0) return [];
  const { version } = JSON.parse(readFileSync(join(LIBRARY, "..", "package.json"), "utf8")) as {
    version: string;
  };
  const sum = createHash("sha256");
  for (const file of [...files].sort()) sum.update(readFileSync(file));
  return [{ name: "corpuslab", version, integrity: `sha256-${sum.digest("base64")}` }];
}

/** `…/node_modules/@scope/name` of a file in it. */
function packageFolder(file: string): string {
  const parts = file.split(sep);
  const at = parts.lastIndexOf("node_modules") + 1;
  return parts.slice(0, at + (parts[at]!.startsWith("@") ? 2 : 1)).join(sep);
}

/** The checksum that the lock beside the outermost node_modules holds for a package folder. */
function lockedIntegrity(folder: string): string | null {
  const home = folder.slice(0, folder.indexOf(`${sep}node_modules${sep}`));
  try {
    const { packages } = JSON.parse(readFileSync(join(home, "package-lock.json"), "utf8")) as {
      packages?: Record<string, { integrity?: string }>;
    };
    return packages?.[relative(home, folder).split(sep).join("/")]?.integrity ?? null;
  } catch {
    return null;
  }
}
