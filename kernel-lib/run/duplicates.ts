/** `run.duplicates()`: the clusters of rows that say the same, and each cluster's rows side by side. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { quoteText } from "../db";
import { InputError } from "../errors";
import { clustersBundle, type ShownCluster } from "../notebook/clusters-display";
import { type Differences, showDifferences } from "../notebook/differences";
import { splitRowKey } from "../row";
import { parquetFiles, readParquet } from "../run-folder";
import { withDb } from "../table/db-pool";
import { EXACT_DUPLICATE } from "./mark-duplicates-task";

/** Rows that say the same: one that is kept, and the others. */
export type DuplicateCluster = ShownCluster;

export interface ShowDuplicatesOptions {
  /** At most this many members beside the kept row. Default 10. */
  readonly members?: number;
}

/** What one stage found: SQL with `row_key, duplicate_of, kind, similarity, cluster`, a line for each duplicate. */
interface Finding {
  readonly sql: string;
}

/** Reads a stage's findings in a run folder; null where it left none. Near duplicates are one more of these. */
type FindingReader = (out: string) => Finding | null;

const READERS: readonly FindingReader[] = [marked, refusedExact];

/** The duplicate clusters of a run, largest first, ties by the kept row's key. Shows itself as a table. */
export class Duplicates {
  /** @internal Made by `run.duplicates()`. */
  constructor(
    private readonly out: string,
    private readonly findings: readonly Finding[],
    /** The largest clusters. */
    readonly clusters: readonly DuplicateCluster[],
    readonly totals: { readonly clusters: number; readonly duplicates: number },
  ) {}

  /**
   * The rows of a cluster: each member beside the row that is kept, differing words marked.
   * @param cluster its number in the list, or the row_key of any of its rows.
   * @throws InputError when there is no such cluster.
   * @example (await openRun("out/demo").duplicates()).show(1)
   */
  async show(cluster: number | string, { members = 10 }: ShowDuplicatesOptions = {}): Promise<Differences> {
    const first = await this.line(cluster);
    const { rows, number } = first;
    const lines = (
      await withDb((db) =>
        db.all<Member>(
          `select row_key, kind, similarity from (${pairsSql(this.findings)}) where ${inClusters(this.findings, [first.kept])} ` +
            `order by similarity desc nulls last, row_key limit ${Math.max(1, Math.floor(members))}`,
        ),
      )
    ).map((line) => ({ ...line, similarity: line.similarity === null ? null : Number(line.similarity) }));
    const keys = [first.kept, ...lines.map(({ row_key }) => row_key)];
    const byKey = await this.rows(keys);
    const notes = keys
      .filter((key) => !byKey.has(key))
      .map((key) => `${key} is not among the rows of this run`);
    if (lines.length < rows - 1)
      notes.push(`${lines.length} of ${rows - 1} members beside the kept row: members shows more`);
    const titles = lines.map(
      ({ row_key, kind, similarity }) => `${row_key} · ${kindWords(kind, similarity)}`,
    );
    return showDifferences(
      keys.map((key) => byKey.get(key) ?? { row_key: key }),
      {
        titles: [`${first.kept} · kept`, ...titles],
        heading: `duplicate cluster ${number}: ${rows} rows`,
        notes,
      },
    );
  }

  toString(): string {
    return clustersBundle(this)["text/plain"];
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return clustersBundle(this);
  }

  /** The cluster of that number, or of any of its rows' keys. */
  private async line(cluster: number | string): Promise<ClusterPlace> {
    const kept = typeof cluster === "string" ? await this.keptOf(cluster) : null;
    const listed = this.clusters.find((each) => each.number === cluster || each.kept === kept);
    if (listed) return listed;
    const all = clustersSql(this.findings);
    const isNumber = typeof cluster === "number" && Number.isSafeInteger(cluster) && cluster > 0;
    const found =
      kept !== null
        ? `with c as materialized (${all}), one as (select * from c where kept = ${quoteText(kept)})
           select one.kept, one.rows, 1 + (select count(*) from c where c.rows > one.rows or (c.rows = one.rows and c.kept < one.kept))
             as number from one`
        : isNumber
          ? `select kept, rows, ${cluster} as number from (${all}) order by rows desc, kept limit 1 offset ${cluster - 1}`
          : null;
    const [line] =
      found === null ? [] : await withDb((db) => db.all<ClusterPlace & Record<string, unknown>>(found));
    if (!line) throw unknownCluster(cluster, this.totals.clusters);
    return line;
  }

  private async keptOf(key: string): Promise<string | null> {
    const text = quoteText(key);
    const sql = `select duplicate_of from (${pairsSql(this.findings)}) where row_key = ${text} or duplicate_of = ${text} limit 1`;
    const [line] = await withDb((db) => db.all<{ duplicate_of: string }>(sql));
    return line?.duplicate_of ?? null;
  }

  private async rows(keys: readonly string[]): Promise<Map<string, Record<string, unknown>>> {
    const sql = rowsSql(this.out, keys, "*");
    const rows = sql === null ? [] : await withDb((db) => db.all(sql));
    return new Map(rows.map((row) => [String(row.row_key), row]));
  }
}

/** The duplicates of the run in `out`; `largest`: how many clusters are listed. */
export async function readDuplicates(
  out: string,
  { largest = 20 }: { readonly largest?: number } = {},
): Promise<Duplicates> {
  const findings = READERS.map((read) => read(out)).filter((finding) => finding !== null);
  if (findings.length === 0) {
    throw new InputError(`${out}: no flags/${EXACT_DUPLICATE}: in this run nobody looked for duplicates`);
  }
  const largestSql = `select *, count(*) over () as clusters, sum(rows - 1) over () as duplicates
    from (${clustersSql(findings)}) order by rows desc, kept limit ${Math.max(1, largest)}`;
  const found = await withDb((db) => db.all<Line>(largestSql));
  const totals = {
    clusters: Number(found[0]?.clusters ?? 0),
    duplicates: Number(found[0]?.duplicates ?? 0),
  };
  const lines = found.slice(0, largest);
  const kinds = await kindsOf(
    findings,
    lines.map(({ kept }) => kept),
  );
  const texts = await beginnings(
    out,
    lines.map(({ kept }) => kept),
  );
  const clusters = lines.map(({ kept, rows }, i) => ({
    ...{ number: i + 1, rows: Number(rows), kept },
    kind: kinds.get(kept) ?? "",
    text: texts.get(kept) ?? null,
  }));
  return new Duplicates(out, findings, clusters, totals);
}

type Member = { row_key: string; kind: string; similarity: number | null };
type ClusterPlace = Pick<DuplicateCluster, "number" | "kept" | "rows">;
type Line = { kept: string; rows: number; clusters: number; duplicates: number };

/** What `dedup --sidecars` found, exact duplicates among it; else what the run itself found. */
function marked(out: string): Finding | null {
  const folder = join(out, "flags", "duplicate.v1");
  const files = parquetFiles(folder).map((name) => join(folder, name));
  if (files.length === 0) return markedExact(out);
  return {
    sql: `select row_key, duplicate_of, duplicate_kind as kind, duplicate_similarity as similarity,
      duplicate_cluster as cluster from ${readParquet(files)} where duplicate_of is not null`,
  };
}

function markedExact(out: string): Finding | null {
  const folder = join(out, "flags", EXACT_DUPLICATE);
  const files = parquetFiles(folder).map((name) => join(folder, name));
  if (files.length === 0) return null;
  return {
    sql: `select row_key, quality_duplicate_of as duplicate_of, 'exact' as kind, null::double as similarity,
      quality_duplicate_of as cluster from ${readParquet(files)} where quality_is_duplicate`,
  };
}

/** With --dedup duplicates leave rows/; the kept row stands in their detail. */
function refusedExact(out: string): Finding | null {
  const folder = join(out, "rejected", "exact_duplicate");
  const files = parquetFiles(folder).map((name) => join(folder, name));
  if (files.length === 0) return null;
  const kept = "substr(reject_detail, length('same text as ') + 1)";
  return {
    sql: `select row_key, ${kept} as duplicate_of, 'exact, refused' as kind, null::double as similarity,
      ${kept} as cluster from ${readParquet(files, ", union_by_name = true")}`,
  };
}

function pairsSql(findings: readonly Finding[]): string {
  return findings.map(({ sql }) => sql).join(" union all by name ");
}

/** `kept` and `rows` of each cluster. */
function clustersSql(findings: readonly Finding[]): string {
  return `select min(duplicate_of) as kept, count(*) + 1 as rows from (${pairsSql(findings)}) group by cluster`;
}

/** How the clusters of these kept rows were found, in words. */
async function kindsOf(findings: readonly Finding[], kept: readonly string[]): Promise<Map<string, string>> {
  if (kept.length === 0) return new Map();
  const sql = `select min(duplicate_of) as kept, string_agg(distinct kind, ', ' order by kind) as kind,
      min(similarity) as similarity
    from (${pairsSql(findings)}) where ${inClusters(findings, kept)} group by cluster`;
  type Kind = { kept: string; kind: string; similarity: number | null };
  const lines = await withDb((db) => db.all<Kind>(sql));
  return new Map(
    lines.map(({ kept: key, kind, similarity }) => [
      key,
      kindWords(kind, similarity === null ? null : Number(similarity)),
    ]),
  );
}

/** True for the lines of the clusters that keep these rows. */
function inClusters(findings: readonly Finding[], kept: readonly string[]): string {
  const keys = kept.map(quoteText).join(", ");
  return `cluster in (select cluster from (${pairsSql(findings)}) where duplicate_of in (${keys}))`;
}

/** Rows that were kept and rows that were refused as duplicates; null when there are no files. */
function rowsSql(out: string, keys: readonly string[], columns: string): string | null {
  const files = ["rows", "rejected/exact_duplicate"]
    .map((inside) => join(out, inside))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => parquetFiles(folder).map((name) => join(folder, name)));
  if (files.length === 0 || keys.length === 0) return null;
  // The row number has sharp bounds in every row group, the key has not.
  const numbers = keys.map((key) => splitRowKey(key)?.row);
  const known = numbers.every((row) => row !== undefined);
  const where = [
    ...(known ? [`source_row in (${[...new Set(numbers)].join(", ")})`] : []),
    `row_key in (${keys.map(quoteText).join(", ")})`,
  ].join(" and ");
  return `select ${columns} from ${readParquet(files, ", union_by_name = true")} where ${where}`;
}

async function beginnings(out: string, keys: readonly string[]): Promise<Map<string, string>> {
  const sql = rowsSql(out, keys, "row_key, substr(text, 1, 4000) as text");
  if (sql === null) return new Map();
  const rows = await withDb((db) => db.all<{ row_key: string; text: string }>(sql));
  return new Map(rows.map(({ row_key, text }) => [row_key, text]));
}

function kindWords(kind: string, similarity: number | null): string {
  return similarity === null ? kind : `${kind}, similarity ${similarity.toFixed(3)}`;
}

function unknownCluster(cluster: number | string, count: number): InputError {
  const got = typeof cluster === "number" ? `cluster ${cluster}` : JSON.stringify(cluster.slice(0, 300));
  return new InputError(
    count === 0
      ? `duplicates: ${got}: this run has no duplicates`
      : `duplicates: ${got} is no cluster, expected 1 to ${count} or the row_key of a duplicate or of a kept row`,
  );
}
