/** Rows of equal content, one of them the representative of the others. */
import type { Ranking } from "./rank";
import type { Signatures } from "./signatures";

/** Of each row: the row that stands for its content; itself where it is that row. Rows that are gone stand for none. */
export function exactRepresentatives(
  signatures: Signatures,
  ranking: Ranking,
  isGone: (row: number) => boolean,
): Uint32Array {
  const { rows, exact, state } = signatures;
  let slots = 1024;
  while (slots < rows * 2) slots *= 2;
  const mask = slots - 1;
  const table = new Uint32Array(slots);
  /** Of each row the first one of its content, and of each such one the best of them. */
  const first = new Uint32Array(rows);
  const best = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    first[row] = row;
    best[row] = row;
    if (state[row] !== 0 || isGone(row)) continue; // what has no text is nobody's duplicate
    for (let slot = exact[4 * row]! & mask; ; slot = (slot + 1) & mask) {
      const held = table[slot]!;
      if (held === 0) {
        table[slot] = row + 1;
        break;
      }
      if (!sameContent(exact, held - 1, row)) continue;
      first[row] = held - 1;
      if (ranking.compare(row, best[held - 1]!) < 0) best[held - 1] = row;
      break;
    }
  }
  return first.map((head) => best[head]!);
}

function sameContent(exact: Uint32Array, a: number, b: number): boolean {
  const [p, q] = [4 * a, 4 * b];
  return (
    exact[p] === exact[q] &&
    exact[p + 1] === exact[q + 1] &&
    exact[p + 2] === exact[q + 2] &&
    exact[p + 3] === exact[q + 3]
  );
}
