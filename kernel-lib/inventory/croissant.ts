/**
 * `croissant.json`: the dataset as Croissant 1.0 metadata (MLCommons). Files with their checksums, and a record set a
 * split with the columns; lists of objects have a sub-field for each plain field. What Croissant has no type for (mixed
 * columns, maps) is named in the record set's description.
 */
import type { InventoryColumn, InventoryJson, InventorySplit } from "./inventory-json";
import { splitLabel } from "./inventory-json";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const ENCODINGS = {
  jsonl: "application/jsonlines",
  json: "application/json",
  parquet: "application/x-parquet",
  csv: "text/csv",
} as const;

/**
 * Croissant metadata of an inventory. `url` is where the dataset's page is; without one (a local source) files have
 * relative addresses. Deterministic: no dates.
 */
export function describeCroissant(
  data: InventoryJson,
  { url }: { readonly url?: string | undefined } = {},
): JsonObject {
  const base = url?.replace(/\/$/, "");
  return {
    "@context": CONTEXT,
    "@type": "sc:Dataset",
    conformsTo: "http://mlcommons.org/croissant/1.0",
    name: data.dataset.replace(/[^A-Za-z0-9_.-]+/g, "_"),
    alternateName: data.dataset,
    description: describe(data),
    version: "1.0.0",
    ...(data.license ? { license: data.license } : {}),
    url: base ?? ".",
    distribution: distribution(data, base),
    recordSet: data.splits
      .filter(({ files }) => files.length > 0)
      .map(recordSet)
      .filter(({ field }) => (field as Json[]).length > 0),
  };
}

function describe(data: InventoryJson): string {
  const rows = data.splits.map((split) => {
    const counted =
      split.rows === null ? "unknown number of" : `${split.estimated ? "about " : ""}${split.rows}`;
    return `${splitLabel(split)}: ${counted} rows`;
  });
  return `${data.dataset} at revision ${data.revision}. ${rows.join("; ")}.`;
}

function distribution(data: InventoryJson, base: string | undefined): Json[] {
  const seen = new Set<string>();
  const files: Json[] = [];
  const sets: Json[] = [];
  for (const split of data.splits) {
    for (const file of split.files) {
      if (seen.has(file.name)) continue;
      seen.add(file.name);
      files.push({
        "@type": "cr:FileObject",
        "@id": ident(file.name),
        name: file.name,
        contentUrl: base ? `${base}/resolve/${data.revision}/${file.name}` : file.name,
        contentSize: `${file.bytes} B`,
        encodingFormat: ENCODINGS[file.format],
        sha256: file.sha256,
      });
    }
    if (split.files.length > 1) {
      sets.push({
        "@type": "cr:FileSet",
        "@id": setId(split),
        name: setId(split),
        containedIn: split.files.map(({ name }) => ({ "@id": ident(name) })),
        encodingFormat: ENCODINGS[split.files[0]!.format],
        includes: split.files.map(({ name }) => name),
      });
    }
  }
  return [...files, ...sets];
}

function recordSet(split: InventorySplit): JsonObject {
  const name = `rows-${splitLabel(split)}`;
  const source: JsonObject =
    split.files.length > 1
      ? { fileSet: { "@id": setId(split) } }
      : { fileObject: { "@id": ident(split.files[0]!.name) } };
  const fields = split.columns.map((column) => describeField(column, ident(name), source));
  const left = split.columns.filter((_, i) => fields[i] === null);
  return {
    "@type": "cr:RecordSet",
    "@id": ident(name),
    name,
    description:
      `Rows of split ${split.split} of subset ${split.subset}.` +
      (left.length > 0
        ? ` Without a field here: ${left.map((column) => `${column.name} (${column.type})`).join("; ")}.`
        : ""),
    field: fields.filter((field) => field !== null),
  };
}

/** Null for what Croissant has no field for: mixed columns, maps, a column without a name. */
function describeField(column: InventoryColumn, recordId: string, source: JsonObject): JsonObject | null {
  const { name, type, null_count, absent } = column;
  if (name === "") return null;
  const kinds = column.types.map((one) => one.type).filter((kind) => kind !== "null");
  const field: JsonObject = {
    "@type": "cr:Field",
    "@id": `${recordId}/${ident(name)}`,
    name,
    description: `${type}; ${null_count} null, ${absent} absent`,
  };
  const from = { source: { ...source, extract: { column: name } } };
  const repeated = kinds.join() === "list";
  const scalar = scalarType(repeated ? (/^list<(.*?)>( \| null)?$/.exec(type)?.[1] ?? "null") : type);
  if (scalar) return { ...field, ...(repeated ? { repeated: true } : {}), dataType: scalar, ...from };
  if (!repeated && kinds.join() !== "dict") return null;
  const subField = column.fields.flatMap((inner): JsonObject[] => {
    const dataType = scalarType(inner.type);
    if (!dataType || !/^[A-Za-z_]\w*$/.test(inner.name)) return [];
    const transform = { jsonPath: inner.name };
    return [
      {
        "@type": "cr:Field",
        "@id": `${recordId}/${ident(name)}/${inner.name}`,
        name: `${name}/${inner.name}`,
        dataType,
        source: { ...source, extract: { column: name }, transform },
      },
    ];
  });
  return subField.length === 0 ? null : { ...field, ...(repeated ? { repeated: true } : {}), subField };
}

/** The Croissant type of a written type of one kind; null for several kinds and nested ones. Only nulls are text. */
function scalarType(written: string): string | null {
  switch (
    written
      .split(" | ")
      .filter((type) => type !== "null")
      .join()
  ) {
    case "bool":
      return "sc:Boolean";
    case "int":
      return "sc:Integer";
    case "float":
    case "int,float":
      return "sc:Float";
    case "string":
    case "":
      return "sc:Text";
    default:
      return null;
  }
}

function setId(split: InventorySplit): string {
  return ident(`files-${splitLabel(split)}`);
}

/** A name as an `@id`: white space and signs with a meaning in addresses are written as `_u20_`. */
function ident(name: string): string {
  return name.replace(/[^\p{L}\p{N}_./-]/gu, (sign) => `_u${sign.codePointAt(0)!.toString(16)}_`);
}

/** The JSON-LD context that the Croissant 1.0 specification prescribes. */
const CONTEXT: JsonObject = {
  "@language": "en",
  "@vocab": "https://schema.org/",
  citeAs: "cr:citeAs",
  column: "cr:column",
  conformsTo: "dct:conformsTo",
  cr: "http://mlcommons.org/croissant/",
  data: { "@id": "cr:data", "@type": "@json" },
  dataBiases: "cr:dataBiases",
  dataCollection: "cr:dataCollection",
  dataType: { "@id": "cr:dataType", "@type": "@vocab" },
  dct: "http://purl.org/dc/terms/",
  equivalentProperty: "cr:equivalentProperty",
  examples: { "@id": "cr:examples", "@type": "@json" },
  extract: "cr:extract",
  field: "cr:field",
  fileObject: "cr:fileObject",
  fileProperty: "cr:fileProperty",
  fileSet: "cr:fileSet",
  format: "cr:format",
  includes: "cr:includes",
  isLiveDataset: "cr:isLiveDataset",
  jsonPath: "cr:jsonPath",
  key: "cr:key",
  md5: "cr:md5",
  parentField: "cr:parentField",
  path: "cr:path",
  personalSensitiveInformation: "cr:personalSensitiveInformation",
  rai: "http://mlcommons.org/croissant/RAI/",
  recordSet: "cr:recordSet",
  references: "cr:references",
  regex: "cr:regex",
  repeated: "cr:repeated",
  replace: "cr:replace",
  samplingRate: "cr:samplingRate",
  sc: "https://schema.org/",
  separator: "cr:separator",
  source: "cr:source",
  subField: "cr:subField",
  transform: "cr:transform",
};
