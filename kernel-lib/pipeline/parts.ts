/** How the input is cut: parts of whole shards, from the input alone, so that workers cannot change a byte. */

export interface InputShard {
  /** Path below rows/. */
  readonly name: string;
  readonly rows: number;
  /** Which of the input's splits its rows belong to. */
  readonly split: number;
}

export interface Part {
  /** `part-00003`: name of its verdict file. */
  readonly id: string;
  /** Number of its first row among all rows. */
  readonly start: number;
  readonly rows: number;
  readonly shards: readonly InputShard[];
}

export interface PartLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** Consecutive shards up to the limits in rows and in bytes (`bytesOf` a shard that are read); a larger shard is a part of its own. */
export function planParts(
  shards: readonly InputShard[],
  bytesOf: (shard: InputShard) => number,
  limits: PartLimits,
): Part[] {
  const groups: InputShard[][] = [];
  let [rows, bytes] = [0, 0];
  for (const shard of shards) {
    const more = bytesOf(shard);
    const last = groups.at(-1);
    if (last && rows + shard.rows <= limits.rows && bytes + more <= limits.bytes) last.push(shard);
    else {
      groups.push([shard]);
      [rows, bytes] = [0, 0];
    }
    rows += shard.rows;
    bytes += more;
  }
  let start = 0;
  return groups.map((group, i) => {
    const part = { id: `part-${String(i).padStart(5, "0")}`, start, rows: rowsOf(group), shards: group };
    start += part.rows;
    return part;
  });
}

function rowsOf(shards: readonly InputShard[]): number {
  return shards.reduce((sum, shard) => sum + shard.rows, 0);
}
