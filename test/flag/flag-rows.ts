/** One flag over rows written down in a test. */
import type { Message } from "../../kernel-lib/row";
import type { Columns, Step } from "../../kernel-lib/step";

export type Said = readonly [role: string, content: string | null, more?: Partial<Message>];

/** A row: what was said in order, or a plain text without messages. */
export type Row = readonly Said[] | string;

export function message([role, content, more = {}]: Said): Message {
  return { role, name: null, channel: null, content, reasoning_content: null, tool_calls: null, ...more };
}

/** What the assistant says to an empty request, as a row. */
export function answer(content: string, more: Partial<Message> = {}): Row {
  return [
    ["user", "Please go on."],
    ["assistant", content, more],
  ];
}

/** The flag's values, an object a row. `extra` are further columns, one value a row. */
export async function flagRows(
  flag: unknown,
  rows: readonly Row[],
  params: Record<string, unknown> = {},
  extra: Columns = {},
): Promise<Record<string, unknown>[]> {
  const step = flag as Step;
  await step.prepare?.();
  const columns: Columns = {
    messages: rows.map((row) => (typeof row === "string" ? null : row.map(message))),
    text: rows.map((row) =>
      typeof row === "string" ? row : row.map(([, content]) => content ?? "").join("\n"),
    ),
    source_extra_json: rows.map(() => null),
    ...extra,
  };
  const read = Object.fromEntries(Object.keys(step.reads.shape).map((name) => [name, columns[name]!]));
  const values = step.run(read, step.params.parse(params), rows.length) as Columns;
  return rows.map((_, i) =>
    Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list[i]])),
  );
}

/** One row. */
export async function flagRow(
  flag: unknown,
  row: Row,
  params: Record<string, unknown> = {},
  extra: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const lists = Object.fromEntries(Object.entries(extra).map(([name, value]) => [name, [value]]));
  return (await flagRows(flag, [row], params, lists))[0]!;
}
