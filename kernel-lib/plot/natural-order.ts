/** Scales whose order is their meaning. */
const SCALES = [
  ["low", "medium", "high"],
  ["off", "on"],
  ["false", "true"],
] as const;

/**
 * The items in the order of their scale where every name (null aside) is a step of one scale, null last; else as they
 * are.
 * @example naturalOrder(["high", null, "low"], (name) => name) // ["low", "high", null]
 */
export function naturalOrder<T>(items: readonly T[], nameOf: (item: T) => string | null): readonly T[] {
  const names = items.map(nameOf).filter((name) => name !== null);
  const scale = SCALES.find((steps: readonly string[]) => names.every((name) => steps.includes(name)));
  if (scale === undefined) return items;
  const place = (item: T) => {
    const name = nameOf(item);
    return name === null ? scale.length : (scale as readonly string[]).indexOf(name);
  };
  return [...items].sort((a, b) => place(a) - place(b));
}
