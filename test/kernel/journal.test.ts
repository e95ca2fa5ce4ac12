import { afterEach, expect, it } from "vitest";
import { executedCells, hasJournal, noteInJournal, recordCell } from "../../kernel-lib/kernel/journal";

afterEach(() => {
  delete (globalThis as { [key: symbol]: unknown })[Symbol.for("corpuslab.journal")];
});

it("notes a line with the running cell, else with the last one, and keeps it when the cell ends", () => {
  const first = recordCell("await explore(ds)", "a");
  first(true);
  expect(noteInJournal("const kept = 1;")?.order).toBe(1);
  const second = recordCell("2", null);
  noteInJournal("const kept = 2;");
  second(false);
  noteInJournal("const kept = 3;");
  expect(executedCells().map(({ order, ok, notes }) => [order, ok, notes])).toEqual([
    [1, true, ["const kept = 1;"]],
    [2, false, ["const kept = 2;", "const kept = 3;"]],
  ]);
});

it("notes nothing where no journal is kept", () => {
  expect(noteInJournal("const kept = 1;")).toBeNull();
  expect(hasJournal()).toBe(false);
});
