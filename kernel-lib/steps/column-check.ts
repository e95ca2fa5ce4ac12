import { InputError } from "../errors";
import { jsonSchemaOf, typescriptOf } from "./column-types";
import type { PinnedStep } from "./pinned-step";

/**
 * Nothing happens when a column holds values of the kind that the step was proven on; what their members are is not compared.
 * @throws InputError when it holds others.
 */
export function checkColumnType(
  { ref, manifest: { reads } }: PinnedStep,
  { name, type }: { readonly name: string; readonly type: string },
  where: string,
): void {
  const kinds = (schema: object): unknown[] => [(schema as { type?: unknown }).type ?? []].flat();
  const proven = kinds(reads.properties[name] ?? {}).filter((kind) => kind !== "null");
  const [found] = kinds(jsonSchemaOf(typescriptOf(type)));
  if (proven.length === 0 || found === undefined) return;
  if (proven.includes(found) || (found === "number" && proven.includes("integer"))) return;
  throw new InputError(
    `step ${ref}: reads the column ${name} as ${proven.join(" or ")}, but in ${where} it is ${type}; promote it again on rows of this run`,
  );
}
