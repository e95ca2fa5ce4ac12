/** Top-level variables of the cells, as they stand now. */
const SCOPE = Symbol.for("corpuslab.scope");
const home = globalThis as { [SCOPE]?: Readonly<Record<string, unknown>> };

/** The kernel's variables are these from now on. For kernels. */
export function setScope(scope: Readonly<Record<string, unknown>>): void {
  home[SCOPE] = scope;
}

/** The value of a top-level variable; null when no cell defined it, or outside the project's kernel. */
export function liveValue(name: string): { readonly value: unknown } | null {
  const scope = home[SCOPE];
  return scope && name in scope ? { value: scope[name] } : null;
}
