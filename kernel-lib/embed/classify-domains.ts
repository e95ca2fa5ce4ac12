/** The domain of every row: what its source says, else what rows of known domain are like it. */
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import type { Table } from "../table/table";
import { type DomainMeasure, measureDomains } from "./domain-measure";
import {
  type DomainModel,
  type LabelledVectors,
  prototypeDomains,
  splitRows,
  trainDomains,
} from "./domain-model";
import { DOMAIN_PROTOTYPES } from "./domain-prototypes";
import { Domains } from "./domains";
import { encoderOf } from "./encode-query";
import { collectVectors, storedVectors } from "./stored-vectors";
import { withValues, writeValues } from "./value-table";

export interface DomainOptions {
  /** Column with the domain that the source states; null and `other` mean not known. Default `meta_domain`. */
  readonly column?: string;
  /**
   * `head`: a linear head trained on the rows whose domain is known; `prototypes`: the nearest typical request. Default:
   * the head, where at least two domains have 40 rows each.
   */
  readonly method?: "head" | "prototypes";
  /** Typical requests of each domain, in place of those that come with the library. Without `method` they are used. */
  readonly prototypes?: Readonly<Record<string, readonly string[]>>;
  /** Rows are `other` below this confidence, 0..1. Default 0.6 of a head; 0.3 of prototypes, whose confidence is none. */
  readonly minConfidence?: number;
  /** Share of the rows of known domain that are only asked, to tell how good the answers are. Default 0.2. */
  readonly holdout?: number;
  /** Also ask the head about rows whose domain is known, and take its answer. Default false: the source is believed. */
  readonly ignoreSource?: boolean;
  /** Default 0. */
  readonly seed?: number;
  /** Which vectors, where there are several: the model's name, or `name.view`. */
  readonly vectors?: string;
  readonly signal?: AbortSignal;
}

const LEAST_ROWS = 40;

/**
 * The table with `domain`, `domain_confidence` (0..1) and `domain_source` beside its rows: `metadata` where the source
 * states the domain (confidence 1), `head` or `prototypes` where vectors say it, `far` where the row is like no row of the
 * domain that comes nearest, `unsure` below `minConfidence`; the last two are `other`. Rows without a vector are `other` with
 * the source `no_vector`.
 *
 * What a head is worth is measured on rows of known domain that it has not seen; rows with equal text are never on both
 * sides. New kinds of data are harder than that: see `npm run bench -- domains`, where whole datasets are held out.
 * The same table and seed give the same answers. Memory: the vectors, 1.5 kB a row at 384 dimensions.
 *
 * @throws InputError when the table has no vectors, or too few rows of known domain for `method: "head"`.
 * @example
 * const ds = await embed((await open("demo")).split("dolly").head(60), "words", { column: "instruction" });
 * (await classifyDomains(ds)).table.groupBy("domain").count()
 */
export async function classifyDomains(table: Table, options: DomainOptions = {}): Promise<Domains> {
  const {
    column = "meta_domain",
    prototypes,
    holdout = 0.2,
    ignoreSource = false,
    seed = 0,
    vectors: which,
    signal = interruptSignal(),
  } = options;
  if (!(holdout >= 0.05 && holdout <= 0.9))
    throw new InputError(`classifyDomains: holdout ${holdout}, expected a share from 0.05 to 0.9`);
  if (options.minConfidence !== undefined && !(options.minConfidence >= 0 && options.minConfidence <= 1))
    throw new InputError(
      `classifyDomains: minConfidence ${options.minConfidence}, expected a share from 0 to 1`,
    );
  const stored = await storedVectors(table, which, "classifyDomains", signal);
  const { keys, data, dimensions } = await collectVectors(table, stored, signal);
  const known = await knownDomains(table, column, signal);
  const domains = trainable(known, keys);
  const method = options.method ?? (prototypes === undefined && domains.length >= 2 ? "head" : "prototypes");
  if (method === "head" && domains.length < 2) {
    throw new InputError(
      `classifyDomains: ${domains.length} domains in ${column} have ${LEAST_ROWS} rows with a vector, expected at least 2 to train on; leave method out to compare with prototypes`,
    );
  }
  const model0 = method === "prototypes" ? await fromPrototypes(prototypes, stored.manifest) : null;
  const names = model0?.domains ?? domains;
  const places = new Map(names.map((name, i) => [name, i]));
  const labels = Int32Array.from(keys, (key) => places.get(known.get(key) ?? "") ?? -1);
  const labelled: LabelledVectors = { data, dimensions, labels, domains: names };
  const split = splitRows(labelled, { test: model0 ? 0.9 : holdout, seed });
  const model: DomainModel = model0 ?? trainDomains(labelled, split, seed);
  const minConfidence = options.minConfidence ?? (method === "head" ? 0.6 : 0.3);
  const asked = model0
    ? [...split.train, ...split.calibrate, ...split.test].sort((a, b) => a - b)
    : split.test;
  const measure: DomainMeasure | null =
    asked.length === 0 ? null : measureDomains(model, labelled, asked, minConfidence);
  signal.throwIfAborted();
  const [rowKeys, given] = answer({ known, keys, data, dimensions, model, minConfidence, ignoreSource });
  const file = await writeValues(rowKeys, {
    domain: { type: "VARCHAR", values: given.map(([domain]) => domain) },
    domain_confidence: { type: "DOUBLE", values: given.map(([, confidence]) => confidence) },
    domain_source: { type: "VARCHAR", values: given.map(([, , source]) => source) },
  });
  return new Domains({
    table: await withValues(table, file),
    file,
    origin: table.origin,
    model: { kind: model.kind, domains: model.domains, learnedFrom: model.learnedFrom },
    vectors: stored.manifest.encoder.name,
    ...{ minConfidence, column, measure, seed },
    keys,
  });
}

type Given = readonly [domain: string, confidence: number, source: string];

/** Domain, confidence and source for every row that has a key, in the order of the table. */
function answer({
  known,
  keys,
  data,
  dimensions,
  model,
  minConfidence,
  ignoreSource,
}: {
  readonly known: ReadonlyMap<string, string | null>;
  readonly keys: readonly string[];
  readonly data: Float32Array;
  readonly dimensions: number;
  readonly model: DomainModel;
  readonly minConfidence: number;
  readonly ignoreSource: boolean;
}): [string[], Given[]] {
  const rowOf = new Map(keys.map((key, row) => [key, row]));
  const rowKeys = [...known.keys()];
  const given = rowKeys.map((key): Given => {
    const stated = known.get(key);
    if (stated && !ignoreSource) return [stated, 1, "metadata"];
    const row = rowOf.get(key);
    if (row === undefined) return ["other", 0, "no_vector"];
    const { domain, confidence, isNear } = model.classify(
      data.subarray(row * dimensions, (row + 1) * dimensions),
    );
    if (confidence < minConfidence) return ["other", confidence, "unsure"];
    return isNear ? [domain, confidence, model.kind] : ["other", confidence, "far"];
  });
  return [rowKeys, given];
}

/** The domain that the source states for each row, null where it states none or `other`. */
async function knownDomains(
  table: Table,
  column: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | null>> {
  const has = (await table.schema).some(({ name }) => name === column);
  const name = `"${column.replaceAll('"', '""')}"`;
  const known = new Map<string, string | null>();
  const stated = has ? `nullif(${name}::varchar, 'other')` : "null::varchar";
  for await (const batch of table.sql(`select row_key, ${stated} as stated from this`).stream({ signal })) {
    for (const row of batch) known.set(row.row_key as string, row.stated as string | null);
  }
  return known;
}

/** Domains with enough rows that have a vector, sorted. */
function trainable(known: ReadonlyMap<string, string | null>, keys: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const domain = known.get(key);
    if (domain) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, rows]) => rows >= LEAST_ROWS)
    .map(([domain]) => domain)
    .sort();
}

async function fromPrototypes(
  prototypes: DomainOptions["prototypes"],
  manifest: Parameters<typeof encoderOf>[0],
): Promise<DomainModel> {
  const texts = Object.entries(prototypes ?? DOMAIN_PROTOTYPES);
  if (texts.length < 2)
    throw new InputError(`classifyDomains: prototypes of ${texts.length} domains, expected at least 2`);
  const encoder = await encoderOf(manifest);
  const vectors = new Map<string, readonly Float32Array[]>();
  for (const [domain, list] of texts) {
    const encoded = await encoder.encode(list);
    const found = encoded.vectors.filter((vector): vector is Float32Array => vector !== null);
    if (found.length > 0) vectors.set(domain, found);
  }
  return prototypeDomains(vectors);
}
