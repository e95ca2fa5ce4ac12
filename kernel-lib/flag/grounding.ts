import { z } from "zod";
import { defineStep } from "../step";

const REASONS = [
  "grounding_not_object",
  "grounding_empty",
  "verified_not_boolean",
  "verified_without_grounding",
  "source_missing",
] as const;

/**
 * What the source says about where a row's facts come from: its columns `_grounding` (a text, an object with a source, or a
 * list of those) and `_verified` (a boolean). They are kept as they are in `source_extra_json`; here they are checked for
 * form, not for truth. `grounded` and `verified` are null where the source has no such column.
 */
export const grounding = defineStep({
  name: "grounding",
  version: 1,
  kind: "flag",
  params: z.object({}),
  reads: z.object({ source_extra_json: z.string().nullable() }),
  writes: z.object({
    grounded: z.boolean().nullable(),
    verified: z.boolean().nullable(),
    grounding_faults: z.array(z.enum(REASONS)),
  }),
  run({ source_extra_json }) {
    const rows = source_extra_json.map(groundingOf);
    return {
      grounded: rows.map(({ grounded }) => grounded),
      verified: rows.map(({ verified }) => verified),
      grounding_faults: rows.map(({ faults }) => faults),
    };
  },
});

interface Grounding {
  readonly grounded: boolean | null;
  readonly verified: boolean | null;
  readonly faults: (typeof REASONS)[number][];
}

const NOTHING: Grounding = { grounded: null, verified: null, faults: [] };
const KEYS = [
  "source",
  "sources",
  "url",
  "urls",
  "title",
  "document",
  "doc_id",
  "passage",
  "text",
  "evidence",
  "context",
  "reference",
  "references",
  "citation",
  "citations",
];

function groundingOf(json: string | null): Grounding {
  if (json === null || !(json.includes('"_grounding"') || json.includes('"_verified"'))) return NOTHING;
  let extra: unknown;
  try {
    extra = JSON.parse(json);
  } catch {
    return NOTHING;
  }
  const { _grounding: source, _verified: said } = extra as { _grounding?: unknown; _verified?: unknown };
  const faults: Grounding["faults"] = [];
  const grounded = source === undefined || source === null ? null : isGrounding(source, faults);
  const verified = typeof said === "boolean" ? said : null;
  if (said !== undefined && said !== null && verified === null) faults.push("verified_not_boolean");
  if (verified === true && grounded !== true) faults.push("verified_without_grounding");
  return { grounded, verified, faults };
}

function isGrounding(value: unknown, faults: Grounding["faults"]): boolean {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  const isEmpty = (item: unknown) =>
    item === null || item === "" || (typeof item === "object" && Object.keys(item).length === 0);
  if (items.length === 0 || items.every(isEmpty)) {
    faults.push("grounding_empty");
    return false;
  }
  if (items.some((item) => typeof item !== "string" && (typeof item !== "object" || item === null))) {
    faults.push("grounding_not_object");
    return false;
  }
  const hasSource = (item: unknown) =>
    typeof item === "string" || KEYS.some((key) => !isEmpty((item as Record<string, unknown>)[key] ?? null));
  if (!items.every(hasSource)) {
    faults.push("source_missing");
    return false;
  }
  return true;
}
