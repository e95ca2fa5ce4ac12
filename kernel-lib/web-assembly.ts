/** Compiled hot paths. Typed here: the library is compiled without the DOM's types, which hold WebAssembly's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A module's linear memory. `buffer` is another one after the memory has grown: views must be made anew. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

interface CompiledModule {
  readonly brand: unique symbol;
}

interface WebAssemblyApi {
  readonly Module: {
    new (bytes: Uint8Array): CompiledModule;
    imports(module: CompiledModule): readonly { readonly module: string; readonly name: string }[];
  };
  readonly Instance: new (
    module: CompiledModule,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: unknown };
}

const api = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const compiled = new Map<string, CompiledModule>();

/** A new instance of `<name>.wasm` (`dedup/sign`); its imports are `host`'s functions of the same names. Compiled once in a process. */
export function instantiate(name: string, host: Readonly<Record<string, unknown>> = {}): unknown {
  let module = compiled.get(name);
  if (!module) {
    module = new api.Module(readFileSync(builtFile(`${name}.wasm`)));
    compiled.set(name, module);
  }
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name: wanted } of api.Module.imports(module)) {
    imports[from] = { ...imports[from], [wanted]: host[wanted] };
  }
  return new api.Instance(module, imports).exports;
}

/** A file that the build makes: below this one's folder in dist; tests that run the TypeScript find it there too. */
function builtFile(name: string): string {
  return join(__dirname.replace(/([\\/]kernel-lib)$/, "$1/dist"), name);
}
