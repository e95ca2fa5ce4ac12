/** Which function is meant: the first argument of a call of `promote`, or the last function of a marked cell. */
import { lineOf, namesNeeded, type ParsedCell, type Piece } from "./cells";
import { compiler, type TypeScript as ts } from "./compiler";

/** The function to be promoted, as it stands in a cell. */
export interface Target {
  readonly cell: number;
  readonly line: number;
  /** Name under which the cells define it; null for a function written into the call. */
  readonly name: string | null;
  readonly expression: ts.Expression | null;
  /** Names from which the slice starts: its own, or those that a function written into the call uses. */
  readonly needs: readonly string[];
}

/** `//| promote keep_short` at the start of a line: the cell's last function is the step keep_short. */
const MARK = /^[ \t]*\/\/\|[ \t]*promote[ \t]+([A-Za-z_][\w-]*)[ \t]*$/m;

/** Name after the cell's promote mark, or null. */
export function markedName(text: string): string | null {
  return MARK.exec(text)?.[1] ?? null;
}

/** The last function that a cell defines; null when it defines none. A value made by a call counts: it may be one. */
export function lastFunction({ pieces }: ParsedCell): Target | null {
  const piece = pieces.findLast(definesFunction);
  if (!piece) return null;
  const name = piece.defines[0]!;
  return { cell: piece.cell, line: piece.line, name, expression: null, needs: [name] };
}

/** The function given to the cell's call `promote(fn, { name })` with this name; null when there is no such call. */
export function calledTarget({ order, file, checker }: ParsedCell, name: string): Target | null {
  const typescript = compiler();
  let found: Target | null = null;
  const visit = (node: ts.Node): void => {
    if (found) return;
    if (typescript.isCallExpression(node) && calls(node, "promote") && nameGiven(node) === name) {
      const given = unwrap(node.arguments[0]!);
      found = {
        cell: order,
        line: lineOf(node),
        name: typescript.isIdentifier(given) ? given.text : null,
        expression: given,
        needs: namesNeeded(given, checker),
      };
      return;
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The function or the call that makes it, behind `const fn =`; null for anything else. */
export function initializerOf({ node }: Piece): ts.Expression | null {
  const typescript = compiler();
  return typescript.isVariableDeclaration(node) && node.initializer ? unwrap(node.initializer) : null;
}

/** The expression without parentheses, `as`, `satisfies` and `!`. */
export function unwrap(expression: ts.Expression): ts.Expression {
  const typescript = compiler();
  let at = expression;
  while (
    typescript.isParenthesizedExpression(at) ||
    typescript.isAsExpression(at) ||
    typescript.isSatisfiesExpression(at) ||
    typescript.isNonNullExpression(at)
  ) {
    at = at.expression;
  }
  return at;
}

export function isFunction(
  expression: ts.Expression,
): expression is ts.ArrowFunction | ts.FunctionExpression {
  const typescript = compiler();
  return typescript.isArrowFunction(expression) || typescript.isFunctionExpression(expression);
}

function definesFunction(piece: Piece): boolean {
  if (piece.kind === "function") return true;
  const initializer = initializerOf(piece);
  return initializer !== null && (isFunction(initializer) || compiler().isCallExpression(initializer));
}

function calls(call: ts.CallExpression, name: string): boolean {
  const typescript = compiler();
  const callee = call.expression;
  if (typescript.isIdentifier(callee)) return callee.text === name;
  return typescript.isPropertyAccessExpression(callee) && callee.name.text === name; // corpuslab.promote
}

/** The text of `name: "…"` in the call's second argument. */
function nameGiven(call: ts.CallExpression): string | null {
  const typescript = compiler();
  const options = call.arguments[1];
  if (!options || !typescript.isObjectLiteralExpression(options)) return null;
  for (const property of options.properties) {
    if (!typescript.isPropertyAssignment(property)) continue;
    const key = property.name;
    if ((typescript.isIdentifier(key) || typescript.isStringLiteral(key)) && key.text === "name") {
      return typescript.isStringLiteralLike(property.initializer) ? property.initializer.text : null;
    }
  }
  return null;
}

/** The function itself, as it is written in its cell; null when it is not written out. */
export function writtenFunction(target: Target, pieces: readonly Piece[]): ts.SignatureDeclaration | null {
  const piece = pieces.find(({ defines }) => target.name !== null && defines.includes(target.name));
  const expression = piece ? initializerOf(piece) : target.expression;
  if (expression && isFunction(expression)) return expression;
  return piece && compiler().isFunctionDeclaration(piece.node) ? piece.node : null;
}
