/** Bins with round edges, found and filled in SQL. */
import { type Usable, usableSql } from "./values";

export interface Binning extends Usable {
  /** About this many bins; edges are round, so there may be fewer. */
  readonly bins: number;
  readonly integer: boolean;
}

/**
 * SQL of a relation `name` of one row over `from` (with the values `x`): `m`, `a`, `b`, `nb`, from which edge i is
 * (m + i) * a / b, on a log axis ten to that power. Steps are 1, 2 or 5 times a power of ten; whole numbers a step of 1
 * apart stand in the middle of their bin. All null without values.
 */
export function edgesSql(
  name: string,
  from: string,
  { bins, integer, log = false, ...usable }: Binning,
  x = "x",
): string {
  const whole = integer && !log;
  const t = log ? `log10(${x})` : x;
  return `${name}_range as (select min(${t}) as lo, max(${t}) as hi from ${from} where ${usableSql({ log, ...usable }, x)}),
    ${name}_raw as (select lo, hi, hi / ${bins} - lo / ${bins}${whole ? ` + 1.0 / ${bins}` : ""} as raw from ${name}_range),
    ${name}_power as (select *, pow(10, floor(log10(case when raw > 0 then raw when lo <> 0 then abs(lo) / 10 else 1 end))) as p from ${name}_raw),
    ${name}_step as (select lo, hi, ${whole ? "greatest(1, " : "("}p * case when raw <= p * (1 + 1e-9) then 1 when raw <= 2 * p then 2 when raw <= 5 * p then 5 else 10 end) as step from ${name}_power),
    ${name}_unit as (select *, case when step >= 1 then step else 1 end as a, case when step < 1 then round(1 / step) else 1 end as b from ${name}_step),
    ${name}_first as (select *, ${whole ? "case when step = 1 then lo - 0.5 else floor(lo / a) end" : "floor(lo * b / a)"} as m from ${name}_unit),
    ${name} as materialized (select a, b, m, greatest(1, ceil(hi * b / a - m))::BIGINT as nb from ${name}_first where lo is not null)`;
}

/** SQL of edge `i` of the relation that `edgesSql` names. */
export function edgeSql(name: string, i: string, log: boolean): string {
  const t = `(${name}.m + ${i}) * ${name}.a / ${name}.b`;
  return log ? `pow(10, ${t})` : t;
}

/** SQL of the list of all edges. */
export function edgeListSql(name: string, log: boolean): string {
  return `(select list(${edgeSql("e", "i", log)} order by i) from (select *, unnest(range(nb + 1)) as i from ${name}) e)`;
}

/**
 * SQL of the number of the bin that holds `x`: edge i <= x < edge i + 1, and the last bin holds its upper edge. What the
 * division rounds is put right by comparing with the edges themselves.
 */
export function binSql(name: string, x: string, log: boolean): string {
  const guess = `floor(${log ? `log10(${x})` : x} * ${name}.b / ${name}.a - ${name}.m)`;
  const right = `${guess} - (${x} < ${edgeSql(name, guess, log)})::INT + (${x} >= ${edgeSql(name, `${guess} + 1`, log)})::INT`;
  return `greatest(0, least(${right}, ${name}.nb - 1))::BIGINT`;
}
