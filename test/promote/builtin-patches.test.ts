import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { builtinPatches } from "../../kernel-lib/promote/builtin-patches";

const before = builtinPatches();
const { max } = Math;
afterEach(() => {
  Math.max = max;
  delete (Array.prototype as { last?: unknown }).last;
});

describe("builtinPatches", () => {
  it("finds what was added and what was replaced", () => {
    Object.assign(Array.prototype, { last: () => 1 });
    Math.max = () => 7;
    const added = builtinPatches().filter((name) => !before.includes(name));
    expect(added).toEqual(["Array.prototype.last", "Math.max"]);
  });

  it("finds nothing in a plain Node", () => {
    const script = "console.log(JSON.stringify(require(process.argv[1]).builtinPatches()))";
    const built = join(__dirname, "..", "..", "kernel-lib", "dist", "promote", "builtin-patches.js");
    expect(execFileSync(process.execPath, ["-e", script, built], { encoding: "utf8" })).toBe("[]\n");
  });
});
