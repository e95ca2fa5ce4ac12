/**
 * The backward slice: of all that ran, the pieces that one function needs. The last definition of a name that ran to
 * its end is the one that counts.
 */
import type { ParsedCell, Piece } from "./cells";
import { compiler, type TypeScript as ts } from "./compiler";
import { initializerOf, isFunction, type Target } from "./target";

/** A value that the function uses and that was made in a cell: a parameter to be, or a constant. */
export interface Captured {
  readonly name: string;
  readonly piece: Piece;
  /** Whether its source is a plain number, text, boolean, null or a list or object of those: it can become a parameter. */
  readonly literal: boolean;
  /** Whether its source awaits or calls what was imported: its value is kept, not the code that computed it. */
  readonly computed: boolean;
}

export interface Slice {
  readonly target: Target;
  /** What defines the function and all it needs, in the order in which it ran. */
  readonly pieces: readonly Piece[];
  readonly captured: readonly Captured[];
  /** Names that no cell defines: the language's own, the kernel's, or unknown. With the piece that uses them. */
  readonly free: readonly { readonly name: string; readonly usedIn: Piece | null }[];
  /**
   * Names that were defined again in a later cell than the one that defined both them and a piece that uses them: that
   * piece keeps the old value. A name of an earlier cell is looked up anew each time it is used.
   */
  readonly redefined: readonly {
    readonly name: string;
    readonly usedIn: Piece;
    readonly definition: Piece;
  }[];
}

/** The slice of `target` over the cells that ran, in the order of their execution. Deterministic. */
export function slice(cells: readonly ParsedCell[], target: Target): Slice {
  const definitions = new Map<string, Piece>();
  const all = new Map<string, Piece[]>();
  for (const piece of cells.flatMap(({ pieces }) => pieces)) {
    for (const name of piece.defines) {
      definitions.set(name, piece);
      all.set(name, [...(all.get(name) ?? []), piece]);
    }
  }
  const chosen = new Set<Piece>();
  const free = new Map<string, Piece | null>();
  const redefined: Slice["redefined"][number][] = [];
  const queue: { name: string; usedIn: Piece | null }[] = target.needs.map((name) => ({
    name,
    usedIn: null,
  }));
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { name, usedIn } = next;
    const definition = definitions.get(name);
    if (!definition) {
      if (!free.has(name)) free.set(name, usedIn);
      continue;
    }
    const beside = all.get(name)!.some(({ cell }) => cell === usedIn?.cell);
    if (usedIn && beside && definition.kind !== "type" && definition.cell > usedIn.cell) {
      redefined.push({ name, usedIn, definition });
    }
    if (chosen.has(definition)) continue;
    chosen.add(definition);
    if (isComputed(definition, definitions)) continue;
    for (const need of definition.needs) queue.push({ name: need, usedIn: definition });
  }
  const pieces = cells.flatMap((cell) => cell.pieces.filter((piece) => chosen.has(piece)));
  return {
    target,
    pieces,
    captured: pieces
      .flatMap((piece) => capturedIn(piece, definitions))
      .filter(({ name }) => name !== target.name),
    free: [...free].map(([name, usedIn]) => ({ name, usedIn })),
    redefined,
  };
}

function capturedIn(piece: Piece, definitions: ReadonlyMap<string, Piece>): Captured[] {
  if (!isValue(piece)) return [];
  const initializer = initializerOf(piece);
  const literal = initializer !== null && piece.defines.length === 1 && isLiteral(initializer);
  const computed = isComputed(piece, definitions);
  return piece.defines.map((name) => ({ name, piece, literal, computed }));
}

function isValue(piece: Piece): boolean {
  const initializer = initializerOf(piece);
  return piece.kind === "variable" && !(initializer && isFunction(initializer));
}

function isComputed(piece: Piece, definitions: ReadonlyMap<string, Piece>): boolean {
  if (!isValue(piece)) return false;
  const ofPackage = piece.needs.some((name) => definitions.get(name)?.kind === "import");
  return containsAwait(piece.node) || (ofPackage && containsCall(piece.node));
}

/** Whether evaluating the node calls something; another name for what was imported (`const read = readFileSync`) does not. */
function containsCall(node: ts.Node): boolean {
  const typescript = compiler();
  if (typescript.isFunctionLike(node)) return false;
  if (
    typescript.isCallExpression(node) ||
    typescript.isNewExpression(node) ||
    typescript.isTaggedTemplateExpression(node)
  ) {
    return true;
  }
  return typescript.forEachChild(node, containsCall) ?? false;
}

function containsAwait(node: ts.Node): boolean {
  const typescript = compiler();
  if (typescript.isAwaitExpression(node)) return true;
  if (typescript.isFunctionLike(node)) return false;
  return typescript.forEachChild(node, containsAwait) ?? false;
}

/** A number, text, boolean, null, or a list or object of those, written out. */
export function isLiteral(expression: ts.Expression): boolean {
  const typescript = compiler();
  if (typescript.isObjectLiteralExpression(expression)) {
    return expression.properties.every(
      (member) =>
        typescript.isPropertyAssignment(member) &&
        !typescript.isComputedPropertyName(member.name) &&
        member.name.getText().replace(/["']/g, "") !== "__proto__" &&
        isLiteral(member.initializer),
    );
  }
  if (typescript.isArrayLiteralExpression(expression)) return expression.elements.every(isLiteral);
  if (typescript.isPrefixUnaryExpression(expression)) {
    return (
      expression.operator === typescript.SyntaxKind.MinusToken &&
      typescript.isNumericLiteral(expression.operand)
    );
  }
  return (
    typescript.isNumericLiteral(expression) ||
    typescript.isStringLiteralLike(expression) ||
    expression.kind === typescript.SyntaxKind.TrueKeyword ||
    expression.kind === typescript.SyntaxKind.FalseKeyword ||
    expression.kind === typescript.SyntaxKind.NullKeyword
  );
}
