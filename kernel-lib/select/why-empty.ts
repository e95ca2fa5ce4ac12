/** Why a pool holds no row, in the words of the person who asks. */

import type { ShardCounts } from "./pool-facts";
import type { PoolRule } from "./standard-pools";

/** `need` is the index of the rule's needed column in the counts, -1 where it needs none. */
export function whyEmpty(
  rule: PoolRule,
  missingColumns: readonly string[],
  counts: readonly ShardCounts[],
  need: number,
  excludeDuplicates: boolean,
): string {
  if (missingColumns.length > 0) return `the rows have no column ${missingColumns.join(", ")}`;
  const splits = counts.flatMap((count) => count.splits);
  const rows = splits.reduce((sum, split) => sum + split.rows, 0);
  if (rows === 0) return "there are no rows: the runs hold none, or a pipeline dropped them all";
  const left = excludeDuplicates ? ", exact duplicates left out" : "";
  if (rule.needs === null || need < 0) {
    return `none of ${rows.toLocaleString("en-US")} rows satisfies ${rule.predicate}${left}`;
  }
  const present = splits.reduce((sum, split) => sum + split.present[need]!, 0);
  if (present === 0) return `no ${rule.needs.words} in ${splitNames(splits)}`;
  return (
    `${present.toLocaleString("en-US")} of ${rows.toLocaleString("en-US")} rows have a value there (${rule.needs.words}), ` +
    `none of them satisfies ${rule.predicate}${left}`
  );
}

/** `owner/name (split, split), owner/other (split)` */
function splitNames(splits: ShardCounts["splits"]): string {
  const byDataset = new Map<string, Set<string>>();
  for (const { dataset, split } of splits)
    byDataset.set(dataset, (byDataset.get(dataset) ?? new Set()).add(split));
  return [...byDataset]
    .map(([dataset, names]) => {
      const list = [...names];
      const more = list.length > 8 ? ` and ${list.length - 8} more` : "";
      return `${dataset} (${list.slice(0, 8).join(", ")}${more})`;
    })
    .join(", ");
}
