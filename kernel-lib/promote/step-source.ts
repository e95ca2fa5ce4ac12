/**
 * The file that a promotion writes: the slice's pieces inside one function `bind`, which takes the parameters and
 * gives the function that is mapped over rows.
 */

import type { StepKind } from "../steps/outcome";
import type { Piece } from "./cells";
import { compiler, type TypeScript as ts } from "./compiler";
import type { Slice } from "./slice";
import { initializerOf, isFunction } from "./target";

export interface StepSourceOptions {
  readonly name: string;
  readonly kind: StepKind;
  /** TypeScript type of each column that is read. */
  readonly reads: Readonly<Record<string, string>>;
  /** TypeScript type of each column that is written; for flags. */
  readonly writes: Readonly<Record<string, string>>;
  /** TypeScript type of each captured value that becomes a parameter. */
  readonly params: Readonly<Record<string, string>>;
  /** Values that stand in the file instead of the code that made them, as JSON text by name. */
  readonly frozen: Readonly<Record<string, string>>;
  /** For a look inside: `bind` gives `{ step, values }`, the function and one that gives the values of these names. */
  readonly probe?: readonly string[];
}

/** A line of the written file and the place in the notebook that it comes from. */
export interface SourceLine {
  /** Line of step.ts, from 1. */
  readonly at: number;
  readonly cell: number;
  /** Line in the cell, from 1. */
  readonly line: number;
}

export interface StepSource {
  readonly text: string;
  /** First line of each piece, ascending. */
  readonly lines: readonly SourceLine[];
}

/** Names of the types that the file declares beside those of the cells. */
interface TypeNames {
  readonly Row: string;
  readonly Params: string;
  readonly Values: string;
  readonly Message: string;
  readonly Result: string;
}

function resultOf(kind: StepKind, { Values, Message }: TypeNames): string {
  if (kind === "filter") return "boolean | { readonly drop: string }";
  if (kind === "flag") return Values;
  return `{ readonly text: string } | { readonly messages: readonly ${Message}[] } | null`;
}

/** `Row`, or `StepRow` where a cell has a Row of its own. */
function typeNames(pieces: readonly Piece[]): TypeNames {
  const taken = new Set(pieces.flatMap(({ defines }) => defines));
  const free = (name: string): string => (taken.has(name) ? free(`Step${name}`) : name);
  return {
    Row: free("Row"),
    Params: free("Params"),
    Values: free("Values"),
    Message: free("Message"),
    Result: free("Result"),
  };
}

/** The text of step.ts. The same for the same slice and options. */
export function stepSource(
  { pieces, target }: Slice,
  { name, kind, reads, writes, params, frozen, probe }: StepSourceOptions,
): StepSource {
  const out: string[] = [];
  const lines: SourceLine[] = [];
  const named = typeNames(pieces);
  const add = (text: string, piece?: Piece): void => {
    if (piece) lines.push({ at: out.length + 1, cell: piece.cell, line: piece.line });
    out.push(...text.split("\n"));
  };
  const imports = pieces.filter((piece) => piece.kind === "import");
  const types = pieces.filter((piece) => piece.kind === "type");
  const code = pieces.filter(
    (piece) =>
      piece.kind !== "import" &&
      piece.kind !== "type" &&
      !piece.defines.every((defined) => defined in params),
  );
  add(`/** ${name}: a ${kind}. Promoted from a notebook; immutable: a changed byte is found and named. */`);
  for (const piece of imports) add(piece.text, piece);
  add("");
  add(interfaceText(named.Row, "The columns it reads.", reads));
  add(interfaceText(named.Params, "Its parameters.", params));
  if (kind === "flag") add(interfaceText(named.Values, "The columns it writes.", writes));
  if (kind === "rewrite") add(messageText(named.Message));
  add(`export type ${named.Result} = ${resultOf(kind, named)};`);
  for (const piece of types) add(piece.text, piece);
  add("");
  add("/** The function that is mapped over rows. */");
  add(
    `export function bind({ ${Object.keys(params).join(", ")} }: ${named.Params}): (row: ${named.Row}) => ${named.Result} {`,
  );
  for (const piece of code) {
    add(`  // cell ${piece.cell}, line ${piece.line}`);
    const values = piece.defines.filter((defined) => Object.hasOwn(frozen, defined));
    const constants = values.map((defined) => `const ${defined} = ${frozen[defined]};`).join("\n");
    add(indent(constants || typed(piece, target.name, named.Row)), piece);
  }
  const place = pieces.find(({ defines }) => target.name !== null && defines.includes(target.name)) ?? target;
  lines.push({ at: out.length + 1, cell: place.cell, line: place.line });
  const step = target.name ?? inline(target.expression!, named.Row);
  if (probe) add(`  return { step: ${step}, values: () => [${probe.join(", ")}] } as never;`);
  else add(`  return ${step};`);
  add("}");
  return { text: `${out.join("\n")}\n`, lines };
}

/** The place in the notebook that a line of step.ts comes from; null for lines that the promotion wrote. */
export function placeOf({ lines }: StepSource, at: number): { cell: number; line: number } | null {
  const start = lines.findLast((entry) => entry.at <= at);
  return start ? { cell: start.cell, line: start.line + at - start.at } : null;
}

const messageText = (name: string) => `export interface ${name} {
  readonly role: string;
  readonly content: string;
  readonly name?: string | null;
  readonly channel?: string | null;
  readonly reasoning_content?: string | null;
  readonly tool_calls?: string | null;
}`;

function interfaceText(name: string, says: string, members: Readonly<Record<string, string>>): string {
  const lines = Object.entries(members).map(([key, type]) => `  readonly ${propertyName(key)}: ${type};`);
  return [`/** ${says} */`, `export interface ${name} {`, ...lines, "}"].join("\n");
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** The piece's text; where it is the target and its row has no type, the row is a Row. */
function typed(piece: Piece, targetName: string | null, rowType: string): string {
  if (targetName === null || !piece.defines.includes(targetName)) return piece.text;
  const initializer = initializerOf(piece);
  const node = piece.node as ts.FunctionDeclaration;
  const declared = initializer && isFunction(initializer) ? initializer : node;
  if (!compiler().isFunctionLike(declared)) return piece.text;
  return withRowType(piece.text, piece.node, declared, rowType);
}

function inline(expression: ts.Expression, rowType: string): string {
  return isFunction(expression)
    ? `(${withRowType(expression.getText(), expression, expression, rowType)})`
    : expression.getText();
}

/** The function's text with the type of the columns for its row: what a cell says of them may be older than the table. */
function withRowType(
  text: string,
  whole: ts.Node,
  declared: ts.SignatureDeclaration,
  rowType: string,
): string {
  const [row] = declared.parameters;
  if (!row) return text;
  const at = text.indexOf(whole.getText());
  const offset = (at >= 0 ? at : text.length - whole.getText().length) - whole.getStart(); // `export` was taken off
  const [start, end] = [row.getStart() + offset, row.getEnd() + offset];
  const parenthesized = /^\s*[,)]/.test(text.slice(end)) && /\(\s*$/.test(text.slice(0, start));
  const parameter = `${row.name.getText()}: ${rowType}`;
  return text.slice(0, start) + (parenthesized ? parameter : `(${parameter})`) + text.slice(end);
}

/** Two spaces before each line that is no part of a template literal would change it: only the first line is moved. */
function indent(text: string): string {
  return text.includes("`") ? `  ${text}` : text.replace(/^(?=.)/gm, "  ");
}
