/**
 * What the code of a step may not say. Types are checked strictly against the language alone: no DOM, no Node. Names
 * of the language that can hide chance, time or code are allowed in their direct, harmless forms only, so that an alias
 * cannot smuggle them in.
 */
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { compiler, type TypeScript as ts } from "./compiler";
import { forbiddenForm } from "./forbidden-forms";
import type { RefusalCode } from "./refusal";

/** A finding in a file: where, and what. */
export interface Finding {
  readonly code: RefusalCode;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly what: string;
  readonly wayOut: string;
}

/** Names of hosts (browser, Node) by what is wrong with them. */
const HOST: Readonly<Record<string, RefusalCode>> = Object.fromEntries([
  ..."fetch XMLHttpRequest WebSocket EventSource navigator location document window Bun Deno process require module console alert localStorage indexedDB caches Worker postMessage queueMicrotask exports __dirname __filename Buffer Blob File FileReader"
    .split(" ")
    .map((name) => [name, "IO"]),
  ..."crypto performance setTimeout setInterval setImmediate requestAnimationFrame os"
    .split(" ")
    .map((name) => [name, "NONDETERMINISTIC"]),
  ..."eval Function globalThis global self WebAssembly importScripts"
    .split(" ")
    .map((name) => [name, "DYNAMIC"]),
]);

/** Names of the language that are refused in any form. */
const REFUSED: Readonly<Record<string, RefusalCode>> = {
  eval: "DYNAMIC",
  Function: "DYNAMIC",
  globalThis: "DYNAMIC",
  Reflect: "DYNAMIC",
  Proxy: "DYNAMIC",
  Intl: "NONDETERMINISTIC",
  WeakRef: "NONDETERMINISTIC",
  FinalizationRegistry: "NONDETERMINISTIC",
  Atomics: "NONDETERMINISTIC",
  SharedArrayBuffer: "NONDETERMINISTIC",
};

/** Members that are refused on anything: they lead to code, to the locale, or to the machine's time zone. */
const MEMBERS: Readonly<Record<string, RefusalCode>> = Object.fromEntries([
  ..."constructor __proto__ __defineGetter__ __defineSetter__ __lookupGetter__"
    .split(" ")
    .map((m) => [m, "DYNAMIC"]),
  ..."toLocaleString toLocaleDateString toLocaleTimeString toLocaleUpperCase toLocaleLowerCase localeCompare getTimezoneOffset getHours getMinutes getSeconds getDay getDate getMonth getFullYear toDateString toTimeString setHours setMinutes setDate setMonth setFullYear getYear setYear"
    .split(" ")
    .map((m) => [m, "NONDETERMINISTIC"]),
]);

const WAY_OUT: Partial<Record<RefusalCode, string>> = {
  IO: "read what it needs in a cell before, and use the value as a constant or a parameter",
  NONDETERMINISTIC: "take it from a column or a parameter; a sample is drawn with table.sample(n, { seed })",
  DYNAMIC: "write the code out",
};

/** Everything in the program's own files that a step may not say, in the order of files and lines. */
export function forbidden(program: ts.Program, isOwn: (file: string) => boolean): Finding[] {
  const checker = program.getTypeChecker();
  return program
    .getSourceFiles()
    .filter(({ fileName, isDeclarationFile }) => !isDeclarationFile && isOwn(fileName))
    .flatMap((file) => forbiddenIn(file, checker));
}

function forbiddenIn(file: ts.SourceFile, checker: ts.TypeChecker): Finding[] {
  const typescript = compiler();
  const found: Finding[] = [];
  const report = (node: ts.Node, code: RefusalCode, what: string, wayOut = WAY_OUT[code]!): void => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    found.push({ code, file: file.fileName, line, what, wayOut });
  };
  const visit = (node: ts.Node): void => {
    if (typescript.isIdentifier(node)) {
      const fault = isType(node) ? null : globalFault(node, checker);
      if (fault) report(node, fault.code, fault.what);
    } else if (typescript.isImportTypeNode(node)) {
      return;
    }
    const member = memberName(node);
    const code = member === null ? undefined : Object.hasOwn(MEMBERS, member) ? MEMBERS[member] : undefined;
    if (code) report(node, code, `uses .${member}`);
    if (typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword) {
      report(node, "DYNAMIC", "imports while it runs", "import it at the top of a cell");
    }
    const form = forbiddenForm(node, checker);
    if (form) report(node, form.code, form.what, form.wayOut);
    if (typescript.isMetaProperty(node)) report(node, "DYNAMIC", `uses ${node.getText(file)}`);
    if (typescript.isFunctionLike(node) && isAsync(node)) {
      report(
        node,
        "SCHEMA",
        "is asynchronous",
        "a step answers at once: await what it needs in a cell before",
      );
    }
    if (typescript.isWithStatement(node)) report(node, "DYNAMIC", "uses with");
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What is wrong with a name that the language or the host defines; null for the code's own names and harmless ones. */
function globalFault(
  name: ts.Identifier,
  checker: ts.TypeChecker,
): { readonly code: RefusalCode; readonly what: string } | null {
  const typescript = compiler();
  if (!isUse(name)) return null;
  const symbol = typescript.isShorthandPropertyAssignment(name.parent)
    ? checker.getShorthandAssignmentValueSymbol(name.parent)
    : checker.getSymbolAtLocation(name);
  const declarations = symbol?.declarations ?? [];
  const ofLanguage = declarations.every((declaration) => declaration.getSourceFile().isDeclarationFile);
  if (!ofLanguage) return null;
  const { text, parent } = name;
  if (declarations.length === 0 && Object.hasOwn(HOST, text)) {
    return { code: HOST[text]!, what: `uses ${text}` };
  }
  if (Object.hasOwn(REFUSED, text)) return { code: REFUSED[text]!, what: `uses ${text}` };
  if (text === "Math") {
    const member = memberName(parent);
    if (member === null)
      return { code: "NONDETERMINISTIC", what: "hands Math on, which can hide Math.random" };
    return member === "random" ? { code: "NONDETERMINISTIC", what: "uses Math.random" } : null;
  }
  if (text === "Date") {
    const made = typescript.isNewExpression(parent) && parent.expression === name;
    if (made && (parent.arguments?.length ?? 0) > 0) return null;
    const member = memberName(parent);
    if (member === "UTC" || (typescript.isBinaryExpression(parent) && parent.right === name)) return null;
    return {
      code: "NONDETERMINISTIC",
      what: made ? "uses new Date() (the time now)" : member ? `uses Date.${member}` : "hands Date on",
    };
  }
  return null;
}

/** `a.b` and `a["b"]`, and what a pattern takes: `const { b } = a`; else null. */
function memberName(node: ts.Node): string | null {
  const typescript = compiler();
  if (typescript.isPropertyAccessExpression(node)) return node.name.text;
  if (typescript.isElementAccessExpression(node)) {
    return typescript.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : null;
  }
  if (typescript.isBindingElement(node) && typescript.isObjectBindingPattern(node.parent)) {
    const key = node.propertyName ?? node.name;
    return typescript.isIdentifier(key) || typescript.isStringLiteral(key) ? key.text : null;
  }
  return null;
}

function isUse(name: ts.Identifier): boolean {
  const typescript = compiler();
  const { parent } = name;
  if (typescript.isPropertyAccessExpression(parent)) return parent.expression === name;
  if (typescript.isPropertyAssignment(parent)) return parent.initializer === name;
  if (typescript.isBindingElement(parent)) return parent.initializer === name;
  if ("name" in parent && parent.name === name) return typescript.isShorthandPropertyAssignment(parent);
  return !typescript.isImportSpecifier(parent) && !typescript.isExportSpecifier(parent);
}

function isType(node: ts.Node): boolean {
  const typescript = compiler();
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (typescript.isTypeNode(at) && !typescript.isExpressionWithTypeArguments(at)) return true;
    if (typescript.isStatement(at))
      return typescript.isInterfaceDeclaration(at) || typescript.isTypeAliasDeclaration(at);
  }
  return false;
}

function isAsync(node: ts.Node): boolean {
  const typescript = compiler();
  const modifiers = typescript.canHaveModifiers(node) ? typescript.getModifiers(node) : undefined;
  return modifiers?.some(({ kind }) => kind === typescript.SyntaxKind.AsyncKeyword) ?? false;
}

/** A program of `files` (text by path) under strict rules, with the language's own library and no other types. */
export function strictProgram(files: Readonly<Record<string, string>>, root: string): ts.Program {
  const typescript = compiler();
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    target: typescript.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts"],
    module: typescript.ModuleKind.ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    types: [],
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    paths: { corpuslab: [join(__dirname, "..", "index")] },
  };
  const host = typescript.createCompilerHost(options, true);
  const { getSourceFile, fileExists, readFile } = host;
  const libraries = dirname(typescript.getDefaultLibFilePath(options));
  host.getDefaultLibLocation = () => libraries;
  host.getCurrentDirectory = () => root;
  host.fileExists = (path) => path in files || fileExists(path);
  host.readFile = (path) => files[path] ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = files[path];
    if (text !== undefined) return typescript.createSourceFile(path, text, version, true);
    if (!path.startsWith(libraries)) return getSourceFile(path, version, ...rest);
    const known = libraryFiles.get(path) ?? getSourceFile(path, version, ...rest);
    if (known) libraryFiles.set(path, known);
    return known;
  };
  return typescript.createProgram({ rootNames: Object.keys(files), options, host });
}

const libraryFiles = new Map<string, ts.SourceFile>();

/** Path of the file that holds the step, beside the notebook, so that `./helper` resolves as it did in the cell. */
export function stepPath(folder: string): string {
  return join(folder, "step.ts").replaceAll("\\", "/");
}

/** What strict TypeScript says of the program's own files, as refusals. */
export function typeFaults(program: ts.Program, isOwn: (file: string) => boolean): Finding[] {
  const typescript = compiler();
  const found: Finding[] = [];
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || !isOwn(file.fileName)) continue;
    for (const { code, start = 0, messageText } of [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]) {
      const text = typescript.flattenDiagnosticMessageText(messageText, " ");
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      const host = /^Cannot find name '(\w+)'/.exec(text)?.[1];
      const module = /^Cannot find module '([^']+)'/.exec(text)?.[1];
      if (module !== undefined && isBuiltin(module)) {
        found.push({
          code: "IO",
          file: file.fileName,
          line,
          what: `imports ${module}`,
          wayOut: WAY_OUT.IO!,
        });
        continue;
      }
      if (host !== undefined && Object.hasOwn(HOST, host)) continue; // `forbidden` says it better
      found.push({ file: file.fileName, line, what: text.replace(/\.$/, ""), ...judge(code, text, host) });
    }
  }
  return found;
}

const POSSIBLY_NULL = new Set([2531, 2532, 2533, 18047, 18048, 18049]);
const IMPLICIT_ANY = new Set([7005, 7006, 7010, 7018, 7019, 7022, 7023, 7031, 7034, 7053]);

/** `Argument of type 'number | null' is not assignable to parameter of type 'number'`, and to a Result. */
const NULL_GIVEN = /^Argument of type '[^']*\bnull\b|Type 'null' is not assignable to type/;
const CHANGES_READ_ONLY = /^Property '(\w+)' does not exist on type 'readonly /;

function judge(
  code: number,
  text: string,
  unknownName: string | undefined,
): { code: RefusalCode; wayOut: string } {
  if (POSSIBLY_NULL.has(code) || NULL_GIVEN.test(text)) {
    return {
      code: "NULL_UNDECIDED",
      wayOut: 'say what a missing value means: test for null, or give nulls: { column: "keep" | "drop" }',
    };
  }
  if (unknownName !== undefined) {
    return {
      code: "JOURNAL_INCOMPLETE",
      wayOut: `run the cell that defines ${unknownName}, then run the cell of the function again`,
    };
  }
  const changing = CHANGES_READ_ONLY.exec(text)?.[1];
  if (changing !== undefined) {
    return {
      code: "ORDER_DEPENDENT",
      wayOut: `${changing} would change a list that other rows see too: work on a copy, as [...list].${changing}()`,
    };
  }
  const wayOut = IMPLICIT_ANY.has(code)
    ? "give it a type: cells are not checked strictly, steps are"
    : "mend the cell and run it again";
  return { code: "SCHEMA", wayOut };
}

/** Files that `path` imports, also through others, with the line of the import in it. */
export function importLines(program: ts.Program, path: string): ReadonlyMap<string, number> {
  const typescript = compiler();
  const checker = program.getTypeChecker();
  const lines = new Map<string, number>();
  const visit = (file: ts.SourceFile, from: number | null): void => {
    for (const statement of file.statements) {
      if (!typescript.isImportDeclaration(statement) && !typescript.isExportDeclaration(statement)) continue;
      const { moduleSpecifier } = statement;
      const found = moduleSpecifier && checker.getSymbolAtLocation(moduleSpecifier)?.declarations?.[0];
      if (!found || !typescript.isSourceFile(found) || lines.has(found.fileName)) continue;
      const line = from ?? file.getLineAndCharacterOfPosition(statement.getStart(file)).line + 1;
      lines.set(found.fileName, line);
      visit(found, line);
    }
  };
  const file = program.getSourceFile(path);
  if (file) visit(file, null);
  return lines;
}
