/**
 * A cell as tslab can compile it. Two things that are right TypeScript it takes for something else, and they are spelled
 * out before it sees them:
 *
 * - `{ a }`, where `a` is a variable of an earlier cell, becomes `{ a: a }`: tslab rewrites uses of such variables, and
 *   passes over shorthand.
 * - `await (x).y()` becomes `await Promise.resolve((x).y())`: tslab parses a cell outside of any async function, where
 *   `await (` is a call of a function named await.
 */
import { type Diagnostic, type SyntaxNode, typeScript } from "./tslab";

export interface CellSource {
  /** What tslab shall compile. Lines stay where they are. */
  readonly text: string;
  /** The cell awaits outside of any function, so it must run as one; tslab misses awaits that it took for calls. */
  readonly awaits: boolean;
  /** The diagnostics of `text`, at their places in the cell. */
  place(diagnostics: readonly Diagnostic[]): Diagnostic[];
}

/** As a module, top-level await is parsed as what it is. */
const MODULE = "export {};";

/** The cell, spelled out. */
export function cellSource(source: string): CellSource {
  const typescript = typeScript();
  const file = typescript.createSourceFile("cell.ts", MODULE + source, 99, true);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const insert = (at: number, text: string) => insertions.push({ at: at - MODULE.length, text });
  let awaits = false;
  const visit = (node: SyntaxNode, inFunction: boolean): void => {
    if (typescript.isShorthandPropertyAssignment(node))
      insert(node.name.getEnd(), `: ${node.name.getText()}`);
    if (typescript.isAwaitExpression(node) && !inFunction) {
      awaits = true;
      const { expression } = node;
      if (/^\s*[^\w$\s]|^\s*\n/.test(source.slice(node.getStart() + "await".length - MODULE.length))) {
        insert(expression.getStart(), "Promise.resolve(");
        insert(expression.getEnd(), ")");
      }
    }
    const inner = inFunction || typescript.isFunctionLike(node);
    typescript.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, false);
  insertions.sort((a, b) => a.at - b.at);
  let text = "";
  let from = 0;
  const added: { readonly start: number; readonly length: number }[] = []; // in the new text
  for (const insertion of insertions) {
    text += source.slice(from, insertion.at);
    added.push({ start: text.length, length: insertion.text.length });
    text += insertion.text;
    from = insertion.at;
  }
  text += source.slice(from);
  const moved = ({ offset, line, character }: Position): Position => {
    const begin = text.lastIndexOf("\n", offset - 1) + 1;
    let [before, onLine] = [0, 0];
    for (const { start, length } of added) {
      if (start >= offset) continue;
      const shift = Math.min(length, offset - start);
      before += shift;
      if (start >= begin) onLine += shift;
    }
    return { offset: offset - before, line, character: character - onLine };
  };
  return {
    text,
    awaits,
    place: (diagnostics) =>
      diagnostics.map((diagnostic) =>
        diagnostic.fileName
          ? diagnostic
          : { ...diagnostic, start: moved(diagnostic.start), end: moved(diagnostic.end) },
      ),
  };
}

type Position = Diagnostic["start"];
