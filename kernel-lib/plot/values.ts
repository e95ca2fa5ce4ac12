/** Numbers of a table by group, in SQL: which rows have a value to draw, and which are left out and why. */
import { type GroupStyle, groupColor, groupStyles, NEUTRAL_COLOR } from "../notebook/group-color";
import { groupLabels, number, whole } from "./label";
import { naturalOrder } from "./natural-order";

/** More groups than this are drawn as the largest `MAX_GROUPS` - 1 and one of all others. */
export const MAX_GROUPS = 10;

/** Rows of one group, or of all groups that are added up. */
export interface GroupCount {
  /** Place in the legend, from 1. */
  readonly k: number;
  readonly name: string | null;
  /** Groups in it: more than one for what is added up. */
  readonly members: number;
  readonly rows: number;
  /** Rows that are drawn. */
  readonly used: number;
  readonly nulls: number;
  readonly nans: number;
  readonly infinite: number;
  /** Numbers that a log axis has no place for. */
  readonly notPositive: number;
  /** Numbers outside the range that was asked for. */
  readonly outside: number;
}

export interface Usable {
  /** Only numbers above 0 can be drawn. */
  readonly log?: boolean;
  readonly range?: readonly [number, number] | undefined;
}

/** SQL that is true for rows of `v` whose `x` is drawn. */
export function usableSql({ log = false, range }: Usable, x = "x"): string {
  const bounds = range ? ` and ${x} between ${sqlNumber(range[0])} and ${sqlNumber(range[1])}` : "";
  return `(coalesce(isfinite(${x}), false)${log ? ` and ${x} > 0` : ""}${bounds})`;
}

/** A JavaScript number as SQL, to the last bit: bare digits would be a decimal, which the cast rounds. */
export function sqlNumber(value: number): string {
  return `'${value}'::DOUBLE`;
}

/**
 * SQL of three relations: `v` (x, g: the table read once), `ranked` (each group with its counts and its place k) and
 * `grouped` (the same by k). Ties go by name.
 */
export function valuesSql(x: string, by: string | null, usable: Usable): string {
  const finite = "isfinite(x)";
  const inRange = usable.range ? `not (${usableSql({ range: usable.range })})` : "false";
  return `v as materialized (select ${x} as x, ${by ?? "null::VARCHAR"} as g from this),
    counted as (select g, count(*) as row_count, count(*) filter (${usableSql(usable)}) as used,
      count(*) filter (x is null) as nulls, count(*) filter (isnan(x)) as nans, count(*) filter (isinf(x)) as infinite,
      count(*) filter (${finite} and ${usable.log ? "x <= 0" : "false"}) as not_positive,
      count(*) filter (${finite} and ${usable.log ? "x > 0 and " : ""}${inRange}) as outside from v group by g),
    placed as (select *, row_number() over (order by used desc, row_count desc, g nulls last) as rank, count(*) over () as n from counted),
    ranked as (select *, case when n <= ${MAX_GROUPS} then rank else least(rank, ${MAX_GROUPS}) end as k from placed),
    grouped as (select k, case when count(*) = 1 then any_value(g) end as name, count(*) as members,
      sum(row_count)::BIGINT as rows, sum(used)::BIGINT as used, sum(nulls)::BIGINT as nulls, sum(nans)::BIGINT as nans,
      sum(infinite)::BIGINT as infinite, sum(not_positive)::BIGINT as "notPositive", sum(outside)::BIGINT as outside
      from ranked group by k)`;
}

/** All groups of `grouped` as one list. */
export const GROUPS_SQL = "(select list(grouped order by k) from grouped)";

/** A group as it is drawn. */
export interface DrawnGroup extends GroupCount {
  readonly label: string;
  readonly style: GroupStyle;
}

/** Style of a figure without groups. */
const UNGROUPED: GroupStyle = { color: groupColor("math"), dash: "solid", pattern: "" };

/** Groups with labels and styles; those without a value to draw are not among them. `grouped`: there is a column of groups. */
export function drawnGroups(groups: readonly GroupCount[], grouped: boolean): DrawnGroup[] {
  if (!grouped) {
    return groups
      .filter(({ used }) => used > 0)
      .map((group) => ({ ...group, label: "all rows", style: UNGROUPED }));
  }
  const drawn = naturalOrder(
    groups.filter(({ used }) => used > 0),
    ({ name, members }) => (members === 1 ? name : "others"),
  );
  const single = drawn.filter(({ members }) => members === 1);
  const labels = groupLabels(single.map(({ name }) => name));
  const styles = groupStyles(single.map(({ name }) => name));
  return drawn.map((group) => {
    const at = single.indexOf(group);
    if (at >= 0) return { ...group, label: labels[at]!, style: styles[at]! };
    const style = { color: NEUTRAL_COLOR, dash: "longdash", pattern: "-" } as const;
    return { ...group, label: `${whole(group.members)} others`, style };
  });
}

/** How many rows are drawn, and in words what is not: "1,204 null, 3 NaN left out". */
export function rowNotes(groups: readonly GroupCount[], { range }: Usable = {}): string[] {
  const sum = (key: "rows" | "used" | "nulls" | "nans" | "infinite" | "notPositive" | "outside") =>
    groups.reduce((total, group) => total + group[key], 0);
  const out = [
    [sum("nulls"), "null"],
    [sum("nans"), "NaN"],
    [sum("infinite"), "infinite"],
    [sum("notPositive"), "not above 0 (log axis)"],
    [sum("outside"), range ? `outside ${number(range[0])} – ${number(range[1])}` : ""],
  ] as const;
  const parts = out.filter(([n]) => n > 0).map(([n, why]) => `${whole(n)} ${why}`);
  const rows = `n = ${whole(sum("used"))} of ${whole(sum("rows"))} rows`;
  const left = parts.length > 0 ? `; ${parts.join(", ")} left out` : "";
  const hidden = groups.filter(({ used, members }) => used === 0 && members === 1);
  const without =
    hidden.length > 0 && hidden.length < groups.length
      ? [`without a value to draw: ${groupLabels(hidden.map(({ name }) => name)).join(", ")}`]
      : [];
  return [rows + left, ...without];
}
