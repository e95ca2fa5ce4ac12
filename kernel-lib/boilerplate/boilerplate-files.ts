/** Boilerplate on disk: a line for each unit, to be looked through, and the counts. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../errors";
import type { Boilerplate } from "./boilerplate-result";

const OWN_FILES = ["boilerplate.jsonl", "boilerplate.json"] as const;

/** @throws InputError where an earlier result stands in the folder that may not be replaced. */
export function prepareBoilerplateFolder(out: string, { overwrite }: { readonly overwrite: boolean }): void {
  const there = OWN_FILES.filter((name) => existsSync(join(out, name)));
  if (there.length > 0 && !overwrite)
    throw new InputError(
      `${out}: holds the result of an earlier boilerplate (${there.join(", ")}); give --overwrite or another --out`,
    );
  mkdirSync(out, { recursive: true });
}

/** `boilerplate.jsonl`: a unit a line, those that take the most characters first; `boilerplate.json`: settings and counts. */
export function writeBoilerplate(found: Boilerplate, out: string): void {
  const { units, ...counts } = found.toJSON();
  writeFileSync(join(out, OWN_FILES[0]), units.map((unit) => `${JSON.stringify(unit)}\n`).join(""));
  writeFileSync(join(out, OWN_FILES[1]), `${JSON.stringify(counts, null, 2)}\n`);
}

const unit = z.looseObject({ text: z.string().min(1) });

/** The texts of the units in a file like boilerplate.jsonl. @throws InputError with the line that cannot be read. */
export function readChosen(path: string): string[] {
  if (!existsSync(path)) throw new InputError(`${path}: no such file, expected lines of a boilerplate.jsonl`);
  const chosen: string[] = [];
  readFileSync(path, "utf8")
    .split("\n")
    .forEach((line, i) => {
      if (line.trim() === "") return;
      try {
        chosen.push(unit.parse(JSON.parse(line)).text);
      } catch (cause) {
        throw new InputError(
          `${path} line ${i + 1}: is no unit, expected a line of boilerplate.jsonl such as {"text": "…"}`,
          { cause },
        );
      }
    });
  if (chosen.length === 0)
    throw new InputError(`${path}: holds no unit, expected lines of a boilerplate.jsonl`);
  return chosen;
}
