/**
 * `croissant.json`: the dataset as Croissant 1.0 metadata (MLCommons). Files with their checksums, and a record set a
 * split with the top-level columns; nested and mixed columns are `sc:Text` with their type in the description.
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
      .filter(({ columns, files }) => columns.length > 0 && files.length > 0)
      .map(recordSet),
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
        "@id": file.name,
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
        containedIn: split.files.map(({ name }) => ({ "@id": name })),
        encodingFormat: ENCODINGS[split.files[0]!.format],
        includes: split.files.map(({ name }) => name),
      });
    }
  }
  return [...files, ...sets];
}

function recordSet(split: InventorySplit): JsonObject {
  const id = `rows-${splitLabel(split)}`;
  const source: JsonObject =
    split.files.length > 1
      ? { fileSet: { "@id": setId(split) } }
      : { fileObject: { "@id": split.files[0]!.name } };
  return {
    "@type": "cr:RecordSet",
    "@id": id,
    name: id,
    description: `Rows of split ${split.split} of subset ${split.subset}.`,
    field: split.columns.map((column) => ({
      "@type": "cr:Field",
      "@id": `${id}/${column.name}`,
      name: column.name,
      description: `${column.type}; ${column.null_count} null and ${column.absent} absent in ${split.sample_rows} rows`,
      dataType: dataType(column),
      source: { ...source, extract: { column: column.name } },
    })),
  };
}

function setId(split: InventorySplit): string {
  return `files-${splitLabel(split)}`;
}

function dataType({ types }: InventoryColumn): string {
  const kinds = types
    .map(({ type }) => type)
    .filter((type) => type !== "null")
    .sort()
    .join();
  if (kinds === "bool") return "sc:Boolean";
  if (kinds === "int") return "sc:Integer";
  if (kinds === "float" || kinds === "float,int") return "sc:Float";
  return "sc:Text";
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
  recordSet: "cr:recordSet",
  references: "cr:references",
  regex: "cr:regex",
  repeated: "cr:repeated",
  replace: "cr:replace",
  sc: "https://schema.org/",
  separator: "cr:separator",
  source: "cr:source",
  subField: "cr:subField",
  transform: "cr:transform",
};
