/** A place in a column (the column itself, the items of a list, a field of an object) and the types seen there. */
export const JSON_TYPES = ["null", "bool", "int", "float", "string", "list", "dict"] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** Different keys of a nested object beyond which it is described as `map<string, …>`. */
export const MAX_FIELDS = 200;
const DICT = JSON_TYPES.indexOf("dict");

export interface TypeJson {
  /** Occurrences by type, in the order of `JSON_TYPES`. */
  counts: number[];
  items?: TypeJson;
  fields?: [string, TypeJson][];
  values?: TypeJson;
}

export class Place {
  readonly counts = [0, 0, 0, 0, 0, 0, 0];
  items: Place | null = null;
  fields: Map<string, Field> | null = null;
  /** Set instead of `fields` when the keys are too many. */
  values: Place | null = null;
  /** Field whose successor is expected first: rows repeat their keys in the same order. */
  first: Field | null = null;
}

export class Field {
  readonly place = new Place();
  next: Field | null = null;
  readonly quoted: string;
  constructor(readonly name: string) {
    this.quoted = JSON.stringify(name);
  }
}

export function toMap(place: Place): void {
  if (place.values) return;
  const values = new Place();
  for (const field of place.fields?.values() ?? []) mergePlace(values, field.place);
  place.values = values;
  place.fields = null;
  place.first = null;
}

export function mergePlace(to: Place, from: Place): void {
  for (let i = 0; i < to.counts.length; i++) to.counts[i]! += from.counts[i]!;
  if (from.items) {
    to.items ??= new Place();
    mergePlace(to.items, from.items);
  }
  if (from.values) {
    if (!to.values) toMap(to);
    mergePlace(to.values!, from.values);
  }
  if (from.fields) {
    if (!to.values) to.fields ??= new Map();
    for (const [name, field] of from.fields) {
      let target = to.values;
      if (!target) {
        let mine = to.fields!.get(name);
        if (!mine) {
          mine = new Field(name);
          to.fields!.set(name, mine);
        }
        target = mine.place;
      }
      mergePlace(target, field.place);
      if (!to.values && to.fields!.size > MAX_FIELDS) toMap(to);
    }
  }
}

export function cut(place: Place, depth: number, maxDepth: number): void {
  if (depth >= maxDepth) {
    place.items = null;
    place.fields = null;
    place.values = null;
    place.first = null;
    return;
  }
  for (const child of children(place)) cut(child, depth + 1, maxDepth);
}

export function size(place: Place): number {
  let total = 1;
  for (const child of children(place)) total += size(child);
  return total;
}

function* children(place: Place): Generator<Place> {
  if (place.items) yield place.items;
  if (place.values) yield place.values;
  if (place.fields) for (const field of place.fields.values()) yield field.place;
}

export function writePlace(place: Place, only: JsonType | null, depth: number): string {
  const parts: string[] = [];
  JSON_TYPES.forEach((type, i) => {
    if (place.counts[i] === 0 || (only && type !== only)) return;
    if (type === "list")
      parts.push(place.items ? `list<${writePlace(place.items, null, depth + 1)}>` : "list");
    else if (type === "dict") parts.push(writeDict(place, depth));
    else parts.push(type);
  });
  const nullable = parts[0] === "null" && parts.length > 1;
  return (nullable ? [...parts.slice(1), "null"] : parts).join(" | ");
}

function writeDict(place: Place, depth: number): string {
  if (place.values) return `map<string, ${writePlace(place.values, null, depth + 1)}>`;
  if (!place.fields || place.fields.size === 0) return "dict";
  const objects = place.counts[DICT]!;
  const fields = [...place.fields.values()].map((field) => {
    const seen = field.place.counts.reduce((sum, count) => sum + count, 0);
    const name = /^[\p{L}_$][\p{L}\p{N}_$.-]*$/u.test(field.name) ? field.name : field.quoted;
    return `${name}${seen < objects ? "?" : ""}: ${writePlace(field.place, null, depth + 1)}`;
  });
  return `struct<${fields.join(", ")}>`;
}

export function placeJson(place: Place): TypeJson {
  const json: TypeJson = { counts: [...place.counts] };
  if (place.items) json.items = placeJson(place.items);
  if (place.values) json.values = placeJson(place.values);
  if (place.fields) json.fields = [...place.fields].map(([name, field]) => [name, placeJson(field.place)]);
  return json;
}

export function placeOf(json: TypeJson): Place {
  const place = new Place();
  json.counts.forEach((count, i) => {
    place.counts[i] = count;
  });
  if (json.items) place.items = placeOf(json.items);
  if (json.values) place.values = placeOf(json.values);
  if (json.fields) {
    place.fields = new Map();
    for (const [name, child] of json.fields) {
      const field = new Field(name);
      copyPlace(field.place, placeOf(child));
      place.fields.set(name, field);
    }
  }
  return place;
}

function copyPlace(to: Place, from: Place): void {
  from.counts.forEach((count, i) => {
    to.counts[i] = count;
  });
  to.items = from.items;
  to.fields = from.fields;
  to.values = from.values;
}
