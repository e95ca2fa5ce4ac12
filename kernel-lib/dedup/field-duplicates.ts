/** Rows that are equal in a field: the problem, the formal statement, the prompt, any column. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine/engine";
import { InputError } from "../errors";
import type { ProgressListener } from "../progress";
import { exactRepresentatives } from "./exact-duplicates";
import { columnsOf, fieldInput } from "./field-columns";
import { type Dropped, type Found, foundOf } from "./found";
import { planInputs } from "./inputs";
import type { DedupInput, InputColumns, PlannedInput } from "./planned-input";
import { Ranking } from "./rank";
import { RowLines } from "./row-lines";
import type { DedupSettings } from "./settings";
import { Signatures } from "./signatures";
import { layOut, signLines } from "./stages";

interface Work {
  readonly work: string;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/**
 * Going down the rank order a row is dropped when one of its fields equals that of a higher-ranked row that is kept; the first
 * field in the order given for which that holds is its kind. Rows without a value in a field are nobody's duplicate by it. Rank as for texts; of
 * tables without the text column no completion counts.
 */
export async function findFieldDuplicates(
  inputs: readonly DedupInput[],
  fields: readonly string[],
  columns: InputColumns,
  settings: DedupSettings,
  { work, engine, signal, onProgress }: Work,
): Promise<{ readonly found: Found; readonly planned: readonly PlannedInput[] }> {
  const sign = async (
    given: readonly { readonly input: DedupInput; readonly columns: InputColumns }[],
    view: DedupSettings["view"],
    name: string,
  ) => {
    const folder = join(work, name);
    const planned: PlannedInput[] = [];
    for (const [i, each] of given.entries()) {
      const place = join(folder, String(i));
      mkdirSync(place, { recursive: true });
      planned.push(...(await planInputs([each.input], each.columns, place)));
    }
    const files = await layOut(planned, folder, engine, { signal, onProgress });
    const how = { ...settings, view };
    const ranges = await signLines(files, how, folder, engine, { signal, onProgress });
    return { planned, signatures: new Signatures(ranges), settings: how };
  };
  const opened: Signatures[] = [];
  try {
    const perField: Signatures[] = [];
    let base: Awaited<ReturnType<typeof sign>> | null = null;
    if (await haveColumn(inputs, columns.text ?? "text")) {
      base = await sign(
        inputs.map((input) => ({ input, columns })),
        "all",
        "base",
      );
      opened.push(base.signatures);
    }
    for (const [i, field] of fields.entries()) {
      const given = [];
      for (const input of inputs) given.push(await fieldInput(input, field, columns));
      const views = new Set(given.map(({ view }) => view));
      if (views.size > 1) {
        throw new InputError(
          `dedup: field "${field}" is a column of some tables and a part of the text of others; compare them apart`,
        );
      }
      const made = await sign(given, given[0]!.view, `field-${i}`);
      opened.push(made.signatures);
      perField.push(made.signatures);
      base ??= made;
      if (made.signatures.rows !== base.signatures.rows)
        throw new InputError(
          `dedup: field "${field}" has ${made.signatures.rows} rows of ${base.signatures.rows}`,
        );
    }
    const { signatures, planned } = base!;
    const lines = new RowLines(signatures, base!.settings);
    try {
      onProgress({ stage: "dedup-exact", done: 0, unit: "rows", share: 0 });
      const dropped = equalInAField(perField, fields, new Ranking(signatures, lines));
      const found = foundOf(signatures, { ...settings, near: false }, lines, {
        ...{ names: planned.map(({ name }) => name), firstNew: 0, dropped },
        ...{ whatIf: [], verified: 0, crowdRows: 0 },
      });
      return { found, planned };
    } finally {
      lines.close();
    }
  } finally {
    for (const each of opened) each.close();
  }
}

async function haveColumn(inputs: readonly DedupInput[], column: string): Promise<boolean> {
  for (const input of inputs) if (!(await columnsOf(input)).includes(column)) return false;
  return true;
}

function equalInAField(
  perField: readonly Signatures[],
  fields: readonly string[],
  ranking: Ranking,
): Dropped[] {
  const classes = perField.map((signatures) => exactRepresentatives(signatures, ranking, () => false));
  const shares = new Uint8Array(perField[0]!.rows);
  for (const classOf of classes) {
    classOf.forEach((best, row) => {
      if (best !== row) shares[row] = shares[best] = 1;
    });
  }
  const ranked: number[] = [];
  shares.forEach((one, row) => {
    if (one === 1) ranked.push(row);
  });
  ranked.sort(ranking.compare);
  /** Of each field and class: the kept row of it, plus one. */
  const owners = classes.map((classOf) => new Uint32Array(classOf.length));
  const dropped: Dropped[] = [];
  for (const row of ranked) {
    const at = classes.findIndex((classOf, f) => owners[f]![classOf[row]!] !== 0);
    if (at >= 0) {
      const of = owners[at]![classes[at]![row]!]! - 1;
      dropped.push({ row, of, similarity: 1, kind: `exact:${fields[at]!}` });
      continue;
    }
    classes.forEach((classOf, f) => {
      owners[f]![classOf[row]!] = row + 1;
    });
  }
  return dropped;
}
