/** Values against the JSON Schemas of a manifest: of parameters, and of the columns that a flag writes. */
import { z } from "zod";
import { shown, type ValueFault } from "./outcome";

interface Declared {
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A check of objects with the declared members: the first fault, or null. Members that are not declared are not looked at. */
export function valueCheck({
  properties,
}: Declared): (values: Readonly<Record<string, unknown>>) => ValueFault | null {
  const schema = z.object(
    Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, zodOf(one)])),
  );
  return (values) => {
    const { error } = schema.safeParse(values);
    const issue = error?.issues[0];
    if (!issue) return null;
    const name = String(issue.path[0] ?? "");
    const inside = issue.path.length > 1 ? ` at ${issue.path.slice(1).join(".")}` : "";
    const said = issue.message.replace(/^Invalid (input|option): |^Invalid input$/, "");
    return {
      name,
      got: shown(values[name]),
      problem: `${said || `expected ${shown(properties[name])}`}${inside}`.replace(/^[A-Z]/, (first) =>
        first.toLowerCase(),
      ),
    };
  };
}

/** zod names one expected type better than a choice of two, so null is taken out of it. */
function zodOf(schema: Readonly<Record<string, unknown>>): z.ZodType {
  const { type, anyOf } = schema;
  if (Array.isArray(type) && type.includes("null")) {
    const rest = type.filter((one) => one !== "null");
    return zodOf({ ...schema, type: rest.length === 1 ? rest[0] : rest }).nullable();
  }
  if (Array.isArray(anyOf) && anyOf.length === 2) {
    const rest = anyOf.filter((one: { type?: unknown }) => one.type !== "null");
    if (rest.length === 1) return zodOf(rest[0] as Readonly<Record<string, unknown>>).nullable();
  }
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}
