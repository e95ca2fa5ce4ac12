/** Runs cells through tslab's converter and executor, and says what they gave or why they failed. */
import { type CellFailure, compileFailure, isInterrupt, thrownFailure } from "./cell-failure";
import { cellSource } from "./cell-source";
import { executedCells } from "./journal";
import { noteLoadedFile } from "./loaded-files";
import type { LoopBreaker } from "./loop-breaker";
import { setScope } from "./scope";
import {
  type Converter,
  type ConvertResult,
  createConverter,
  createExecutor,
  type Executor,
  stopWatchingFolders,
  textsAsRead,
} from "./tslab";

/** How a cell ended: with the value of its last expression (if it has one that is not null), or a failure. */
export type CellOutcome =
  | { readonly ok: true; readonly values: readonly unknown[] }
  | { readonly ok: false; readonly failure: CellFailure; readonly interrupted: boolean };

export class CellRunner {
  private readonly executor: Executor;
  /** Top-level variables of all cells. A plain object: tslab's own is a Proxy, some 40 times slower in a loop. */
  private readonly scope: Record<string, unknown> = Object.create(null);
  private readonly textAsRead: (path: string) => string | null;
  private values: unknown[] = [];
  private thrown: { error: unknown } | null = null;
  private converted: ConvertResult | null = null;

  constructor(
    folder: string,
    private readonly breaker: Pick<LoopBreaker, "sparing">,
  ) {
    stopWatchingFolders();
    this.textAsRead = textsAsRead();
    const node = this.recording(createConverter({ isJS: false, isBrowser: false }));
    const converters = {
      node,
      get browser(): Converter {
        throw new Error("cells for the browser (@browser) are not supported");
      },
      close: () => node.close(),
    };
    this.executor = createExecutor(folder, converters, {
      log: (value: unknown) => this.values.push(value),
      error: (...args: unknown[]) => {
        if (args.length === 1) this.thrown = { error: args[0] };
        else if (!this.converted?.diagnostics.length) console.error(...args); // of a cell that defines a module
      },
    });
    // tslab reads the last expression from its own object, which falls back to its prototype.
    Object.setPrototypeOf(this.executor.locals, this.scope);
    (globalThis as unknown as { __tslab__: { scope: object } }).__tslab__.scope = this.scope;
    setScope(this.scope);
  }

  async run(source: string): Promise<CellOutcome> {
    this.values = [];
    this.thrown = null;
    this.converted = null;
    try {
      const ok = await this.executor.execute(source);
      if (ok) return { ok: true, values: this.values };
    } catch (error) {
      this.thrown = { error };
    } finally {
      this.settleScope();
    }
    if (this.thrown) {
      const { error } = this.thrown as { error: unknown };
      return { ok: false, failure: thrownFailure(error), interrupted: isInterrupt(error) };
    }
    const failure = compileFailure((this.converted as ConvertResult | null)?.diagnostics ?? [], source);
    return { ok: false, failure, interrupted: false };
  }

  inspect(source: string, position: number) {
    return this.executor.inspect(source, position);
  }

  complete(source: string, position: number) {
    return this.executor.complete(source, position);
  }

  /** A cell that awaits ends now. A cell in a loop was ended by the signal itself. */
  interrupt(): void {
    this.executor.interrupt();
  }

  close(): void {
    this.executor.close();
  }

  private recording(converter: Converter): Converter {
    return {
      ...converter,
      convert: (previous, source) => {
        const cell = cellSource(source);
        const converted = this.breaker.sparing(() => converter.convert(previous, cell.text));
        const result = {
          ...converted,
          diagnostics: cell.place(converted.diagnostics),
          hasToplevelAwait: converted.hasToplevelAwait || cell.awaits,
        };
        this.converted = result;
        for (const { path } of result.sideOutputs ?? []) {
          const text = this.textAsRead(path);
          if (text !== null) noteLoadedFile(path, text, executedCells().length);
        }
        return result.output ? { ...result, output: `exports = __tslab__.scope;${result.output}` } : result;
      },
    };
  }

  /**
   * Imports become plain values, as tslab makes them: the compiler defines them by getters, and a later cell could not
   * give such a name another value. The last expression is let go.
   */
  private settleScope(): void {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(this.scope))) {
      if (!property.get || !property.configurable) continue;
      const value = this.scope[name];
      Object.defineProperty(this.scope, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    const last = this.converted?.lastExpressionVar;
    if (last) this.scope[last] = undefined;
  }
}
