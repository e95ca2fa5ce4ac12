/** The journal's cells as syntax: the statements at their top level, what each defines, and what each needs. */
import { compiler, type TypeScript as ts } from "./compiler";

/** A cell that ran, as the journal has it. */
export interface CellText {
  readonly order: number;
  readonly text: string;
}

export type DefinitionKind = "import" | "type" | "function" | "class" | "variable";

/** A piece of a cell's top level: a statement, or one declaration of a statement that makes several. */
export interface Piece {
  readonly cell: number;
  /** Line in the cell, from 1. */
  readonly line: number;
  /** Names it defines; none for a statement that only does something. */
  readonly defines: readonly string[];
  readonly kind: DefinitionKind | "action";
  /** Names it uses that are defined outside of it: in other pieces, or by the language. */
  readonly needs: readonly string[];
  /** The statement, able to stand alone. */
  readonly text: string;
  readonly node: ts.Node;
}

/** A cell taken apart. */
export interface ParsedCell {
  readonly order: number;
  readonly file: ts.SourceFile;
  readonly checker: ts.TypeChecker;
  readonly pieces: readonly Piece[];
}

const parsed = new Map<string, ParsedCell>();

/** The cell's pieces in their order. Parsed once for each order and text. */
export function parseCell({ order, text }: CellText): ParsedCell {
  const key = `${order}\0${text}`;
  const known = parsed.get(key);
  if (known) return known;
  const { file, checker } = compile(`cell-${order}.ts`, text);
  const pieces = file.statements.flatMap((statement) => piecesOf(order, statement, file, checker));
  const cell = { order, file, checker, pieces };
  parsed.set(key, cell);
  return cell;
}

/** Line of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

/** A program of this one text: names resolve inside it or not at all. */
function compile(name: string, text: string): { file: ts.SourceFile; checker: ts.TypeChecker } {
  const typescript = compiler();
  const options: ts.CompilerOptions = {
    noLib: true,
    noResolve: true,
    target: typescript.ScriptTarget.ES2022,
    types: [],
  };
  const file = typescript.createSourceFile(name, text, typescript.ScriptTarget.ES2022, true);
  const program = typescript.createProgram({
    rootNames: [name],
    options,
    host: {
      getSourceFile: (wanted) => (wanted === name ? file : undefined),
      getDefaultLibFileName: () => "",
      writeFile: () => undefined,
      getCurrentDirectory: () => "",
      getCanonicalFileName: (path) => path,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      fileExists: (path) => path === name,
      readFile: () => undefined,
    },
  });
  return { file, checker: program.getTypeChecker() };
}

function piecesOf(
  cell: number,
  statement: ts.Statement,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
): Piece[] {
  const typescript = compiler();
  const piece = (
    kind: Piece["kind"],
    defines: readonly string[],
    node: ts.Node = statement,
    text = node.getText(file),
  ): Piece => ({
    cell,
    line: lineOf(node),
    kind,
    defines,
    needs: namesNeeded(node, checker),
    text: text.replace(/^export\s+(default\s+)?/, ""),
    node,
  });
  if (typescript.isImportDeclaration(statement) || typescript.isImportEqualsDeclaration(statement)) {
    return [piece("import", importedNames(statement))];
  }
  if (typescript.isInterfaceDeclaration(statement) || typescript.isTypeAliasDeclaration(statement)) {
    return [piece("type", [statement.name.text])];
  }
  if (typescript.isEnumDeclaration(statement)) return [piece("class", [statement.name.text])];
  if (typescript.isFunctionDeclaration(statement) && statement.name) {
    return [piece("function", [statement.name.text])];
  }
  if (typescript.isClassDeclaration(statement) && statement.name) {
    return [piece("class", [statement.name.text])];
  }
  if (typescript.isVariableStatement(statement)) {
    const { flags, declarations } = statement.declarationList;
    const word =
      flags & typescript.NodeFlags.Const ? "const" : flags & typescript.NodeFlags.Let ? "let" : "var";
    return declarations.map((declaration) =>
      piece("variable", boundNames(declaration.name), declaration, `${word} ${declaration.getText(file)};`),
    );
  }
  return [piece("action", [])];
}

/** Names that a pattern binds: `{ a, b: [c] }` binds a and c. */
export function boundNames(name: ts.BindingName): string[] {
  const typescript = compiler();
  if (typescript.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    typescript.isBindingElement(element) ? boundNames(element.name) : [],
  );
}

function importedNames(statement: ts.ImportDeclaration | ts.ImportEqualsDeclaration): string[] {
  const typescript = compiler();
  if (typescript.isImportEqualsDeclaration(statement)) return [statement.name.text];
  const clause = statement.importClause;
  if (!clause) return [];
  const bindings = clause.namedBindings;
  const named = !bindings
    ? []
    : typescript.isNamespaceImport(bindings)
      ? [bindings.name.text]
      : bindings.elements.map(({ name }) => name.text);
  return [...(clause.name ? [clause.name.text] : []), ...named];
}

/** Names used in the node whose declaration is not inside it, in the order of their first use. */
export function namesNeeded(node: ts.Node, checker: ts.TypeChecker): string[] {
  const names = new Set<string>();
  forEachReference(node, checker, (identifier, symbol) => {
    const inside = symbol?.declarations?.some((declaration) => contains(node, declaration));
    if (!inside) names.add(identifier.text);
  });
  return [...names];
}

/** Calls `use` for each identifier of the node that refers to a value or type by its name. */
export function forEachReference(
  node: ts.Node,
  checker: ts.TypeChecker,
  use: (identifier: ts.Identifier, symbol: ts.Symbol | undefined) => void,
): void {
  const typescript = compiler();
  const visit = (at: ts.Node): void => {
    if (typescript.isIdentifier(at) && isReference(at)) {
      const symbol = typescript.isShorthandPropertyAssignment(at.parent)
        ? checker.getShorthandAssignmentValueSymbol(at.parent)
        : checker.getSymbolAtLocation(at);
      use(at, symbol);
    }
    typescript.forEachChild(at, visit);
  };
  visit(node);
}

/** Whether the identifier stands for something defined elsewhere, not for a member, a label or what it declares. */
function isReference(identifier: ts.Identifier): boolean {
  const typescript = compiler();
  const { parent } = identifier;
  if (identifier.text === "undefined" || identifier.text === "arguments") return false;
  if (typescript.isPropertyAccessExpression(parent)) return parent.expression === identifier;
  if (typescript.isQualifiedName(parent)) return parent.left === identifier;
  if (typescript.isPropertyAssignment(parent)) return parent.initializer === identifier;
  if (typescript.isBindingElement(parent)) return parent.initializer === identifier;
  if (typescript.isEnumMember(parent)) return parent.initializer === identifier;
  if (typescript.isImportSpecifier(parent) || typescript.isImportClause(parent)) return false;
  if (typescript.isNamespaceImport(parent) || typescript.isImportEqualsDeclaration(parent)) return false;
  if (typescript.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === identifier;
  if (typescript.isBreakOrContinueStatement(parent) || typescript.isLabeledStatement(parent)) return false;
  if (typescript.isTypePredicateNode(parent)) return false;
  if (typescript.isNamedTupleMember(parent)) return parent.name !== identifier;
  if ("name" in parent && parent.name === identifier) return typescript.isShorthandPropertyAssignment(parent);
  return true;
}

/** Whether `inner` stands inside `outer` (or is it). */
export function contains(outer: ts.Node, inner: ts.Node): boolean {
  for (let at: ts.Node | undefined = inner; at; at = at.parent) if (at === outer) return true;
  return false;
}
