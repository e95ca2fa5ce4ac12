/** Binary values of a widget's state travel beside its JSON: `buffer_paths` says where each belongs. */

export type Path = readonly (string | number)[];

export interface SplitState {
  readonly state: unknown;
  readonly paths: readonly Path[];
  readonly buffers: readonly Uint8Array[];
}

/** The state without its binary values: left out of objects, null in arrays. Nothing of `state` is changed. */
export function splitBuffers(state: unknown, path: Path = []): SplitState {
  const paths: Path[] = [];
  const buffers: Uint8Array[] = [];
  const entry = (key: string | number, value: unknown): unknown => {
    const at = [...path, key];
    if (value instanceof Uint8Array) {
      paths.push(at);
      buffers.push(value);
      return undefined;
    }
    const inner = splitBuffers(value, at);
    paths.push(...inner.paths);
    buffers.push(...inner.buffers);
    return inner.state;
  };
  if (Array.isArray(state)) {
    return { state: state.map((value, i) => entry(i, value) ?? null), paths, buffers };
  }
  if (typeof state !== "object" || state === null) return { state, paths, buffers };
  const entries = Object.entries(state).map(([key, value]) => [key, entry(key, value)] as const);
  return { state: Object.fromEntries(entries.filter(([, value]) => value !== undefined)), paths, buffers };
}

/**
 * Puts binary values where `paths` says, in place. Objects are only entered by their own keys.
 * @returns false, with nothing more put, when a path does not lead into the state or has no buffer.
 */
export function placeBuffers(state: object, paths: readonly Path[], buffers: readonly Uint8Array[]): boolean {
  for (const [i, path] of paths.entries()) {
    const buffer = buffers[i];
    let target: unknown = state;
    for (const key of path.slice(0, -1)) target = ownValue(target, key);
    const last = path.at(-1);
    if (!buffer || last === undefined || typeof target !== "object" || target === null) return false;
    Object.defineProperty(target, last, {
      value: new Uint8Array(buffer), // a copy: the frame holds a whole message
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return true;
}

function ownValue(target: unknown, key: string | number): unknown {
  if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) return undefined;
  return (target as Record<string | number, unknown>)[key];
}
