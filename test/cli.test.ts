/** The command line loads only the file of the command in hand: the table that says which file must know every command. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { COMMAND_FILES, makeProgram } from "../kernel-lib/cli";
import { ROOT } from "./run/run-cli";

describe("the table of commands", () => {
  it("names of each file the commands that it adds", async () => {
    for (const { names } of COMMAND_FILES) {
      const { commands } = await makeProgram(names[0]);
      expect(commands.map((command) => command.name())).toEqual(names);
    }
  });

  it("makes the same command alone as among all", async () => {
    const helpOf = ({ commands }: Awaited<ReturnType<typeof makeProgram>>) =>
      new Map(commands.map((command) => [command.name(), command.helpInformation()]));
    const all = helpOf(await makeProgram("--help"));
    for (const [name, help] of all) {
      const alone = helpOf(await makeProgram(name));
      expect([name, alone.size < all.size, alone.get(name)]).toEqual([name, true, help]);
    }
  });
});

describe("what a command line loads", () => {
  /** Packages and rooms that a process has loaded when it ends. */
  function loadedBy(...args: readonly string[]): readonly string[] {
    const script = `
      process.on("exit", () => process.stderr.write("\\n" + JSON.stringify(Object.keys(require.cache))));
      require("./kernel-lib/dist/cli.js").main(["node", "corpuslab", ...${JSON.stringify(args)}]);`;
    const { stderr } = spawnSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" });
    const files = JSON.parse(stderr.split("\n").at(-1)!) as string[];
    return [...new Set(files.flatMap((file) => /(?:node_modules|dist)\/@?([\w-]+)/.exec(file)?.[1] ?? []))];
  }

  it("is next to nothing for the version", () => {
    expect(loadedBy("--version")).toEqual(["cli", "commander", "errors", "interrupt"]);
  });

  it("is neither DuckDB nor zod nor what opens datasets for the dedup of lines", () => {
    const loaded = loadedBy("dedup", "--help");
    expect(loaded).toContain("dedup");
    for (const name of ["duckdb", "zod", "huggingface", "yaml", "table", "source", "db"])
      expect(loaded).not.toContain(name);
  });
});
