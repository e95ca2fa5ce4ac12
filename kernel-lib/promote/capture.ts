/** From what ran in the kernel to the slice of one function, with every reason against promoting it that its text shows. */
import type { ExecutedCell } from "../kernel/journal";
import { liveValue } from "../kernel/scope";
import { builtinPatches } from "./builtin-patches";
import { type CellText, lineOf, type ParsedCell, type Piece, parseCell } from "./cells";
import { compiler } from "./compiler";
import { mutationsOf } from "./mutations";
import type { Refusal } from "./refusal";
import { type Captured, type Slice, slice } from "./slice";
import { notebookPath, staleCells } from "./stale-cells";
import { calledTarget, initializerOf, isFunction, lastFunction, markedName, type Target } from "./target";
import { valueSource } from "./value-source";

export interface Capture {
  readonly slice: Slice;
  /** Source text of the values that stand for computed code, by name. */
  readonly frozen: Readonly<Record<string, string>>;
  readonly refusals: readonly Refusal[];
}

/** The cells that count: those that ran to their end, and the one that is running. */
export function countingCells(cells: readonly ExecutedCell[]): readonly CellText[] {
  return cells.filter(({ ok }) => ok !== false);
}

/**
 * The function meant by `promote(fn, { name })` in the running cell, or by a cell marked `//| promote name`: the marked
 * cell that ran last wins. Null when the journal knows neither.
 */
export function findTarget(parsed: readonly ParsedCell[], name: string): Target | null {
  const running = parsed.at(-1);
  const called = running ? calledTarget(running, name) : null;
  if (called) return called;
  const marked = parsed.findLast(({ file }) => markedName(file.text) === name);
  return marked ? lastFunction(marked) : null;
}

/** The slice of the target over the journal, and what speaks against it. */
export function capture(cells: readonly ExecutedCell[], target: Target): Capture {
  const parsed = countingCells(cells).map(parseCell);
  const made = slice(parsed, target);
  const frozen: Record<string, string> = {};
  const refusals: Refusal[] = [
    ...unknownNames(made),
    ...factories(made),
    ...changed(parsed, made),
    ...stale(cells, made),
    ...patched(),
  ];
  for (const captured of made.captured) {
    if (!captured.computed) continue;
    const source = frozenSource(captured);
    if ("code" in source) refusals.push(source);
    else frozen[captured.name] = source.text;
  }
  return { slice: made, frozen, refusals };
}

function frozenSource({ name, piece }: Captured): { text: string } | Refusal {
  const live = liveValue(name);
  if (!live) {
    return at(
      piece,
      "JOURNAL_INCOMPLETE",
      `the value of ${name} is not known`,
      "run the cell that defines it again",
    );
  }
  if (typeof live.value === "function") return factory(piece, name);
  const source = valueSource(live.value, name);
  if (source.ok) return source;
  return at(
    piece,
    "UNSERIALIZABLE",
    `${source.path} is ${source.what}, which cannot be written into a file`,
    "take out of it what the function needs (a number, a list, a Set) in a cell of its own, and use that",
  );
}

function unknownNames({ free }: Slice): Refusal[] {
  return free.flatMap(({ name, usedIn }) => {
    if (usedIn === null) {
      return [
        refusal(
          "JOURNAL_INCOMPLETE",
          `no executed cell defines ${name}`,
          "define the function in a cell and run it",
          null,
        ),
      ];
    }
    if (liveValue(name) === null || name in globalThis) return [];
    return [
      at(
        usedIn,
        "JOURNAL_INCOMPLETE",
        `uses ${name}, which no cell in the journal defines`,
        "run the cell that defines it again",
      ),
    ];
  });
}

/** Functions that are the result of a call: what was given to that call cannot be seen. */
function factories({ pieces }: Slice): Refusal[] {
  return pieces.flatMap((piece) => {
    const initializer = initializerOf(piece);
    if (!initializer || isFunction(initializer) || piece.defines.length !== 1) return [];
    const isFunctionNow = typeof liveValue(piece.defines[0]!)?.value === "function";
    return isFunctionNow && compiler().isCallExpression(initializer)
      ? [factory(piece, piece.defines[0]!)]
      : [];
  });
}

function factory(piece: Piece, name: string): Refusal {
  const call = initializerOf(piece)?.getText().replace(/\s+/g, " ").slice(0, 60) ?? name;
  return at(
    piece,
    "FACTORY_CLOSURE",
    `${name} was made by ${call}: the values it holds cannot be seen`,
    `write ${name} out as a function, with those values as constants of the cell: they become its parameters`,
  );
}

function changed(parsed: readonly ParsedCell[], { pieces, captured, target }: Slice): Refusal[] {
  return captured.flatMap(({ name, piece }) =>
    mutationsOf(parsed, name, piece).map((change): Refusal => {
      const written = target.name === null && change.cell === target.cell && change.piece.kind === "action";
      const inside = written || pieces.includes(change.piece);
      return inside
        ? refusal(
            "ORDER_DEPENDENT",
            `${change.text} changes ${name} while rows are read: an answer depends on the rows before`,
            "let the function look at one row alone; duplicates and groups are found by dedup and group filters",
            change,
          )
        : refusal(
            "MUTATED_CAPTURE",
            `${change.text} changes ${name} after cell ${piece.cell} made it`,
            `make the whole value in one statement, as const ${name} = …`,
            change,
          );
    }),
  );
}

function stale(cells: readonly ExecutedCell[], { pieces }: Slice): Refusal[] {
  const orders = new Set(pieces.map(({ cell }) => cell));
  return staleCells(cells, orders, notebookPath()).map(({ order, what }) => {
    const names = pieces.filter(({ cell }) => cell === order).flatMap(({ defines }) => defines);
    return refusal(
      "STALE_CELL",
      `defines ${names.join(", ")}, but ${what}`,
      "save the notebook, run the cell again, then promote",
      { cell: order, line: null },
    );
  });
}

function patched(): Refusal[] {
  return builtinPatches().map((name) =>
    refusal(
      "BUILTIN_PATCHED",
      `${name} was changed in this kernel`,
      "restart the kernel without the code (or the package) that changes it",
      null,
    ),
  );
}

function at(piece: Piece, code: Refusal["code"], what: string, wayOut: string): Refusal {
  return refusal(code, what, wayOut, { cell: piece.cell, line: lineOf(piece.node) });
}

/** A refusal at a place of the notebook, or at none. */
export function refusal(
  code: Refusal["code"],
  what: string,
  wayOut: string,
  place: { readonly cell: number; readonly line: number | null } | null,
): Refusal {
  return { code, what, wayOut, cell: place?.cell ?? null, line: place?.line ?? null };
}
