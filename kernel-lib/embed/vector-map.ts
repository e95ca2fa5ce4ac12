/** A picture of what lies near what. */
import { quoteName } from "../db";
import { InputError, nearestNames } from "../errors";
import { interruptSignal } from "../interrupt";
import { cutText, plainText } from "../notebook/plain-text";
import type { Figure } from "../plot/figure";
import { pointsFigure } from "../plot/scatter-figure";
import { drawnGroups, type GroupCount, MAX_GROUPS } from "../plot/values";
import type { Table } from "../table/table";
import { rowTexts } from "./row-texts";
import { shuffled } from "./seeded";
import { collectVectors, storedVectors } from "./stored-vectors";

export interface VectorMapOptions {
  /** Column of groups: points in the group's color; beyond ten groups the smallest are added up. Default `meta_domain` where there is one. */
  readonly by?: string;
  /** At most this many points, 10 to 5,000, drawn with the seed. Default 2,000. */
  readonly sample?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Which vectors, where there are several: the model's name, or `name.view`. */
  readonly vectors?: string;
  readonly title?: string;
  readonly signal?: AbortSignal;
}

const HOVER_CHARACTERS = 140;

/**
 * A point for each row, or for a seeded sample of the rows with a vector: the two directions in which their vectors differ
 * most (principal components). Rows that lie together say like things; a plane cannot show all distances, and the axes say how much
 * of the variance they hold. Pointing at a point shows the beginning of its text. `numbers` of the figure: `x`, `y`, `group`.
 * The same table and seed give the same picture.
 *
 * @throws InputError when the table has no vectors, or no column `by`.
 * @example
 * const ds = await embed((await open("demo")).split("dolly").head(200), "words", { column: "instruction" });
 * await vectorMap(ds, { by: "category" })
 */
export async function vectorMap(table: Table, options: VectorMapOptions = {}): Promise<Figure> {
  const { sample = 2000, seed = 0, vectors, title, signal = interruptSignal() } = options;
  if (!Number.isSafeInteger(sample) || sample < 10 || sample > 5000)
    throw new InputError(`vectorMap: sample ${sample}, expected a whole number from 10 to 5000`);
  const names = (await table.schema).map(({ name }) => name);
  const by = options.by ?? (names.includes("meta_domain") ? "meta_domain" : null);
  if (by !== null && !names.includes(by)) {
    const near = nearestNames(by, names);
    throw new InputError(
      `vectorMap: no column ${by}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${names.join(", ")}`}`,
    );
  }
  const stored = await storedVectors(table, vectors, "vectorMap", signal);
  const { keys, data, dimensions } = await collectVectors(table, stored, signal);
  if (keys.length < 3)
    throw new InputError(`vectorMap: ${keys.length} rows have a vector, expected at least 3`);
  const drawn = Array.from(shuffled(keys.length, seed).subarray(0, sample).sort());
  const points = drawn.map((row) => Array.from(data.subarray(row * dimensions, (row + 1) * dimensions)));
  const { PCA } = await import("ml-pca");
  const pca = new PCA(points, { method: "covarianceMatrix" });
  const places = pca.predict(points, { nComponents: 2 }).to2DArray();
  // The sign of a component is any solver's choice: the point that is farthest out lies on the positive side.
  const sides = [0, 1].map((axis) => {
    const far = places.reduce(
      (most, place) => (Math.abs(place[axis]!) > Math.abs(most) ? place[axis]! : most),
      0,
    );
    return far < 0 ? -1 : 1;
  });
  const held = pca.getExplainedVariance();
  const groups = by === null ? null : await groupsOf(table, by, signal);
  const { counts, placeOf } = counted(
    drawn.map((row) => groups?.get(keys[row]!) ?? null),
    groups !== null,
  );
  const texts = await rowTexts(
    table,
    stored,
    drawn.map((row) => keys[row]!),
    { most: HOVER_CHARACTERS, signal },
  );
  const axis = (i: number) =>
    `principal component ${i + 1} (${(100 * held[i]!).toFixed(1)}% of the variance)`;
  const isAll = drawn.length === keys.length;
  return pointsFigure({
    heading: title ?? `Map of ${table.origin}${by === null ? "" : ` by ${by}`}`,
    notes: [
      `n = ${whole(keys.length)} rows with a vector (${stored.manifest.encoder.name}, ${stored.manifest.column ?? stored.manifest.view})`,
      ...(isAll ? [] : [`${whole(drawn.length)} of them drawn, a sample with seed ${seed}`]),
    ],
    xTitle: axis(0),
    yTitle: axis(1),
    ...{ logX: false, logY: false },
    points: drawn.map((row, i) => ({
      x: places[i]![0]! * sides[0]!,
      y: places[i]![1]! * sides[1]!,
      k: placeOf(groups?.get(keys[row]!) ?? null),
      text: cutText(plainText(texts.get(keys[row]!) ?? ""), HOVER_CHARACTERS),
    })),
    groups: drawnGroups(counts, by !== null),
    grouped: by !== null,
  });
}

async function groupsOf(
  table: Table,
  by: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | null>> {
  const groups = new Map<string, string | null>();
  const rows = table.sql(`select row_key, ${quoteName(by)}::varchar as g from this`);
  for await (const batch of rows.stream({ signal })) {
    for (const row of batch) groups.set(row.row_key as string, row.g as string | null);
  }
  return groups;
}

/** The groups of the drawn rows, the largest first; the smallest of many are added up. */
function counted(values: readonly (string | null)[], grouped: boolean) {
  const sizes = new Map<string | null, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  const ranked = [...sizes].sort(([a, m], [b, n]) => n - m || (String(a) < String(b) ? -1 : 1));
  const most = ranked.length <= MAX_GROUPS ? ranked.length : MAX_GROUPS - 1;
  const places = new Map(ranked.map(([name], i) => [name, Math.min(i, most) + 1]));
  const zero = { nulls: 0, nans: 0, infinite: 0, notPositive: 0, outside: 0 };
  const counts: GroupCount[] = ranked.slice(0, most).map(([name, n], i) => ({
    ...zero,
    k: i + 1,
    name: grouped ? name : null,
    members: 1,
    rows: n,
    used: n,
  }));
  const rest = ranked.slice(most);
  if (rest.length > 0) {
    const n = rest.reduce((sum, [, size]) => sum + size, 0);
    counts.push({ ...zero, k: most + 1, name: null, members: rest.length, rows: n, used: n });
  }
  return { counts, placeOf: (value: string | null) => places.get(value)! };
}

function whole(n: number): string {
  return n.toLocaleString("en-US");
}
