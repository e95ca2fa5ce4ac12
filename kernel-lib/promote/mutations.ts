/** Where a captured value is changed after it was made. A method call counts as a change unless it is known to be none. */
import { contains, forEachReference, lineOf, type ParsedCell, type Piece } from "./cells";
import { compiler, type TypeScript as ts } from "./compiler";
import { initializerOf } from "./target";

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
    "getTime toISOString getUTCDate getUTCDay getUTCFullYear getUTCHours getUTCMilliseconds getUTCMinutes getUTCMonth " +
    "getUTCSeconds parse safeParse"
  ).split(" "),
);

/**
 * Changes of the value that `definition` gave `name`: assignments, updates, deletes, and calls of methods that may
 * change it, in any piece that can run after the definition. In the order of the cells. Functions that stand in the
 * definition's own object or list and do not use `this` may be called; `test` and `exec` of a pattern that remembers
 * its place may not.
 */
export function mutationsOf(cells: readonly ParsedCell[], name: string, definition: Piece): Mutation[] {
  const found: Mutation[] = [];
  const initializer = initializerOf(definition);
  const own = ownFunctions(initializer);
  const remembers = initializer !== null && remembersPlace(initializer);
  const mayChange: MayChange = (method, depth) => {
    if (remembers && (method === "test" || method === "exec")) return true;
    if (method !== null && PURE_METHODS.has(method)) return false;
    return !(depth === 0 && own !== null && (method === null || own.has(method)));
  };
  for (const { pieces, checker } of cells) {
    for (const piece of pieces) {
      if (piece === definition || !piece.needs.includes(name)) continue;
      forEachReference(piece.node, checker, (identifier, symbol) => {
        if (identifier.text !== name) return;
        if (symbol?.declarations?.some((declaration) => contains(piece.node, declaration))) return;
        const change = changeBy(identifier, mayChange);
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

/** Whether a call may change the object it is made on: by the method's name (null: a computed one) and its depth below it. */
export type MayChange = (method: string | null, depth: number, call: ts.CallExpression) => boolean;

/** The expression that changes what the identifier names, or null. */
export function changeBy(identifier: ts.Node, mayChange: MayChange): ts.Node | null {
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
        const method = typescript.isPropertyAccessExpression(parent)
          ? parent.name.text
          : typescript.isStringLiteralLike(parent.argumentExpression)
            ? parent.argumentExpression.text
            : null;
        return mayChange(method, depth, call) ? call : null;
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

/**
 * Names of the functions that stand in an object or list as it is written; null when there are none, or one uses `this`
 * and so may change what it stands in.
 */
function ownFunctions(initializer: ts.Expression | null): ReadonlySet<string> | null {
  const typescript = compiler();
  const names = new Set<string>();
  const add = (name: string, value: ts.Node): boolean => {
    if (typescript.isFunctionLike(value)) {
      if (usesThis(value)) return false;
      names.add(name);
    }
    return true;
  };
  if (initializer && typescript.isObjectLiteralExpression(initializer)) {
    for (const member of initializer.properties) {
      const name = member.name && !typescript.isComputedPropertyName(member.name) ? member.name.text : "";
      if (!add(name, typescript.isPropertyAssignment(member) ? member.initializer : member)) return null;
    }
  } else if (initializer && typescript.isArrayLiteralExpression(initializer)) {
    for (const [i, element] of initializer.elements.entries()) if (!add(String(i), element)) return null;
  }
  return names.size > 0 ? names : null;
}

/** Whether the expression is a pattern with the flag g or y: its `lastIndex` stands where the last match ended. */
export function remembersPlace(expression: ts.Expression): boolean {
  const typescript = compiler();
  if (typescript.isRegularExpressionLiteral(expression)) return /[gy][a-z]*$/.test(expression.text);
  if (!typescript.isNewExpression(expression) && !typescript.isCallExpression(expression)) return false;
  const [, flags] = expression.arguments ?? [];
  if (expression.expression.getText() !== "RegExp" || !flags) return false;
  return !typescript.isStringLiteralLike(flags) || /[gy]/.test(flags.text);
}

function usesThis(node: ts.Node): boolean {
  const typescript = compiler();
  if (node.kind === typescript.SyntaxKind.ThisKeyword) return true;
  return typescript.forEachChild(node, usesThis) ?? false;
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
