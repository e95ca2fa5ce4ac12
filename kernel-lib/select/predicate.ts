/** A pool's predicate: one SQL expression over the columns of a row, the same for the same row on every machine. */

import { z } from "zod";
import type { Db } from "../db";
import { quoteName } from "../db";
import { errorText, InputError, nearestNames } from "../errors";
import type { Column } from "../run-folder";

const parsed = z.object({
  error: z.boolean(),
  error_message: z.string().optional(),
  statements: z.array(z.object({ node: z.record(z.string(), z.unknown()) })).optional(),
});

/**
 * Returns when the predicate is one boolean expression over the given columns; it is parsed and bound, never run.
 * Refused: several statements or expressions, sub-queries, windows, aggregates (a predicate sees one row), and
 * functions whose result changes from run to run (`random()`, `now()`).
 * @throws InputError that names the pool, the fault, and the nearest column names.
 * @example await checkPredicate(db, "short", "stats_approx_tokens < 100", columns)
 */
export async function checkPredicate(
  db: Db,
  pool: string,
  predicate: string,
  columns: readonly Column[],
): Promise<void> {
  const refuse = (fault: string, cause?: unknown): InputError =>
    new InputError(
      `pool ${pool}: ${fault} in ${JSON.stringify(predicate)}; expected one SQL expression that is true or false` +
        ` for a row, such as "meta_domain = 'math' and stats_approx_tokens < 2000"`,
      { cause },
    );
  await checkExpression(db, predicate, columns, refuse);
}

/**
 * What `checkPredicate` checks, with an error of the caller's own. Gives the columns that the expression speaks of, as the
 * columns are spelled, each once.
 */
export async function checkExpression(
  db: Db,
  predicate: string,
  columns: readonly Column[],
  refuse: Refuse,
): Promise<string[]> {
  const nodes = await parse(db, predicate, refuse);
  const parameters = new Set(nodes.filter(isLambda).flatMap((node) => columnRefs(walk(node.lhs))));
  const known = new Map(columns.map(({ name }) => [name.toLowerCase(), name]));
  const used = new Set<string>();
  for (const name of columnRefs(nodes)) {
    const column = known.get(name.toLowerCase());
    if (column !== undefined) used.add(column);
    if (column !== undefined || parameters.has(name)) continue;
    const near = nearestNames(name, known.values());
    throw refuse(`no column ${name}${near.length > 0 ? ` (nearest: ${near.join(", ")})` : ""}`);
  }
  for (const node of nodes) {
    if (node.class === "SUBQUERY") throw refuse("a sub-query");
    if (node.class === "WINDOW") throw refuse("a window function");
  }
  await checkFunctions(db, nodes, refuse);
  const row = columns.map(({ name, type }) => `null::${type} as ${quoteName(name)}`).join(", ");
  const [column] = await db
    .describe(`select (${predicate}\n) as holds from (select ${row})`)
    .catch((cause: unknown) => {
      throw refuse(errorText(cause).split("\n")[0]!, cause);
    });
  if (column?.type !== "BOOLEAN") throw refuse(`a ${column?.type ?? "nothing"} instead of a BOOLEAN`);
  return [...used];
}

/** An expression in DuckDB's own spelling, without comments and layout, and the names of its `$name` parameters. */
export async function spelledExpression(
  db: Db,
  predicate: string,
): Promise<{ readonly sql: string; readonly params: readonly string[] }> {
  const { tree } = await db.one<{ tree: string }>("select json_serialize_sql(?::VARCHAR) as tree", [
    `select (${predicate}\n)`,
  ]);
  const plain = tree.replace(/"query_location":\d+/g, '"query_location":0');
  const nodes = walk(JSON.parse(plain));
  const { sql } = await db.one<{ sql: string }>("select json_deserialize_sql(?::JSON) as sql", [plain]);
  const params = nodes.filter((node) => node.class === "PARAMETER").map((node) => String(node.identifier));
  return { sql: sql.replace(/^SELECT /, ""), params: [...new Set(params)] };
}

/** One of the conditions that a predicate joins by AND. */
export interface PredicatePart {
  readonly sql: string;
  /** Columns it speaks of, each once. */
  readonly columns: readonly string[];
}

/**
 * The conditions that all have to hold for a predicate that `checkPredicate` has passed; one where it is not joined by
 * AND. The SQL is DuckDB's own spelling of it.
 */
export async function predicateParts(db: Db, predicate: string): Promise<PredicatePart[]> {
  const { tree } = await db.one<{ tree: string }>("select json_serialize_sql(?::VARCHAR) as tree", [
    `select (${predicate}\n)`,
  ]);
  // Places in the statement are beyond the integers that JSON.parse keeps; so may be numbers of the predicate's own.
  const plain = tree.replace(/"query_location":\d+/g, '"query_location":0');
  const whole = JSON.parse(plain) as { statements: [{ node: { select_list: [Node] } }] };
  const [statement] = whole.statements;
  if (/:-?\d{16}/.test(plain)) return [{ sql: predicate, columns: columnsOf(statement.node.select_list[0]) }];
  const parts: PredicatePart[] = [];
  for (const node of conjuncts(statement.node.select_list[0])) {
    const alone = {
      ...whole,
      statements: [{ ...statement, node: { ...statement.node, select_list: [node] } }],
    };
    const { sql } = await db.one<{ sql: string }>("select json_deserialize_sql(?::JSON) as sql", [
      JSON.stringify(alone),
    ]);
    const text = sql.replace(/^SELECT /, "").replace(/^\((.*)\)$/s, "$1");
    const lambda = new Set(
      walk(node)
        .filter(isLambda)
        .flatMap((one) => columnRefs(walk(one.lhs))),
    );
    const columns = [...new Set(columnRefs(walk(node)))].filter((name) => !lambda.has(name));
    parts.push({ sql: balanced(text) ? text : sql.replace(/^SELECT /, ""), columns });
  }
  return parts;
}

function columnsOf(node: Node): string[] {
  const nodes = walk(node);
  const parameters = new Set(nodes.filter(isLambda).flatMap((one) => columnRefs(walk(one.lhs))));
  return [...new Set(columnRefs(nodes))].filter((name) => !parameters.has(name));
}

function conjuncts(node: Node): Node[] {
  return node.type === "CONJUNCTION_AND" ? (node.children as Node[]).flatMap(conjuncts) : [node];
}

/** Whether taking the outer parentheses away left a text whose parentheses still belong together. */
function balanced(text: string): boolean {
  let depth = 0;
  for (const character of text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, "")) {
    if (character === "(") depth++;
    if (character === ")" && --depth < 0) return false;
  }
  return depth === 0;
}

type Node = Record<string, unknown>;
/** Makes the error of a fault. */
export type Refuse = (fault: string, cause?: unknown) => InputError;

/** All nodes of the predicate's syntax tree. */
async function parse(db: Db, predicate: string, refuse: Refuse): Promise<Node[]> {
  if (predicate.trim() === "") throw refuse("nothing");
  const { tree } = await db.one<{ tree: string }>("select json_serialize_sql(?::VARCHAR) as tree", [
    `select (${predicate}\n)`,
  ]);
  const { error, error_message, statements = [] } = parsed.parse(JSON.parse(tree));
  if (error) throw refuse(error_message ?? "no SQL");
  const node = statements[0]?.node;
  const list = node?.select_list;
  const from = node?.from_table as Node | undefined;
  const single =
    statements.length === 1 &&
    node?.type === "SELECT_NODE" &&
    Array.isArray(list) &&
    list.length === 1 &&
    from?.type === "EMPTY" &&
    ["where_clause", "having", "sample", "qualify"].every((part) => node[part] === null) &&
    ["group_expressions", "modifiers"].every((part) => (node[part] as unknown[]).length === 0);
  if (!single) throw refuse("more than one expression");
  return walk(list);
}

async function checkFunctions(db: Db, nodes: readonly Node[], refuse: Refuse): Promise<void> {
  const used = new Set(nodes.map((node) => node.function_name).filter((name) => typeof name === "string"));
  if (used.size === 0) return;
  const functions = await db.all<{ name: string; type: string; stability: string | null }>(
    "select distinct function_name as name, function_type as type, stability from duckdb_functions()",
  );
  for (const name of used) {
    const forms = functions.filter((form) => form.name === name);
    if (forms.some((form) => form.stability !== null && form.stability !== "CONSISTENT"))
      throw refuse(`${name}(), whose result changes from run to run,`);
    if (forms.length > 0 && forms.every((form) => form.type === "aggregate"))
      throw refuse(`${name}(), which is taken over many rows,`);
  }
}

function isLambda(node: Node): boolean {
  return node.class === "LAMBDA";
}

function columnRefs(nodes: readonly Node[]): string[] {
  return nodes
    .filter((node) => node.class === "COLUMN_REF")
    .map((node) => (node.column_names as string[])[0]!);
}

function walk(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(walk);
  if (value === null || typeof value !== "object") return [];
  return [value as Node, ...Object.values(value).flatMap(walk)];
}
