/** Versions of steps without a kernel: a source text, bundled as a promotion does it. */
import { mkdirSync } from "node:fs";
import { bundleStep } from "../../kernel-lib/promote/bundle";
import { identityOf } from "../../kernel-lib/promote/identity";
import { manifestSchema } from "../../kernel-lib/steps/manifest";
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
export async function makeStep(
  pipelines: string,
  { name, kind = "filter", reads, writes = {}, params = {}, nulls = {}, body }: MadeStep,
): Promise<string> {
  mkdirSync(pipelines, { recursive: true });
  const source = `export function bind({ ${Object.keys(params).join(", ")} }: any) {\n  return (row: any) => {\n    ${body}\n  };\n}\n`;
  const bundle = await bundleStep(source, pipelines);
  const schemas = {
    reads: objectOf(reads),
    writes: objectOf(writes),
    params: objectOf(Object.fromEntries(Object.entries(params).map(([key, value]) => [key, typeOf(value)]))),
  };
  const identity = identityOf({ kind, bundle, schemas: { ...schemas, nulls }, params });
  const place = writeVersion(pipelines, name, (version) => {
    const manifest = manifestSchema.parse({
      ...{ format: 1, name, version, kind, form: "function", ...identity, ...schemas, values: params, nulls },
      ...{ captured: [], packages: [], locals: [], compiler: bundle.compiler, table: "made for a test" },
      proof: { rows: 0, strata: {}, outcomes: {} },
      ...{ author: "test", time: "2026-01-01T00:00:00.000Z" },
    });
    return {
      "step.ts": source,
      "step.js": bundle.js,
      "manifest.json": `${JSON.stringify(manifest, null, 2)}\n`,
      "golden.jsonl": "",
      "page.html": "",
    };
  });
  return `${name}@${place.version}`;
}

function objectOf(types: Readonly<Record<string, string>>) {
  const properties = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
  return { type: "object" as const, properties };
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}
