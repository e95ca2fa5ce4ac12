/**
 * Which JSON types stand at each place of a column, nested places included. Read from the JSON text, because
 * JSON.parse forgets whether a number was written as a float. Bounded: an object with more than `MAX_FIELDS`
 * different keys becomes a map, and places deeper than `MAX_DEPTH` are not looked into.
 */
import { stringEnd } from "../canonical-json";
import type { JsonType, TypeJson } from "./type-place";
import {
  cut,
  Field,
  JSON_TYPES,
  MAX_FIELDS,
  mergePlace,
  Place,
  placeJson,
  placeOf,
  size,
  toMap,
  writePlace,
} from "./type-place";

/** Levels of nesting that are described. */
export const MAX_DEPTH = 10;
/** Described places of one column; beyond it the deepest level is dropped, again and again. */
const MAX_PLACES = 20_000;

const NULL = 0;
const BOOL = 1;
const INT = 2;
const FLOAT = 3;
const STRING = 4;
const LIST = 5;
const DICT = 6;

/** The types of one column, mergeable in any order. */
export class TypeTree {
  private root = new Place();
  private maxDepth = MAX_DEPTH;
  private places = 0;

  /** Counts a value given as the JSON text that JSON.parse accepted; true when it is written as a list or dict. */
  add(raw: string): JsonType {
    cursor.raw = raw;
    cursor.tree = this;
    const type = typeAt(raw, 0);
    visit(0, this.root, 0);
    if (this.places > MAX_PLACES) this.prune();
    return JSON_TYPES[type]!;
  }

  counts(): readonly number[] {
    return this.root.counts;
  }

  get depth(): number {
    return this.maxDepth;
  }

  grow(): void {
    this.places++;
  }

  /** The place written as a type: alternatives with ` | `, `?` after a field that is missing in some objects. */
  written(): string {
    return writePlace(this.root, null, 0);
  }

  /** As `written`, for one of the column's types only. */
  writtenAs(type: JsonType): string {
    return writePlace(this.root, type, 0);
  }

  /** Fields of the column's objects, or of the objects in its lists, with their types; empty when there are none. */
  fields(): { name: string; type: string }[] {
    const place = this.root.fields ? this.root : this.root.items;
    return [...(place?.fields ?? [])].map(([name, field]) => {
      return { name, type: writePlace(field.place, null, 0) };
    });
  }

  merge(other: TypeTree): void {
    this.maxDepth = Math.min(this.maxDepth, other.maxDepth);
    mergePlace(this.root, other.root);
    cut(this.root, 0, this.maxDepth);
    this.places = size(this.root);
    if (this.places > MAX_PLACES) this.prune();
  }

  private prune(): void {
    this.places = size(this.root);
    while (this.places > MAX_PLACES && this.maxDepth > 1) {
      this.maxDepth--;
      cut(this.root, 0, this.maxDepth);
      this.places = size(this.root);
    }
  }

  toJson(): { depth: number; root: TypeJson } {
    return { depth: this.maxDepth, root: placeJson(this.root) };
  }

  static fromJson(json: { depth: number; root: TypeJson }): TypeTree {
    const tree = new TypeTree();
    tree.maxDepth = json.depth;
    tree.root = placeOf(json.root);
    tree.places = size(tree.root);
    return tree;
  }
}

/** The type of the JSON value whose text begins at `at`; a number is a float when it has a point or an exponent. */
export function typeAt(raw: string, at: number): number {
  switch (raw.charCodeAt(at)) {
    case 34:
      return STRING;
    case 123:
      return DICT;
    case 91:
      return LIST;
    case 110:
      return NULL;
    case 116:
    case 102:
      return BOOL;
    default:
      return numberType(raw, at);
  }
}

const cursor: { raw: string; tree: TypeTree } = { raw: "", tree: null as unknown as TypeTree };

function numberType(raw: string, from: number): number {
  for (let at = from + 1; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (code === 46 || code === 101 || code === 69) return FLOAT;
    if (code < 48 || code > 57) return INT;
  }
  return INT;
}

/** Counts the value at `at` and gives the index after it. */
function visit(at: number, place: Place, depth: number): number {
  const raw = cursor.raw;
  const type = typeAt(raw, at);
  place.counts[type]!++;
  if (type === STRING) return stringEnd(raw, at);
  if (type === LIST) return depth < cursor.tree.depth ? visitList(at, place, depth) : skip(raw, at);
  if (type === DICT) return depth < cursor.tree.depth ? visitDict(at, place, depth) : skip(raw, at);
  let end = at + 1;
  while (end < raw.length && !endsScalar(raw.charCodeAt(end))) end++;
  return end;
}

function endsScalar(code: number): boolean {
  return code === 44 || code === 93 || code === 125 || code <= 32;
}

function space(raw: string, from: number): number {
  let at = from;
  while (raw.charCodeAt(at) <= 32) at++;
  return at;
}

function visitList(open: number, place: Place, depth: number): number {
  const raw = cursor.raw;
  let at = space(raw, open + 1);
  if (raw.charCodeAt(at) === 93) return at + 1;
  if (!place.items) {
    place.items = new Place();
    cursor.tree.grow();
  }
  const items = place.items;
  for (;;) {
    at = space(raw, visit(at, items, depth + 1));
    if (raw.charCodeAt(at) !== 44) return at + 1;
    at = space(raw, at + 1);
  }
}

function visitDict(open: number, place: Place, depth: number): number {
  const raw = cursor.raw;
  let at = space(raw, open + 1);
  if (!place.fields && !place.values) place.fields = new Map();
  if (raw.charCodeAt(at) === 125) return at + 1;
  let expected = place.first;
  let previous: Field | null = null;
  for (;;) {
    let target: Place;
    if (expected && raw.startsWith(expected.quoted, at)) {
      at += expected.quoted.length;
      target = expected.place;
      previous = expected;
      expected = expected.next;
    } else {
      const keyEnd = stringEnd(raw, at);
      if (place.values) target = place.values;
      else {
        const field = fieldOf(place, JSON.parse(raw.slice(at, keyEnd)) as string);
        if (field) {
          target = field.place;
          if (previous) previous.next = field;
          else place.first = field;
          previous = field;
          expected = field.next;
        } else target = place.values!;
      }
      at = keyEnd;
    }
    if (place.values) {
      expected = null;
      previous = null;
      if (target !== place.values) target = place.values;
    }
    at = space(raw, space(raw, at) + 1);
    at = space(raw, visit(at, target, depth + 1));
    if (raw.charCodeAt(at) !== 44) return at + 1;
    at = space(raw, at + 1);
  }
}

/** The field of that name, made when new; null when the object has just become a map. */
function fieldOf(place: Place, name: string): Field | null {
  const known = place.fields!.get(name);
  if (known) return known;
  const field = new Field(name);
  cursor.tree.grow();
  place.fields!.set(field.name, field);
  if (place.fields!.size <= MAX_FIELDS) return field;
  toMap(place);
  return null;
}

/** Index after the list or dict that opens at `open`. */
function skip(raw: string, open: number): number {
  let depth = 0;
  for (let at = open; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (code === 34) at = stringEnd(raw, at) - 1;
    else if (code === 123 || code === 91) depth++;
    else if ((code === 125 || code === 93) && --depth === 0) return at + 1;
  }
  return raw.length;
}
