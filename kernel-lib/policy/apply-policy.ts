/** A policy over a table: what stays, and which line drops what. */
import { errorText, InputError, QueryError } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { isRedTeam, RED_TEAM_GATE } from "../select/red-team";
import type { Table } from "../table/table";
import { gatedPolicy, type Policy, policySql, policy as readPolicy } from "./policy";
import { type PolicyOptions, withNumbers } from "./policy-numbers";
import { tiers } from "./tiers";

export interface PolicyLine {
  readonly if: string;
  readonly why: string;
  /** Rows of the table for which the line is not true. */
  readonly fails: number;
  /** … and for which it alone is not: what the row count would grow by without it. */
  readonly alone: number;
}

/** What a policy does to a table. Shows itself in a notebook. */
export class PolicyResult {
  constructor(
    readonly policy: Policy,
    /** The rows that stay, tiers applied. */
    readonly kept: Table,
    readonly rows: number,
    /** Rows for which every line is true. */
    readonly passed: number,
    /** … and that the tiers leave. */
    readonly left: number,
    readonly lines: readonly PolicyLine[],
    /** Rows of which the soft lines are true. */
    readonly soft: readonly { readonly if: string; readonly why: string; readonly rows: number }[],
  ) {}

  toString(): string {
    const { policy, rows, passed, left, lines, soft } = this;
    return [
      `${policy.policy}: ${left} of ${rows} rows stay. ${policy.about}`,
      ...lines.map(
        ({ if: condition, why, fails, alone }) => `  drops ${fails} (${alone} alone)  ${condition}  — ${why}`,
      ),
      ...(policy.tiers ? [`  tiers leave ${left} of ${passed} rows`] : []),
      ...soft.map(({ if: condition, why, rows: n }) => `  tells ${n}  ${condition}  — ${why}`),
    ].join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const cell = (text: string | number) => `<td style="text-align:left">${escapeHtml(String(text))}</td>`;
    const rows = [
      ...this.lines.map(({ if: condition, why, fails, alone }) => [fails, alone, condition, why]),
      ...this.soft.map(({ if: condition, why, rows: n }) => [`(${n})`, "soft", condition, why]),
    ].map((cells) => `<tr>${cells.map(cell).join("")}</tr>`);
    const head = ["drops", "alone", "line", "why"]
      .map((name) => `<th style="text-align:left">${name}</th>`)
      .join("");
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(
        `<p>${escapeHtml(this.policy.policy)}: ${this.left} of ${this.rows} rows stay.</p><table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`,
      ),
    };
  }
}

/**
 * The rows of the table that a policy keeps, and for each of its lines how many it drops, and how many it alone.
 * Counted in one pass. Nothing is written.
 * @throws InputError when the table lacks a column that a line speaks of, with the flags to compute.
 * @example const mira = await applyPolicy(await open("out/demo"), "mira"); mira.kept
 */
export async function applyPolicy(
  table: Table,
  named: string | Policy,
  options: PolicyOptions = {},
): Promise<PolicyResult> {
  const asked = gatedPolicy(typeof named === "string" ? readPolicy(named) : named);
  const missing = (cause: unknown): InputError => missingColumns(asked, cause);
  const policy = await withNumbers(asked, options, table).catch((cause: unknown) => {
    throw cause instanceof QueryError ? missing(cause) : cause;
  });
  const conditions = policy.keep.map(({ if: condition }) => `coalesce((${condition}), false)`);
  const failing = conditions.map((_, i) => `l${i}`);
  const counts = [
    "count(*) as n",
    `count(*) filter (${failing.map((name) => `${name}`).join(" and ")}) as passed`,
    ...conditions.map((_, i) => `count(*) filter (not l${i}) as f${i}`),
    ...conditions.map((_, i) => {
      const others = failing.filter((_, j) => j !== i);
      return `count(*) filter (${[`not l${i}`, ...others].join(" and ")}) as a${i}`;
    }),
    ...policy.soft.map((_, i) => `count(*) filter (s${i}) as s${i}`),
  ];
  const lines = [
    ...conditions.map((condition, i) => `${condition} as l${i}`),
    ...policy.soft.map(({ if: condition }, i) => `coalesce((${condition}), false) as s${i}`),
  ];
  const [found] = await table
    .sql(`select ${counts.join(", ")} from (select ${lines.join(", ")} from this)`)
    .toArray()
    .catch((cause: unknown) => {
      throw new InputError(
        `policy ${policy.policy}: ${cause instanceof Error ? cause.message : String(cause)}; ${needed(policy)}`,
        { cause },
      );
    });
  const count = (name: string) => Number(found![name]);
  // A line of text could reach around the lines before it: what red-team rows have to be is asked for apart.
  const from = isRedTeam(policy.policy) ? table.filter(RED_TEAM_GATE) : table;
  const passing = from.sql(`select * from this where ${policySql(policy)}`);
  const kept = policy.tiers ? tiers(passing, policy.tiers) : passing;
  return new PolicyResult(
    policy,
    kept,
    count("n"),
    count("passed"),
    policy.tiers ? await kept.count() : count("passed"),
    policy.keep.map((one, i) => ({ ...one, fails: count(`f${i}`), alone: count(`a${i}`) })),
    policy.soft.map((one, i) => ({ ...one, rows: count(`s${i}`) })),
  );
}

function needed({ flags }: Policy): string {
  return flags.length > 0
    ? `its lines need the flags ${flags.join(", ")}: corpuslab flag <run> --flags ${flags.join(",")}`
    : "its lines speak of columns that are not there: of scores, score the run first (corpuslab score, or import-scores)";
}

function missingColumns({ policy, flags, needs = [] }: Policy, cause: unknown): InputError {
  const commands = [
    ...(flags.length > 0 ? [`corpuslab flag <run> --flags ${flags.join(",")}`] : []),
    ...needs,
  ];
  const first = commands.length > 0 ? `; its lines need what these write: ${commands.join("; ")}` : "";
  return new InputError(`policy ${policy}: ${errorText(cause)}${first}`, { cause });
}
