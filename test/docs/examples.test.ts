/** Every example in README and docs is run as it stands, page by page, in a workspace of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { ROOT, temporaryFolder } from "../run/run-cli";

const pages = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith(".md"),
);

interface Block {
  readonly language: string;
  readonly text: string;
}

/** Fenced blocks; one marked `not run` in its info line is left out. */
function blocks(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(bash|ts)([^\n]*)\n([\s\S]*?)^```$/gm)]
    .filter((match) => !match[2]!.includes("not run"))
    .map((match) => ({ language: match[1]!, text: match[3]! }));
}

/** The command line by its bare name, as after a global install. */
function shellPath(folder: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(join(ROOT, "kernel-lib", "bin", "corpuslab.js"), join(bin, "corpuslab"));
  return `${bin}:${process.env.PATH}`;
}

function run(block: Block, workspace: string, path: string): { status: number | null; output: string } {
  const options = {
    cwd: workspace,
    encoding: "utf8" as const,
    env: { ...process.env, PATH: path, NODE_PATH: join(ROOT, "node_modules") },
  };
  if (block.language === "bash") {
    const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", block.text], options);
    return { status, output: stdout + stderr };
  }
  const { outputText } = ts.transpileModule(block.text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const script = join(workspace, "example.cjs");
  writeFileSync(
    script,
    `(async () => {\n${outputText}\n})().catch((e) => { console.error(e); process.exit(1); });`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], options);
  return { status, output: stdout + stderr };
}

describe.each(pages)("%s", (page) => {
  const found = blocks(page);
  it.skipIf(found.length === 0)(
    "does what its examples say",
    () => {
      const folder = temporaryFolder();
      const path = shellPath(folder);
      const workspace = join(folder, "workspace");
      mkdirSync(workspace);
      for (const block of found) {
        const { status, output } = run(block, workspace, path);
        expect({ block: block.text, status, output: status === 0 ? "" : output }).toEqual({
          block: block.text,
          status: 0,
          output: "",
        });
      }
    },
    300_000,
  );
});
