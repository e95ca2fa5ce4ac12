/** The last pass: what taking the units out would take, counted with the function that takes them out. */
import { measureText } from "../harmony/measure-text";
import type { BoilerplateSettings, BoilerplateUnit, RemovalTotals } from "./boilerplate-parts";
import { type OnRows, type ReadTexts, type Recurrence, recurs } from "./count-units";
import { boilerplateRemover } from "./remove-boilerplate";

interface Tally {
  rows: number;
  times: number;
  characters: number;
  readonly datasets: Map<string, number>;
  /** Different texts of each dataset. */
  readonly texts: Map<string, number>;
  readonly roles: Map<string, number>;
  readonly examples: string[];
  lastRow: number;
}

const EXAMPLES = 3;

/**
 * The units that still recur when each is counted where it would be taken out: a line within a paragraph that goes as a
 * whole is not a line of its own. Units that do not are left out and the rest is counted again, until all do.
 */
export async function measureRemoval(
  read: ReadTexts,
  settings: BoilerplateSettings,
  recurrence: Recurrence,
  candidates: readonly string[],
  onRows: OnRows,
): Promise<{ readonly units: readonly BoilerplateUnit[]; readonly removed: RemovalTotals }> {
  const { datasets } = recurrence.counts;
  for (let chosen = candidates; ; ) {
    const { tallies, removed } = await measureOnce(read, settings, recurrence, chosen, onRows);
    const stay = chosen.filter((unit) => {
      const tally = tallies.get(unit);
      return tally !== undefined && recurs(tally.texts, settings, datasets);
    });
    if (stay.length === chosen.length) {
      const units = stay.map((unit) => unitOf(unit, tallies.get(unit)!));
      units.sort((a, b) => b.characters - a.characters || (a.text < b.text ? -1 : 1));
      return { units, removed };
    }
    chosen = stay;
  }
}

async function measureOnce(
  read: ReadTexts,
  settings: BoilerplateSettings,
  { isCopy, counts }: Recurrence,
  chosen: readonly string[],
  onRows: OnRows,
) {
  const remove = boilerplateRemover(chosen, settings);
  const tallies = new Map<string, Tally>();
  const removed = { rows: 0, characters: 0, tokens: 0, heldBack: 0, allCharacters: 0 };
  let row = 0;
  for await (const batch of chosen.length === 0 ? [] : read()) {
    for (const { key, dataset, text } of batch) {
      const { text: left, removals, heldBack } = remove(text);
      const before = measureText(text);
      removed.allCharacters += before.characters;
      removed.heldBack += heldBack;
      if (removals.length > 0) {
        const after = measureText(left);
        removed.rows++;
        removed.characters += before.characters - after.characters;
        // As stats_approx_tokens is made.
        removed.tokens += Math.ceil(before.bytes / 4) - Math.ceil(after.bytes / 4);
      }
      for (const { unit, role, characters } of removals) {
        let tally = tallies.get(unit);
        if (!tally) {
          tally = {
            ...{ rows: 0, times: 0, characters: 0, lastRow: -1, examples: [] },
            ...{ datasets: new Map(), texts: new Map(), roles: new Map() },
          };
          tallies.set(unit, tally);
        }
        tally.times++;
        tally.characters += characters;
        count(tally.roles, role);
        if (tally.lastRow === row) continue;
        tally.lastRow = row;
        tally.rows++;
        count(tally.datasets, dataset);
        if (isCopy(row)) continue;
        count(tally.texts, dataset);
        if (tally.examples.length < EXAMPLES) tally.examples.push(key);
      }
      row++;
    }
    onRows(row, counts.rows);
  }
  return { tallies, removed };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function unitOf(
  text: string,
  { rows, times, characters, datasets, texts, roles, examples }: Tally,
): BoilerplateUnit {
  let different = 0;
  for (const each of texts.values()) different += each;
  return {
    kind: text.includes("\n") ? "paragraph" : "line",
    ...{ text, rows, texts: different, times, characters },
    datasets: Object.fromEntries(datasets),
    roles: Object.fromEntries(roles),
    examples,
  };
}
