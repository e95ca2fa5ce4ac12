/** Which columns of its row a function reads, found from its text. */
import { compiler, type TypeScript as ts } from "./compiler";

export type ColumnsRead =
  | { readonly ok: true; readonly names: readonly string[] }
  /** The row is used as a whole; at this expression. */
  | { readonly ok: false; readonly node: ts.Node; readonly text: string };

/**
 * The columns that the function takes from its first parameter: `row.a`, `row["b"]`, `const { c } = row`, `({ d }) =>`. In
 * the order of their first use. A row that is handed on as a whole, or read by a computed name, cannot be followed.
 */
export function columnsRead(
  declared: ts.SignatureDeclaration & { readonly body?: ts.Node | undefined },
): ColumnsRead {
  const typescript = compiler();
  const [parameter] = declared.parameters;
  const names = new Set<string>();
  if (!parameter) return { ok: true, names: [] };
  if (!typescript.isIdentifier(parameter.name)) {
    const fault = patternColumns(parameter.name, names);
    return fault ? unknown(fault) : { ok: true, names: [...names] };
  }
  const row = parameter.name.text;
  let whole: ts.Node | null = null;
  const visit = (node: ts.Node): void => {
    if (whole || (node !== declared && hides(node, row))) return;
    if (typescript.isIdentifier(node) && node.text === row && isUse(node)) whole = useOf(node, names);
    if (typescript.isIdentifier(node) && node.text === "arguments" && isUse(node)) whole = node;
    typescript.forEachChild(node, visit);
  };
  if (declared.body) visit(declared.body);
  return whole ? unknown(whole) : { ok: true, names: [...names] };
}

function unknown(node: ts.Node): ColumnsRead {
  return { ok: false, node, text: node.getText().replace(/\s+/g, " ").slice(0, 60) };
}

/** Notes what one use of the row reads; gives the node back when that cannot be known. */
function useOf(row: ts.Identifier, names: Set<string>): ts.Node | null {
  const typescript = compiler();
  let at: ts.Node = row;
  while (
    typescript.isParenthesizedExpression(at.parent) ||
    typescript.isAsExpression(at.parent) ||
    typescript.isNonNullExpression(at.parent)
  ) {
    at = at.parent;
  }
  const { parent } = at;
  if (typescript.isPropertyAccessExpression(parent) && parent.expression === at) {
    names.add(parent.name.text);
    return null;
  }
  if (typescript.isElementAccessExpression(parent) && parent.expression === at) {
    if (!typescript.isStringLiteralLike(parent.argumentExpression)) return parent;
    names.add(parent.argumentExpression.text);
    return null;
  }
  if (
    typescript.isVariableDeclaration(parent) &&
    parent.initializer === at &&
    !typescript.isIdentifier(parent.name)
  ) {
    return patternColumns(parent.name, names);
  }
  return parent;
}

function patternColumns(pattern: ts.BindingPattern, names: Set<string>): ts.Node | null {
  const typescript = compiler();
  if (!typescript.isObjectBindingPattern(pattern)) return pattern;
  for (const element of pattern.elements) {
    const key = element.propertyName ?? element.name;
    if (element.dotDotDotToken || !(typescript.isIdentifier(key) || typescript.isStringLiteralLike(key)))
      return element;
    names.add(key.text);
  }
  return null;
}

/** Whether the node opens a scope in which the name means something else. */
function hides(node: ts.Node, name: string): boolean {
  const typescript = compiler();
  if (!typescript.isFunctionLike(node)) return false;
  return node.parameters.some(
    (parameter) => typescript.isIdentifier(parameter.name) && parameter.name.text === name,
  );
}

function isUse(name: ts.Identifier): boolean {
  const typescript = compiler();
  const { parent } = name;
  if (typescript.isPropertyAccessExpression(parent)) return parent.expression === name;
  if (typescript.isPropertyAssignment(parent)) return parent.initializer === name;
  if (typescript.isTypeNode(parent)) return false;
  return !("name" in parent && parent.name === name) || typescript.isShorthandPropertyAssignment(parent);
}
