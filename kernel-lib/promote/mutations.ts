/** Where a captured value is changed after it was made. A method call counts as a change unless it is known to be none. */
import { contains, forEachReference, lineOf, type ParsedCell, type Piece } from "./cells";
import { compiler, type TypeScript as ts } from "./compiler";

export interface Mutation {
  readonly name: string;
  readonly cell: number;
  readonly line: number;
  /** The changing expression, cut to one line. */
  readonly text: string;
  /** The piece in which it stands. */
  readonly piece: Piece;
}

/** Methods of built-in values that change nothing. `test` and `exec` are judged by the flags of their pattern. */
const PURE_METHODS = new Set(
  (
    "at concat entries every filter find findIndex findLast findLastIndex flat flatMap forEach get has includes indexOf join " +
    "keys lastIndexOf map reduce reduceRight slice some toReversed toSorted toSpliced toString values with " +
    "charAt charCodeAt codePointAt endsWith localeCompare match matchAll normalize padEnd padStart repeat replace replaceAll " +
    "search split startsWith substring toLowerCase toUpperCase trim trimEnd trimStart toFixed toPrecision valueOf test exec " +
    "hasOwnProperty isSubsetOf isSupersetOf isDisjointFrom union intersection difference symmetricDifference toJSON " +
    "parse safeParse"
  ).split(" "),
);

/**
 * Changes of the value that `definition` gave `name`: assignments, updates, deletes, and calls of methods that may
 * change it, in any piece that can run after the definition. In the order of the cells.
 */
export function mutationsOf(cells: readonly ParsedCell[], name: string, definition: Piece): Mutation[] {
  const found: Mutation[] = [];
  for (const { pieces, checker } of cells) {
    for (const piece of pieces) {
      if (piece === definition || !piece.needs.includes(name)) continue;
      forEachReference(piece.node, checker, (identifier, symbol) => {
        if (identifier.text !== name) return;
        if (symbol?.declarations?.some((declaration) => contains(piece.node, declaration))) return;
        const change = changeBy(identifier);
        if (!change) return;
        const before = piece.cell < definition.cell && !insideFunction(change, piece.node);
        if (before) return; // of a value that the definition replaced
        const line = lineOf(change);
        found.push({ name, cell: piece.cell, line, text: oneLine(change.getText()), piece });
      });
    }
  }
  return found;
}

/** The expression that changes what the identifier names, or null. */
function changeBy(identifier: ts.Identifier): ts.Node | null {
  const typescript = compiler();
  let at: ts.Node = identifier;
  let depth = 0;
  for (;;) {
    const { parent } = at;
    const isMember =
      (typescript.isPropertyAccessExpression(parent) || typescript.isElementAccessExpression(parent)) &&
      parent.expression === at;
    if (isMember) {
      const call = parent.parent;
      if (typescript.isCallExpression(call) && call.expression === parent) {
        const method = typescript.isPropertyAccessExpression(parent) ? parent.name.text : null;
        return method !== null && PURE_METHODS.has(method) ? null : call;
      }
      at = parent;
      depth++;
      continue;
    }
    if (
      typescript.isParenthesizedExpression(parent) ||
      typescript.isNonNullExpression(parent) ||
      typescript.isAsExpression(parent)
    ) {
      at = parent;
      continue;
    }
    break;
  }
  const { parent } = at;
  if (typescript.isBinaryExpression(parent) && parent.left === at && isAssignment(parent.operatorToken.kind))
    return parent;
  if (
    (typescript.isPrefixUnaryExpression(parent) || typescript.isPostfixUnaryExpression(parent)) &&
    (parent.operator === typescript.SyntaxKind.PlusPlusToken ||
      parent.operator === typescript.SyntaxKind.MinusMinusToken)
  ) {
    return parent;
  }
  if (typescript.isDeleteExpression(parent) && depth > 0) return parent;
  return assignedByPattern(at);
}

/** `[a, b.c] = …`, `({ a } = …)` and `for (a of …)` assign too. */
function assignedByPattern(node: ts.Node): ts.Node | null {
  const typescript = compiler();
  let at = node;
  while (
    typescript.isArrayLiteralExpression(at.parent) ||
    typescript.isObjectLiteralExpression(at.parent) ||
    typescript.isSpreadElement(at.parent) ||
    typescript.isShorthandPropertyAssignment(at.parent) ||
    (typescript.isPropertyAssignment(at.parent) && at.parent.initializer === at)
  ) {
    at = at.parent;
  }
  const { parent } = at;
  if (at !== node && typescript.isBinaryExpression(parent) && parent.left === at) {
    return parent.operatorToken.kind === typescript.SyntaxKind.EqualsToken ? parent : null;
  }
  const loops = typescript.isForOfStatement(parent) || typescript.isForInStatement(parent);
  return loops && parent.initializer === at ? at : null;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  const { SyntaxKind } = compiler();
  return kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
}

function insideFunction(node: ts.Node, piece: ts.Node): boolean {
  const typescript = compiler();
  for (let at = node; at !== piece && at.parent; at = at.parent)
    if (typescript.isFunctionLike(at)) return true;
  return compiler().isFunctionLike(piece);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
