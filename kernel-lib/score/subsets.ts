/** Subsets by score × correctness: named policies over one run, what is in each, and why the rest is in none. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { writeFileDurably } from "../engine/commit";
import { InputError, UsageError } from "../errors";
import { interruptSignal } from "../interrupt";
import type { OnProgress } from "../notebook/progress";
import { type Policy, policySql, policy as readPolicy } from "../policy/policy";
import { renameDurably } from "../select/pool-folder";
import { buildPools } from "../select/pools";
import { predicateParts } from "../select/predicate";
import { open } from "../table/open";
import { PLAIN } from "../table/relation";
import type { Table } from "../table/table";
import type { MissingSubset } from "./subset-counts";
import { type Subset, SubsetsResult } from "./subsets-result";

/** The policies that `subsets` counts by default, in the project's datasets/policies/. */
export const SUBSETS = ["anchor", "learning", "challenge", "restoration"] as const;

export interface SubsetsOptions {
  /** Names of policies, .json files, or policies; default anchor, learning, challenge and restoration. */
  readonly policies?: readonly (string | Policy)[];
  /** Writes each subset there as a pool, and `rest.parquet` with the reason of every row that is in none. Needs a run. */
  readonly out?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Which rows of a run or table are in which subset: rows, tokens, domains, overlaps, and for rows in none the line that keeps most of them
 * out. Each subset is a policy, which a file of the same name in the workspace's datasets/policies/ replaces. Counted in one
 * pass over the columns that the policies speak of. A policy that speaks of columns that are not there is told and left out.
 * With `out`, `<out>/<subset>/part-….parquet`, `pools.json`, `rest.parquet` (row_key, id, domain, reason) and `subsets.json`
 * are written.
 * @throws InputError when no policy can be applied, as before anything was scored.
 * @example const found = await subsets("out/demo"); found.table("challenge")
 */
export async function subsets(
  from: string | { readonly out: string } | Table,
  options: SubsetsOptions = {},
): Promise<SubsetsResult> {
  const { policies: asked = SUBSETS, out, signal = interruptSignal() } = options;
  const folder = typeof from === "string" ? from : "out" in from ? from.out : null;
  if (out !== undefined && folder === null) {
    throw new UsageError(
      "subsets: out needs a run: subsets(run, { out }); write a table with exportCandidates",
    );
  }
  const table = folder === null ? (from as Table) : await open(folder);
  const policies = asked.map((one) => (typeof one === "string" ? readPolicy(one) : one));
  checkPolicies(policies);
  const columns = (await table.readSchema(signal)).map(({ name }) => name);
  const { usable, missing } = await split(policies, columns);
  if (usable.length === 0) {
    throw new InputError(
      `subsets: the rows have no column ${missing[0]?.columns.join(", ")}, which ${missing[0]?.name} speaks of; score the run first (corpuslab score, or import-scores)`,
    );
  }
  const why = reasonSql(usable, columns);
  const has = (name: string) => columns.includes(name);
  const flags = usable.map((policy, i) => `coalesce((${policySql(policy)}\n), false) as s${i}`);
  const [domain, tokens, scored] = [
    has("meta_domain") ? "meta_domain::VARCHAR" : "null::VARCHAR",
    has("stats_approx_tokens") ? "coalesce(stats_approx_tokens, 0)" : "0",
    has("completion_token_count") ? "coalesce(completion_token_count, 0)" : "0",
  ];
  const keys = ["domain", ...usable.map((_, i) => `s${i}`), "reason"].join(", ");
  const none = `not (${usable.map((_, i) => `s${i}`).join(" or ")})`;
  const groups = await table.read<Record<string, unknown>>(
    (sql) =>
      `with this as (${sql}), m as (select ${domain} as domain, ${tokens} as tokens, ${scored} as scored, ${flags.join(", ")}, ${why} as why from this)
       select domain, ${usable.map((_, i) => `s${i}`).join(", ")}, case when ${none} then why end as reason,
         count(*) as rows, sum(tokens)::BIGINT as tokens, sum(scored)::BIGINT as scored from m group by ${keys} order by ${keys}`,
    signal,
  );
  const found: Subset[] = usable.map((policy, i) => ({
    name: policy.policy,
    about: policy.about,
    sql: policySql(policy),
    lines: policy.keep,
    table: table.filter(policySql(policy)),
    member: (group) => group[`s${i}`] === true,
  }));
  const models = has("score_model")
    ? (
        await table
          .sql("select distinct score_model as m from this where m is not null order by m limit 3")
          .toArray()
      ).map(({ m }) => String(m))
    : [];
  const isRest = `not (${usable.map((policy) => `coalesce((${policySql(policy)}\n), false)`).join(" or ")})`;
  const rest = table.sql(`select *, ${why} as rest_reason from this where ${isRest}`);
  const result = new SubsetsResult({ subsets: found, missing, groups, rest, models });
  if (out !== undefined) await write(resolve(out), folder!, result, rest, options, signal);
  return result;
}

function checkPolicies(policies: readonly Policy[]): void {
  if (policies.length === 0) throw new InputError("subsets: no policy, expected at least one");
  const names = policies.map(({ policy }) => policy);
  const double = names.find((name, i) => names.indexOf(name) !== i);
  if (double !== undefined)
    throw new InputError(`subsets: two policies are called ${double}, expected different names`);
  const ranked = policies.find(({ tiers }) => tiers);
  if (ranked) {
    throw new InputError(
      `subsets: ${ranked.policy} ranks rows in tiers, expected lines alone: a subset says of each row by itself whether it is in`,
    );
  }
}

/** Policies whose columns are all there, and the others with what they lack. */
async function split(
  policies: readonly Policy[],
  columns: readonly string[],
): Promise<{ readonly usable: readonly Policy[]; readonly missing: readonly MissingSubset[] }> {
  const known = new Set(columns.map((name) => name.toLowerCase()));
  const usable: Policy[] = [];
  const missing: MissingSubset[] = [];
  const db = await Db.open({ threads: 1, memoryLimit: "100MB" });
  try {
    for (const policy of policies) {
      const parts = await predicateParts(db, policySql(policy)).catch((cause: unknown) => {
        throw new InputError(`subsets: the lines of ${policy.policy} are no SQL: ${policySql(policy)}`, {
          cause,
        });
      });
      const lacks = [...new Set(parts.flatMap((part) => part.columns))].filter(
        (name) => !known.has(name.toLowerCase()),
      );
      if (lacks.length === 0) usable.push(policy);
      else missing.push({ name: policy.policy, about: policy.about, columns: lacks });
    }
  } finally {
    db.close();
  }
  return { usable, missing };
}

/** SQL of why a row is in no subset: it has no score, else the first line that it fails, those of most policies first. */
function reasonSql(policies: readonly Policy[], columns: readonly string[]): string {
  const lines = new Map<string, { readonly why: string; uses: number }>();
  for (const { keep } of policies) {
    for (const { if: condition, why } of keep) {
      const seen = lines.get(condition);
      if (seen) seen.uses++;
      else lines.set(condition, { why, uses: 1 });
    }
  }
  const ordered = [...lines].sort(([, a], [, b]) => b.uses - a.uses);
  const cases = ordered.map(([condition, { why }]) => {
    const words = quoteText(`not ${why.split(":")[0]}: ${condition}`);
    return `when (${condition}\n) is not true then ${words} || case when (${condition}\n) is null then ' is unknown' else '' end`;
  });
  const reason = ["score_reason", "reason"].find((name) => columns.includes(name));
  const unscored = reason
    ? [`when ${quoteName(reason)} is not null then 'no score: ' || ${quoteName(reason)}`]
    : [];
  return `case ${[...unscored, ...cases].join(" ")} else 'fails no line alone' end`;
}

async function write(
  out: string,
  run: string,
  result: SubsetsResult,
  rest: Table,
  { onProgress }: SubsetsOptions,
  signal: AbortSignal,
): Promise<void> {
  const pools = Object.fromEntries(result.subsets.map(({ name, sql }) => [name, sql]));
  await buildPools([run], {
    out,
    pools,
    only: [],
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const names = (await rest.readSchema(signal)).map(({ name }) => name);
  const listed = ["row_key", "id", "meta_domain", "split"].filter((name) => names.includes(name));
  const db = await Db.open({ threads: 1, memoryLimit: "1GB", signal });
  try {
    mkdirSync(out, { recursive: true });
    const path = join(out, "rest.parquet");
    const sql = await rest.relation().sql(PLAIN, signal);
    await db.run(
      `copy (select ${listed.map(quoteName).join(", ")}, rest_reason as reason from (${sql})) to ${quoteText(`${path}.tmp`)} (format parquet, compression zstd)`,
    );
    renameDurably(`${path}.tmp`, path);
  } finally {
    db.close();
  }
  writeFileDurably(join(out, "subsets.json"), `${JSON.stringify(result.toJSON(), null, 2)}\n`);
}
