/** Forms that a step may not use although each name in them is allowed: local time, `this`, `.stack`, changed built-ins. */
import { compiler, type TypeScript as ts } from "./compiler";
import type { RefusalCode } from "./refusal";

/** What is wrong with the form of a node; null when nothing is. */
export function forbiddenForm(node: ts.Node, checker: ts.TypeChecker): Fault | null {
  return (
    dateFault(node, checker) ?? thisFault(node) ?? stackFault(node, checker) ?? patchFault(node, checker)
  );
}

interface Fault {
  readonly code: RefusalCode;
  readonly what: string;
  readonly wayOut: string;
}

/** A day or time that is read in the machine's time zone: `new Date(2024, 0, 1)`, `new Date("2024-01-01T00:00")`. */
function dateFault(node: ts.Node, checker: ts.TypeChecker): Fault | null {
  const typescript = compiler();
  if (!typescript.isNewExpression(node) || node.expression.getText() !== "Date") return null;
  if (!isOfLanguage(node.expression, checker)) return null;
  const [first, second] = node.arguments ?? [];
  const zoneless = first && typescript.isStringLiteralLike(first) && !saysZone(first.text);
  if (!second && !zoneless) return null;
  return {
    code: "NONDETERMINISTIC",
    what: `reads ${node.getText().replace(/\s+/g, " ").slice(0, 60)} in the time zone of this machine`,
    wayOut: second
      ? "use new Date(Date.UTC(year, month, …))"
      : 'write the zone, as in new Date("2024-01-01T00:00:00Z")',
  };
}

/** Whether a text means the same instant everywhere: a day alone (which is UTC), or a time with its zone. */
function saysZone(text: string): boolean {
  return /^[+-]?\d{4,6}(-\d\d(-\d\d)?)?$|(Z|[+-]\d\d:?\d\d|GMT|UTC)$/i.test(text.trim());
}

/** `this` of the function that is mapped over rows: nobody gives it one. */
function thisFault(node: ts.Node): Fault | null {
  const typescript = compiler();
  if (node.kind !== typescript.SyntaxKind.ThisKeyword || typescript.isTypeNode(node)) return null;
  const around = typescript.findAncestor(
    node.parent,
    (at) => typescript.isFunctionLike(at) && !typescript.isArrowFunction(at),
  );
  const member =
    around && (typescript.isClassLike(around.parent) || typescript.isObjectLiteralExpression(around.parent));
  const inClass = typescript.findAncestor(node, typescript.isPropertyDeclaration);
  if (member || inClass) return null;
  return {
    code: "SCHEMA",
    what: "uses this, which a step does not have",
    wayOut: "name the value that it means as a constant of a cell",
  };
}

/** `error.stack` holds paths and lines, which differ from one machine and version to the next. */
function stackFault(node: ts.Node, checker: ts.TypeChecker): Fault | null {
  const typescript = compiler();
  if (!typescript.isPropertyAccessExpression(node) || node.name.text !== "stack") return null;
  const declared = checker.getSymbolAtLocation(node.name)?.declarations ?? [];
  if (!declared.some((declaration) => declaration.getSourceFile().isDeclarationFile)) return null;
  return {
    code: "NONDETERMINISTIC",
    what: "uses .stack, which differs from one place to another",
    wayOut: "use the message of the error",
  };
}

/** A change of a built-in of the language: `Array.prototype.last = …`. */
function patchFault(node: ts.Node, checker: ts.TypeChecker): Fault | null {
  const typescript = compiler();
  const target = changedTarget(node);
  if (!target) return null;
  let root: ts.Node = target;
  while (
    typescript.isPropertyAccessExpression(root) ||
    typescript.isElementAccessExpression(root) ||
    typescript.isParenthesizedExpression(root) ||
    typescript.isAsExpression(root) ||
    typescript.isNonNullExpression(root)
  ) {
    root = root.expression;
  }
  if (!typescript.isIdentifier(root) || !isOfLanguage(root, checker)) return null;
  return {
    code: "BUILTIN_PATCHED",
    what: `changes ${root.text}, which belongs to the language`,
    wayOut: "write a function of its own instead",
  };
}

/** What an assignment or a call such as `Object.assign(a, …)` changes. */
function changedTarget(node: ts.Node): ts.Node | null {
  const typescript = compiler();
  const { SyntaxKind } = typescript;
  if (typescript.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const assigns = kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
    return assigns && !typescript.isIdentifier(node.left) ? node.left : null;
  }
  if (typescript.isDeleteExpression(node)) return node.expression;
  if (!typescript.isCallExpression(node)) return null;
  const changes = /^Object\s*\.\s*(assign|defineProperty|defineProperties|setPrototypeOf)$/;
  return changes.test(node.expression.getText()) ? (node.arguments[0] ?? null) : null;
}

/** Whether a name is one that the language defines. */
function isOfLanguage(name: ts.Node, checker: ts.TypeChecker): boolean {
  const declarations = checker.getSymbolAtLocation(name)?.declarations ?? [];
  return declarations.length > 0 && declarations.every((one) => one.getSourceFile().isDeclarationFile);
}
