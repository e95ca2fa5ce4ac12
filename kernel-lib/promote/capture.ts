/** From what ran in the kernel to the slice of one function, with every reason against promoting it that its text shows. */
import type { ExecutedCell } from "../kernel/journal";
import { liveValue } from "../kernel/scope";
import { builtinPatches } from "./builtin-patches";
import { type CellText, lineOf, type ParsedCell, type Piece, parseCell } from "./cells";
import { compiler, type TypeScript as ts } from "./compiler";
import { mutationsOf } from "./mutations";
import type { Refusal } from "./refusal";
import { type Captured, type Slice, slice } from "./slice";
import { notebookPath, staleCells } from "./stale-cells";
import {
  calledTarget,
  initializerOf,
  isFunction,
  lastFunction,
  markedName,
  type Target,
  writtenFunction,
} from "./target";
import { valueSource } from "./value-source";

export interface Capture {
  readonly slice: Slice;
  /** Source text of the values that stand for computed code, by name. */
  readonly frozen: Readonly<Record<string, string>>;
  readonly refusals: readonly Refusal[];
  /** Whether there is a source that can be checked further. */
  readonly hasSource: boolean;
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
    ...unknownNames(cells, made),
    ...factories(made),
    ...parameters(made),
    ...instances(made),
    ...changed(parsed, made),
    ...stale(cells, made),
    ...failedSince(cells, made),
    ...patched(),
  ];
  let hasSource = refusals.every(({ code }) => code !== "JOURNAL_INCOMPLETE" && code !== "FACTORY_CLOSURE");
  for (const captured of made.captured) {
    if (!captured.computed) continue;
    const source = frozenSource(captured);
    if ("code" in source) {
      refusals.push(source);
      hasSource = false;
    } else frozen[captured.name] = source.text;
  }
  return { slice: made, frozen, refusals, hasSource };
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

function unknownNames(cells: readonly ExecutedCell[], { free, target }: Slice): Refusal[] {
  return free.flatMap(({ name, usedIn }) => {
    if (name === target.name) {
      const failed = cells.findLast(
        (cell) => cell.ok === false && parseCell(cell).pieces.some(({ defines }) => defines.includes(name)),
      );
      const why = failed ? `: cell ${failed.order} failed, so it does not count` : "";
      return [
        refusal(
          "JOURNAL_INCOMPLETE",
          `no executed cell defines ${name}${why}`,
          "define the function in a cell of its own and run it",
          failed ? { cell: failed.order, line: null } : null,
        ),
      ];
    }
    if (liveValue(name) === null || name in globalThis) return [];
    return [
      refusal(
        "JOURNAL_INCOMPLETE",
        `uses ${name}, which no cell in the journal defines`,
        "run the cell that defines it again",
        usedIn ? { cell: usedIn.cell, line: lineOf(usedIn.node) } : target,
      ),
    ];
  });
}

/** Functions that are not written out: what made or chose them cannot be seen. */
function factories({ pieces, target }: Slice): Refusal[] {
  const typescript = compiler();
  const named = pieces.flatMap((piece) => {
    const initializer = initializerOf(piece);
    if (!initializer || isFunction(initializer)) return [];
    return piece.defines.flatMap((name) => {
      if (typeof liveValue(name)?.value !== "function") return [];
      if (typescript.isCallExpression(initializer)) return [factory(piece, name)];
      return name === target.name ? [notWrittenOut(piece, name, initializer)] : [];
    });
  });
  const { expression } = target;
  if (target.name !== null || !expression || isFunction(expression)) return named;
  const text = oneLine(expression.getText());
  const made = typescript.isCallExpression(expression);
  return [
    ...named,
    refusal(
      "FACTORY_CLOSURE",
      made
        ? `the function was made by ${text}: the values it holds cannot be seen`
        : `${text} is no function of a cell by its name`,
      "write it out in a cell as const keep = (row) => …, with the values it holds as constants, and give promote that name",
      target,
    ),
  ];
}

function notWrittenOut(piece: Piece, name: string, initializer: ts.Expression): Refusal {
  const typescript = compiler();
  const text = oneLine(initializer.getText());
  if (typescript.isIdentifier(initializer)) {
    return at(
      piece,
      "FACTORY_CLOSURE",
      `${name} is another name of ${text}`,
      `give promote the function itself: promote(${text}, …)`,
    );
  }
  return at(
    piece,
    "FACTORY_CLOSURE",
    `${name} is taken from ${text}: which function that is cannot be seen`,
    `write ${name} out as a function`,
  );
}

function factory(piece: Piece, name: string): Refusal {
  const call = oneLine(initializerOf(piece)?.getText() ?? name);
  return at(
    piece,
    "FACTORY_CLOSURE",
    `${name} was made by ${call}: the values it holds cannot be seen`,
    `write ${name} out as a function, with those values as constants of the cell: they become its parameters`,
  );
}

/** The function is given the row and nothing else. */
function parameters({ target, pieces }: Slice): Refusal[] {
  const written = writtenFunction(target, pieces);
  if (!written) return [];
  const [row, second] = written.parameters;
  const place = (node: ts.Node) => ({ cell: cellOf({ target, pieces }), line: lineOf(node) });
  const name = row?.name.getText();
  const fault = row?.initializer
    ? "has a default value"
    : row?.dotDotDotToken
      ? "takes the rest"
      : name === "this"
        ? "is this"
        : null;
  if (row && fault !== null) {
    const what = `the first parameter ${fault}, and it is the row`;
    return [refusal("SCHEMA", what, "write (row) => …", place(row))];
  }
  if (!second) return [];
  const more = second.name.getText();
  return [
    refusal(
      "SCHEMA",
      `takes ${more} beside the row, and a step is given the row alone`,
      `make ${more} a constant of the cell: it becomes a parameter`,
      place(second),
    ),
  ];
}

function cellOf({ target, pieces }: Pick<Slice, "target" | "pieces">): number {
  const piece = pieces.find(({ defines }) => target.name !== null && defines.includes(target.name));
  return piece?.cell ?? target.cell;
}

/** Instances of classes: what their methods remember cannot be seen. */
function instances({ captured }: Slice): Refusal[] {
  return captured.flatMap(({ name, piece, computed }) => {
    const maker = instanceOf(liveValue(name)?.value);
    if (maker === null || computed) return []; // of a computed value, the writing of it says the same
    return [
      at(
        piece,
        "UNSERIALIZABLE",
        `${name} is an instance of ${maker}: what it remembers cannot be written into a file`,
        `take out of it what the function needs (a number, a list, a Set) in a cell of its own, or make the ${maker} inside the function`,
      ),
    ];
  });
}

/** Name of the class that a value is an instance of; null for plain values and the language's own lists, Sets, Maps, Dates. */
function instanceOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return null;
  const depth = Object.getPrototypeOf(prototype as object) === null ? 0 : 1;
  if (depth === 0) return null;
  const maker = (prototype as { constructor?: { name?: string } }).constructor?.name || kind;
  return /^(Set|Map|Date|RegExp|Generator)$/.test(kind) && maker === kind ? null : maker;
}

function changed(parsed: readonly ParsedCell[], { pieces, captured, target }: Slice): Refusal[] {
  return captured.flatMap(({ name, piece }) => {
    if (instanceOf(liveValue(name)?.value) !== null) return []; // said by `instances`
    return mutationsOf(parsed, name, piece).map((change): Refusal => {
      const written = target.name === null && change.cell === target.cell && change.piece.kind === "action";
      const inside = written || pieces.includes(change.piece);
      return inside
        ? refusal(
            "ORDER_DEPENDENT",
            `${change.text} changes ${name}, or may, while rows are read: an answer would depend on the rows before`,
            `let the function look at one row alone, and work on a copy, as [...${name}]; duplicates and groups are found by dedup and group filters`,
            change,
          )
        : refusal(
            "MUTATED_CAPTURE",
            `${change.text} changes ${name} after cell ${piece.cell} made it`,
            `make the whole value in one statement, as const ${name} = …, and run its cell and that of the function again`,
            change,
          );
    });
  });
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

/** A cell that failed may have defined a name before it did; the journal does not count it, the kernel may hold it. */
function failedSince(cells: readonly ExecutedCell[], { pieces }: Slice): Refusal[] {
  const failed = cells.filter(({ ok }) => ok === false);
  return failed.flatMap((cell) => {
    const names = new Set(parseCell(cell).pieces.flatMap(({ defines }) => defines));
    return pieces
      .filter((piece) => piece.cell < cell.order && piece.kind !== "type")
      .flatMap((piece) => piece.defines.filter((name) => names.has(name)).map((name) => ({ name, piece })))
      .map(({ name, piece }) =>
        refusal(
          "REDEFINED",
          `cell ${cell.order} failed, so its ${name} does not count, but this kernel may hold it`,
          `mend that cell and run it again, or run cell ${piece.cell} again`,
          piece,
        ),
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

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
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
