/** State that outlives a row: what the code of a step, or of a file it imports, changes while it answers for a row. */
import { lineOf } from "./cells";
import { compiler, type TypeScript as ts } from "./compiler";
import { changeBy, type MayChange, remembersPlace } from "./mutations";
import type { Finding } from "./static-check";

/** Methods of lists, Sets, Maps, Dates and iterators that change what they are called on. */
const CHANGES = new Set(
  (
    "push pop shift unshift splice sort reverse fill copyWithin add set delete clear append next " +
    "setTime setUTCDate setUTCFullYear setUTCHours setUTCMilliseconds setUTCMinutes setUTCMonth setUTCSeconds"
  ).split(" "),
);

/** Every change, inside a function, of what stands outside of it and is made once. In the order of files and lines. */
export function rowState(program: ts.Program, isOwn: (file: string) => boolean): Finding[] {
  const checker = program.getTypeChecker();
  return program
    .getSourceFiles()
    .filter(({ fileName, isDeclarationFile }) => !isDeclarationFile && isOwn(fileName))
    .flatMap((file) => rowStateIn(file, checker));
}

function rowStateIn(file: ts.SourceFile, checker: ts.TypeChecker): Finding[] {
  const typescript = compiler();
  const found: Finding[] = [];
  const visit = (node: ts.Node): void => {
    typescript.forEachChild(node, visit);
    if (!typescript.isIdentifier(node)) return;
    const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
    if (!declaration || declaration.getSourceFile() !== file || !isMadeOnce(declaration)) return;
    const change = changeBy(node, mayChange(declaration, checker));
    if (!change || functionAround(change) === functionAround(declaration)) return;
    if (isImmediate(functionAround(change))) return;
    const text = change.getText(file).replace(/\s+/g, " ").slice(0, 60);
    found.push({
      code: "ORDER_DEPENDENT",
      file: file.fileName,
      line: lineOf(change),
      what: `${text} changes ${node.text} while rows are read: an answer would depend on the rows before`,
      wayOut:
        "let the function look at one row alone; duplicates and groups are found by dedup and group filters",
    });
  };
  visit(file);
  return found;
}

function mayChange(declaration: ts.Declaration, checker: ts.TypeChecker): MayChange {
  const typescript = compiler();
  const initializer = typescript.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  const remembers = initializer !== undefined && remembersPlace(initializer);
  return (method, _depth, call) => {
    if (method === null) return false;
    if (remembers && (method === "test" || method === "exec")) return true;
    const body = checker.getResolvedSignature(call)?.declaration;
    if (!body || body.getSourceFile().isDeclarationFile) return CHANGES.has(method);
    return changesThis(body);
  };
}

/** Whether a method assigns to members of `this`, or changes what they hold. */
function changesThis(node: ts.Node): boolean {
  const typescript = compiler();
  const isThis = node.kind === typescript.SyntaxKind.ThisKeyword;
  if (isThis && changeBy(node, (method) => method !== null && CHANGES.has(method)) !== null) return true;
  return typescript.forEachChild(node, changesThis) ?? false;
}

/** Whether a declaration is evaluated once for all rows: at the top of a file, in `bind`, or in a function called at once. */
function isMadeOnce(declaration: ts.Node): boolean {
  for (let at = functionAround(declaration); at; at = functionAround(at.parent)) {
    if (!isImmediate(at) && !isBind(at)) return false;
  }
  return true;
}

/** The innermost function that a node stands in; a parameter stands in its function. */
function functionAround(node: ts.Node): ts.SignatureDeclaration | null {
  const typescript = compiler();
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (at !== node && typescript.isFunctionLike(at)) return at;
  }
  return null;
}

function isBind(node: ts.Node): boolean {
  const typescript = compiler();
  return (
    typescript.isFunctionDeclaration(node) &&
    node.name?.text === "bind" &&
    typescript.isSourceFile(node.parent)
  );
}

/** `(() => …)()` */
function isImmediate(node: ts.Node | null): boolean {
  const typescript = compiler();
  if (!node || !(typescript.isArrowFunction(node) || typescript.isFunctionExpression(node))) return false;
  let at: ts.Node = node;
  while (typescript.isParenthesizedExpression(at.parent)) at = at.parent;
  return typescript.isCallExpression(at.parent) && at.parent.expression === at;
}
