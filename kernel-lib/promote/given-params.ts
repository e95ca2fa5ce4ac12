/** Parameters that a promotion is given: values, or a zod object whose rules hold for every later value. */
import { z } from "zod";
import { InputError } from "../errors";
import { valueCheck } from "../steps/value-check";
import { type Shape, valuesShape, zodShape } from "./step-shape";

/** `{ least: 0.4 }`, or `z.object({ least: z.number().min(0).max(1).default(0.4) })`. */
export type GivenParams = Readonly<Record<string, unknown>> | z.ZodObject;

export type ParamsShape = Shape & { readonly values: Readonly<Record<string, unknown>> };

/** The parameters of a form that is given them. @throws InputError for a member without a default. */
export function givenParams(step: string, params: GivenParams): ParamsShape {
  if (!(params instanceof z.ZodObject)) {
    return { ...valuesShape(params), values: { ...params } };
  }
  const { data, error } = params.safeParse({});
  if (error) {
    const [issue] = error.issues;
    throw new InputError(
      `promote ${step}: parameter ${String(issue!.path[0])} has no value; give it one with .default(…)`,
    );
  }
  return { ...zodShape(params), values: data };
}

/** The parameters with the rules of a zod object. @throws InputError where a value does not keep its rule. */
export function ruledParams(step: string, { values }: ParamsShape, rules: z.ZodObject): ParamsShape {
  const shape = zodShape(rules);
  const fault = valueCheck(shape.schema)(values);
  if (fault) {
    throw new InputError(
      `promote ${step}: parameter ${fault.name} = ${fault.got}: ${fault.problem}; change the constant or its rule`,
    );
  }
  return { ...shape, values };
}

/** Names in a list or a zod object; undefined where nothing was said. */
export function paramNamesOf(
  params: readonly string[] | z.ZodObject | undefined,
): readonly string[] | undefined {
  return params instanceof z.ZodObject ? Object.keys(params.shape) : params;
}
