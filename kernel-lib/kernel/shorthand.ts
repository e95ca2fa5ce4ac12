/**
 * Shorthand properties spelled out: tslab reaches variables of earlier cells by rewriting their uses, and passes over
 * `{ a }`, which then fails with "a is not defined". `{ a: a }` means the same and is rewritten.
 */
import { type Diagnostic, type SyntaxNode, typeScript } from "./tslab";

export interface SpelledOut {
  readonly text: string;
  /** The diagnostics of `text`, at their places in the cell. */
  place(diagnostics: readonly Diagnostic[]): Diagnostic[];
}

/** The cell with each `{ a }` as `{ a: a }`. Lines stay where they are. */
export function spellOutShorthand(source: string): SpelledOut {
  const typescript = typeScript();
  const file = typescript.createSourceFile("cell.ts", source, 99, true);
  const insertions: { readonly at: number; readonly name: string }[] = [];
  const visit = (node: SyntaxNode): void => {
    if (typescript.isShorthandPropertyAssignment(node)) {
      insertions.push({ at: node.name.getEnd(), name: node.name.getText() });
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  insertions.sort((a, b) => a.at - b.at);
  let text = "";
  let from = 0;
  const starts: number[] = []; // of each inserted piece in the new text
  for (const { at, name } of insertions) {
    text += source.slice(from, at);
    starts.push(text.length);
    text += `: ${name}`;
    from = at;
  }
  text += source.slice(from);
  const lineStart = (offset: number) => text.lastIndexOf("\n", offset - 1) + 1;
  const moved = ({ offset, line, character }: Position): Position => {
    const begin = lineStart(offset);
    let [before, onLine] = [0, 0];
    starts.forEach((start, i) => {
      if (start >= offset) return;
      const length = Math.min(insertions[i]!.name.length + 2, offset - start);
      before += length;
      if (start >= begin) onLine += length;
    });
    return { offset: offset - before, line, character: character - onLine };
  };
  return {
    text,
    place: (diagnostics) =>
      diagnostics.map((diagnostic) =>
        diagnostic.fileName
          ? diagnostic
          : { ...diagnostic, start: moved(diagnostic.start), end: moved(diagnostic.end) },
      ),
  };
}

type Position = Diagnostic["start"];
