/**
 * The only import of tslab: its TypeScript converter and its executor, unedited. Jupyter's protocol is spoken by
 * `server.ts` instead, because tslab's own server drops output, errors and comms.
 */
import { createRequire } from "node:module";

export type { Converter, ConvertResult, Diagnostic } from "tslab/dist/converter";
export { createConverter, isCompleteCode } from "tslab/dist/converter";
export type { Executor } from "tslab/dist/executor";
export { createExecutor } from "tslab/dist/executor";
export { printQuickInfo } from "tslab/dist/inspect";

const fromTslab = createRequire(require.resolve("tslab/package.json"));

/** A ZeroMQ socket, as far as the kernel uses it. */
export interface Socket extends AsyncIterable<Buffer[]> {
  bind(address: string): Promise<void>;
  send(frames: readonly Buffer[]): Promise<void>;
  close(): void;
}

interface ZeroMq {
  Publisher: new (options: { sendHighWaterMark: number; linger: number }) => Socket;
  Router: new (options: { sendHighWaterMark: number; linger: number }) => Socket;
  Reply: new () => Socket;
}

/** The zeromq that tslab brings. */
export function zeroMq(): ZeroMq {
  return fromTslab("zeromq") as ZeroMq;
}

/** tslab's output hook, which `import { display } from "tslab"` in a cell writes to. */
export interface TslabOutput {
  lastWriteDisplayData: ((output: { data: object; transient?: object }, update?: boolean) => void) | null;
}

export function tslabOutput(): TslabOutput {
  return fromTslab("./dist/jupyter") as TslabOutput;
}

/** File system of the TypeScript inside tslab, which resolves the imports of a cell. */
export interface TypeScriptSystem {
  fileExists(path: string): boolean;
  directoryExists(path: string): boolean;
  getDirectories(path: string): string[];
  readFile(path: string, encoding?: string): string | undefined;
  realpath?(path: string): string;
  watchDirectory?(path: string, ...rest: unknown[]): { close(): void };
}

/** A node of TypeScript's syntax tree, as far as the kernel looks at it. */
export interface SyntaxNode {
  getText(): string;
  getStart(): number;
  getEnd(): number;
}

/** The TypeScript inside tslab, as far as the kernel uses it. */
export interface TypeScript {
  readonly version: string;
  readonly sys: TypeScriptSystem;
  createSourceFile(name: string, text: string, target: number, setParents: boolean): SyntaxNode;
  forEachChild<T>(node: SyntaxNode, visit: (child: SyntaxNode) => T | undefined): T | undefined;
  isAwaitExpression(node: SyntaxNode): node is SyntaxNode & { readonly expression: SyntaxNode };
  isFunctionLike(node: SyntaxNode): boolean;
  isShorthandPropertyAssignment(node: SyntaxNode): node is SyntaxNode & { readonly name: SyntaxNode };
}

/**
 * Folders in which an import was looked for are no longer watched. A file that appears in one would set a second timer
 * beside the one that tslab allows, and the next cell would fail with "Unexpected pending rebuildTimer".
 */
export function stopWatchingFolders(): void {
  typeScript().sys.watchDirectory = () => ({ close: () => undefined });
}

/**
 * The text of a local source file as the compiler read it last, by its path without or with another extension; null for
 * files that it did not read. Texts are kept from now on; those of packages are not.
 */
export function textsAsRead(): (path: string) => string | null {
  const { sys } = typeScript();
  const { readFile } = sys;
  const key = (path: string) => path.replaceAll("\\", "/").replace(/\.[cm]?[jt]sx?$/, "");
  const texts = new Map<string, string>();
  sys.readFile = (path, encoding) => {
    const text = readFile.call(sys, path, encoding);
    const isLocal = /\.[cm]?[jt]sx?$/.test(path) && !path.endsWith(".d.ts") && !path.includes("node_modules");
    if (text !== undefined && isLocal) texts.set(key(path), text);
    return text;
  };
  return (path) => texts.get(key(path)) ?? null;
}

export function typeScript(): TypeScript {
  return fromTslab("@tslab/typescript-for-tslab") as TypeScript;
}
