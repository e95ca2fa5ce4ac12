/** Versions of steps without a kernel: a source text, bundled as a promotion does it. */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { bundleStep } from "../../kernel-lib/promote/bundle";
import { manifestSchema, type StepManifest } from "../../kernel-lib/steps/manifest";
import type { StepKind } from "../../kernel-lib/steps/outcome";
import { writeVersion } from "../../kernel-lib/steps/versions";

export interface MadeStep {
  readonly name: string;
  readonly kind?: StepKind;
  /** Column → JSON type. */
  readonly reads: Readonly<Record<string, string>>;
  readonly writes?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly nulls?: Readonly<Record<string, "keep" | "drop">>;
  /** Body of `bind`'s function: it sees `row` and the parameters by name. */
  readonly body: string;
}

/** The next version of the step in `pipelines`; its ref. */
export async function makeStep(pipelines: string, step: MadeStep): Promise<string> {
  mkdirSync(pipelines, { recursive: true });
  const { params = {}, body } = step;
  const source = `export function bind({ ${Object.keys(params).join(", ")} }: any) {\n  return (row: any) => {\n    ${body}\n  };\n}\n`;
  const bundle = await bundleStep(source, pipelines);
  return write(pipelines, step, "function", bundle.bare, { "step.ts": source, "step.js": bundle.js });
}

type OtherForm = Omit<MadeStep, "body">;

/** A predicate. */
export function makeSql(pipelines: string, step: OtherForm & { readonly predicate: string }): string {
  return write(pipelines, step, "sql", step.predicate, { "step.sql": step.predicate });
}

/** A rule that keeps some rows of each group. */
export function makeGroup(
  pipelines: string,
  step: OtherForm & { readonly group: NonNullable<StepManifest["group"]> },
): string {
  return write(pipelines, step, "group", JSON.stringify(step.group), {}, { group: step.group });
}

/** A Python program. */
export function makeExternal(pipelines: string, step: OtherForm & { readonly program: string }): string {
  const files = { "files/step.py": step.program };
  return write(pipelines, step, "external", step.program, files, { command: ["python3", "step.py"] });
}

function write(
  pipelines: string,
  { name, kind = "filter", reads, writes = {}, params = {}, nulls = {} }: OtherForm,
  form: StepManifest["form"],
  code: string,
  files: Readonly<Record<string, string>>,
  more: object = {},
): string {
  const schemas = {
    reads: objectOf(reads),
    writes: objectOf(writes),
    params: objectOf(Object.fromEntries(Object.entries(params).map(([key, value]) => [key, typeOf(value)]))),
  };
  const identity = { code: hash([kind, code, schemas, nulls]), config: hash(params) };
  const place = writeVersion(pipelines, name, (version) => {
    const manifest = manifestSchema.parse({
      ...{ format: 1, name, version, kind, form, ...identity, ...schemas, values: params, nulls, ...more },
      ...{ captured: [], packages: [], locals: [], compiler: "none", table: "made for a test" },
      proof: { rows: 0, strata: {}, outcomes: {} },
      ...{ author: "test", time: "2026-01-01T00:00:00.000Z" },
    });
    return { ...files, "manifest.json": `${JSON.stringify(manifest, null, 2)}\n` };
  });
  return `${name}@${place.version}`;
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

function objectOf(types: Readonly<Record<string, string>>) {
  const properties = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
  return { type: "object" as const, properties };
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}
