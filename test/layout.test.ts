/** The house rules: who may import whom, no cycles, no file over 400 lines, every dependency pinned. */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(__dirname, "..");
const LIB = join(ROOT, "kernel-lib");

const CORE = [
  "row",
  "errors",
  "canonical-json",
  "json-text",
  "step",
  "interrupt",
  "progress",
  "harmony",
  "web-assembly",
];

/** Room (a folder or a root file of kernel-lib) → rooms it may import besides itself and core. */
const MAY_IMPORT: Record<string, readonly string[] | "anything"> = {
  ...Object.fromEntries(CORE.map((room) => [room, []])),
  db: [],
  "run-folder": ["db"],
  hub: [],
  onnx: [],
  notebook: ["db"],
  kernel: ["notebook"],
  normalize: [],
  model: ["onnx", "hub"],
  tokens: [],
  flag: ["tokens"],
  classify: ["model"],
  source: ["db", "hub", "notebook"],
  label: ["db", "run-folder", "engine", "notebook", "workspace"],
  table: ["db", "source", "run-folder", "notebook", "label"],
  plot: ["db", "notebook"],
  review: ["db", "run-folder", "notebook", "label", "table", "kernel", "workspace"],
  explore: ["db", "run-folder", "notebook", "table", "kernel"],
  demo: ["db", "notebook"],
  inventory: ["db", "source", "normalize", "notebook"],
  select: ["db", "run-folder", "notebook", "label"],
  publish: ["db", "run-folder", "select"],
  engine: [],
  openlineage: [],
  run: [
    ...["db", "run-folder", "engine", "source", "table", "normalize", "flag", "publish", "notebook"],
    ...["openlineage", "steps", "workspace", "classify", "embed"],
  ],
  dedup: ["db", "run-folder", "engine", "table", "notebook", "plot"],
  embed: ["db", "run-folder", "engine", "table", "notebook", "plot", "model"],
  boilerplate: ["dedup", "table", "notebook"],
  split: ["db", "engine", "dedup", "table", "notebook"],
  lineage: [
    "db",
    "run-folder",
    "engine",
    "source",
    "table",
    "notebook",
    "normalize",
    "select",
    "run",
    "label",
    "steps",
    "pipeline",
    "workspace",
  ],
  steps: ["db", "label", "notebook", "workspace"],
  pipeline: ["db", "run-folder", "engine", "run", "table", "notebook", "steps", "workspace", "openlineage"],
  diff: ["db", "run-folder", "engine", "table", "notebook", "steps", "pipeline", "workspace"],
  promote: [
    "db",
    "boilerplate",
    "table",
    "notebook",
    "kernel",
    "label",
    "select",
    "steps",
    "pipeline",
    "workspace",
  ],
  quality: ["db", "run-folder", "flag", "table", "notebook", "plot"],
  policy: ["db", "table", "notebook", "normalize", "select", "workspace"],
  score: [
    ...[
      "db",
      "run-folder",
      "engine",
      "source",
      "table",
      "notebook",
      "plot",
      "model",
      "tokens",
      "select",
      "policy",
    ],
    "run",
  ],
  workspace: [],
  doctor: ["db", "hub", "onnx", "kernel", "workspace"],
  dataset: ["source", "table", "demo", "normalize", "workspace"],
  cli: "anything",
  index: "anything",
};

/** Packages that only one place may import. */
const ONLY_IN: Record<string, string> = {
  "@duckdb/node-api": "db",
  "@duckdb/node-bindings": "db",
  "@huggingface/hub": "hub",
  "onnxruntime-node": "onnx",
  tokenizers: "model",
  commander: "cli",
  "cli-progress": "cli",
  tslab: "kernel",
  diff: "notebook",
  esbuild: "promote",
  "jsonc-parser": "pipeline",
  "ml-kmeans": "embed",
  "ml-pca": "embed",
  typescript: "promote",
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/(^|[\\/])(dist|node_modules)[\\/]/.test(name))
    .map((name) => join(folder, name));
}

function room(path: string): string {
  return relative(LIB, path).replace(/\.ts$/, "").split(sep)[0]!;
}

const files = sources(LIB);
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(file, "utf8");
  const found = [
    ...text.matchAll(/^\s*(?:import|export)\b[^;"]*?from\s+"([^"]+)"|\b(?:require|import)\("([^"]+)"\)/gm),
  ];
  return found.map((match) => ({ file, target: (match[1] ?? match[2])! }));
});
const local = imports
  .filter(({ target }) => target.startsWith("."))
  .map(({ file, target }) => {
    const path = resolve(dirname(file), target.replace(/\.js$/, "")); // so the imports that load when they are reached
    const hit = [`${path}.ts`, join(path, "index.ts")].find((candidate) => files.includes(candidate));
    return { file, target: hit ?? path };
  });

describe("layout", () => {
  it("has an entry for every room", () => {
    expect([...new Set(files.map(room))].filter((name) => !(name in MAY_IMPORT))).toEqual([]);
  });

  it("imports only downwards", () => {
    const wrong = local.filter(({ file, target }) => {
      const [from, to] = [room(file), room(target)];
      const allowed = MAY_IMPORT[from];
      return from !== to && allowed !== "anything" && !CORE.includes(to) && !allowed?.includes(to);
    });
    expect(wrong.map(({ file, target }) => `${relative(LIB, file)} → ${relative(LIB, target)}`)).toEqual([]);
  });

  it("has no import cycles", () => {
    const graph = new Map<string, string[]>();
    for (const { file, target } of local) graph.set(file, [...(graph.get(file) ?? []), target]);
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...path.slice(path.indexOf(file)), file].map((f) => relative(LIB, f)).join(" → "));
        return;
      }
      state.set(file, "open");
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      state.set(file, "done");
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("keeps each heavy package behind one door", () => {
    const wrong = imports.filter(({ file, target }) => {
      const home = Object.entries(ONLY_IN).find(
        ([name]) => target === name || target.startsWith(`${name}/`),
      )?.[1];
      return home !== undefined && room(file) !== home;
    });
    expect(wrong.map(({ file, target }) => `${relative(LIB, file)} imports ${target}`)).toEqual([]);
  });

  it("declares every package it imports", () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(LIB, "package.json"), "utf8"),
    );
    const declared = Object.keys({ ...dependencies, ...optionalDependencies, tslab: "" });
    const used = imports
      .map(({ target }) => target)
      .filter(
        (target) =>
          !target.startsWith(".") && !target.startsWith("node:") && !builtinModules.includes(target),
      )
      .map((target) =>
        target
          .split("/")
          .slice(0, target.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    expect([...new Set(used)].filter((name) => !declared.includes(name))).toEqual([]);
  });

  it("has no file over 400 lines", () => {
    const long = [...files, ...sources(join(ROOT, "test"))]
      .map((file) => ({ file: relative(ROOT, file), lines: readFileSync(file, "utf8").split("\n").length }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  it("pins every dependency", () => {
    const loose = ["package.json", "kernel-lib/package.json"].flatMap((name) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, name), "utf8"));
      const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
      return Object.entries(all as Record<string, string>)
        .filter(([, version]) => !/^\d+\.\d+\.\d+[\w.-]*$/.test(version) && !version.startsWith("file:"))
        .map(([dependency, version]) => `${name}: ${dependency} ${version}`);
    });
    expect(loose).toEqual([]);
  });
});
