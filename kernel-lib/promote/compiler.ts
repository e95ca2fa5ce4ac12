/** The TypeScript compiler, and the only import of it. Loaded on first use: 9 MB that looking at rows never needs. */
import type * as TypeScript from "typescript";

export type { TypeScript };

/** The compiler, loaded once. */
export function compiler(): typeof TypeScript {
  return require("typescript");
}
