import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bundleStep } from "../../kernel-lib/promote/bundle";
import { identityOf } from "../../kernel-lib/promote/identity";
import {
  damage,
  findVersion,
  labelMoves,
  listSteps,
  listVersions,
  moveLabel,
  writeVersion,
} from "../../kernel-lib/steps/versions";

const pipelines = mkdtempSync(join(tmpdir(), "corpuslab-versions-"));
afterAll(() => rmSync(pipelines, { recursive: true }));
const files = (version: number) => ({ "step.ts": `// ${version}\n`, "manifest.json": "{}\n" });

describe("versions", () => {
  it("are numbered, whole, and checked by their bytes", () => {
    const place = writeVersion(pipelines, "keep_short", files);
    expect(writeVersion(pipelines, "keep_short", files).version).toBe(2);
    expect(listVersions(pipelines, "keep_short").map(({ version }) => version)).toEqual([1, 2]);
    expect(listSteps(pipelines)).toEqual(["keep_short"]);
    expect(damage(place)).toEqual([]);
    execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: place.folder });
    writeFileSync(join(place.folder, "step.ts"), "// 7\n");
    writeFileSync(join(place.folder, "more.txt"), "");
    rmSync(join(place.folder, "manifest.json"));
    expect(damage(place).map((line) => line.slice(place.folder.length + 1))).toEqual([
      "manifest.json: missing",
      "step.ts: changed after it was written",
      "more.txt: added",
    ]);
  });

  it("hold programs in folders, whose every byte and name counts", () => {
    const program = { bytes: Buffer.from("#!/bin/sh\n"), executable: true };
    const place = writeVersion(pipelines, "judged", () => ({
      "files/lib/run.sh": program,
      "files/a.py": "1\n",
    }));
    expect(damage(place)).toEqual([]);
    execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: place.folder });
    expect(statSync(join(place.folder, "files/lib/run.sh")).mode & 0o100).toBe(0o100);
    mkdirSync(join(place.folder, "files/cache"));
    appendFileSync(join(place.folder, "files/lib/run.sh"), "#");
    appendFileSync(join(place.folder, "SHA256SUMS"), `${"0".repeat(64)}  ../up.txt\n`);
    expect(damage(place).map((line) => line.slice(place.folder.length + 1))).toEqual([
      "files/lib/run.sh: changed after it was written",
      "SHA256SUMS: has a line that is no checksum",
      "files/cache: added",
    ]);
  });

  it("leave nothing behind when they cannot be made", () => {
    expect(() =>
      writeVersion(pipelines, "broken", () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(readdirSync(join(pipelines, "broken"))).toEqual([]);
    expect(() => writeVersion(pipelines, "../x", files)).toThrow("expected a name such as keep_short");
  });

  it("are found by number and by label, and labels remember their moves", () => {
    const [one, two] = listVersions(pipelines, "keep_short");
    moveLabel(pipelines, two!, { label: "production", author: "ada", reason: "better" });
    appendFileSync(join(pipelines, "keep_short", "labels.jsonl"), '{"label":"produc');
    moveLabel(pipelines, one!, { label: "production", author: "bob", reason: "lost the long ones" });
    expect(findVersion(pipelines, "keep_short@production").version).toBe(1);
    expect(
      labelMoves(pipelines, "keep_short").map(({ version, author, reason }) => [version, author, reason]),
    ).toEqual([
      [2, "ada", "better"],
      [1, "bob", "lost the long ones"],
    ]);
    expect(() => findVersion(pipelines, "keep_shrt@1")).toThrow("did you mean keep_short?");
    expect(() => findVersion(pipelines, "keep_short@9")).toThrow("expected 1 to 2 or production");
  });

  it("are two when two processes write at once", async () => {
    const script = `require("esbuild"); const { writeVersion } = require(process.argv[1]);
      for (let i = 0; i < 20; i++) writeVersion(process.argv[2], "raced", (v) => ({ "who.txt": process.pid + " " + v }));`;
    const library = join(__dirname, "..", "..", "kernel-lib", "dist", "steps", "versions.js");
    const ends = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise((resolve) =>
            spawn(process.execPath, ["-e", script, library, pipelines], { stdio: "inherit" }).on(
              "exit",
              resolve,
            ),
          ),
      ),
    );
    expect(ends).toEqual([0, 0, 0]);
    const versions = listVersions(pipelines, "raced");
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(versions.flatMap(damage)).toEqual([]);
    expect(readdirSync(join(pipelines, "raced")).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("identityOf", () => {
  const identity = async (source: string, more: object = {}) => {
    const bundle = { ...(await bundleStep(source, pipelines)), ...more };
    return identityOf({ kind: "filter", bundle, schemas: {}, params: { limit: 3 } }).code;
  };
  const source =
    "export const bind = ({ limit }: { limit: number }) => (row: { n: number }) => row.n < limit;";

  it("ignores comments and layout, and nothing else", async () => {
    const base = await identity(source);
    expect(await identity(`// why\n${source.replace("=> (row", "=>\n    /* a */ (row")}`)).toBe(base);
    expect(await identity(source.replace("<", "<="))).not.toBe(base);
    expect(await identity(source, { packages: [{ name: "a", version: "1.0.0", integrity: "x" }] })).not.toBe(
      base,
    );
  });

  it("changes with an imported helper", async () => {
    const using = `import { two } from "./helper-x";\nexport const bind = () => (row: { n: number }) => row.n < two;`;
    writeFileSync(join(pipelines, "helper-x.ts"), "export const two = 2; // two\n");
    const before = await identity(using);
    writeFileSync(join(pipelines, "helper-x.ts"), "export const two = 2;\n");
    expect(await identity(using)).toBe(before);
    writeFileSync(join(pipelines, "helper-x.ts"), "export const two = 3;\n");
    expect(await identity(using)).not.toBe(before);
  });

  it("has the parameters apart", async () => {
    const bundle = await bundleStep(source, pipelines);
    const [a, b] = [3, 4].map((limit) =>
      identityOf({ kind: "filter", bundle, schemas: {}, params: { limit } }),
    );
    expect(a!.code).toBe(b!.code);
    expect(a!.config).not.toBe(b!.config);
  });
});
