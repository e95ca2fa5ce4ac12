/** A difference as plain text, for terminals and plain outputs. */
import { percent, thousands } from "../notebook/counts";
import type { DiffJson, GroupCount } from "./diff-json";
import {
  causeWords,
  changeWords,
  codeWords,
  intervalWords,
  movedWords,
  numberWords,
  paramChanges,
  scopeWords,
  shownText,
  titleWords,
} from "./words";

const MOST_GROUPS = 12;
const MOST_ANSWERS = 8;

export function diffText(data: DiffJson): string {
  const params = paramChanges(data).filter(({ changed }) => changed);
  const changes = [
    codeWords(data),
    ...params.map(({ name, before, after }) => `${name} ${before} → ${after}`),
  ];
  const parts = [
    [titleWords(data), scopeWords(data), changes.join("; "), movedWords(data)].join("\n"),
    directionLines(data).join("\n"),
    `causes: ${data.attribution}`,
    groupLines(data, data.by?.column ?? "", data.by?.groups ?? []).join("\n"),
    groupLines(data, data.tokens?.column ?? "", data.tokens?.groups ?? []).join("\n"),
    columnLines(data).join("\n"),
    answerLines(data).join("\n"),
    data.notes.join("\n"),
    exampleLines(data).join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function directionLines(data: DiffJson): string[] {
  const shown = data.directions.filter(({ rows }) => rows > 0);
  return aligned(
    shown.map((direction) => {
      return [
        `  ${direction.label}`,
        `${thousands(direction.rows)} rows`,
        `${percent(direction.rows, data.rows)}${intervalWords(direction)}`,
        direction.tokens === null ? "" : `${thousands(direction.tokens)} tokens`,
        causeWords(direction),
      ];
    }),
  );
}

function groupLines(data: DiffJson, column: string, groups: readonly GroupCount[]): string[] {
  const moved = data.directions.flatMap(({ differs, rows, label }, i) =>
    differs && rows > 0 ? [{ i, label }] : [],
  );
  if (moved.length === 0 || groups.length === 0) return [];
  const lines = groups
    .slice(0, MOST_GROUPS)
    .map(({ value, rows, directions }) => [
      `  ${shownText(value ?? "(none)", 40)}`,
      `${thousands(rows)} rows`,
      ...moved.map(
        ({ i, label }) => `${label} ${thousands(directions[i]!)} (${percent(directions[i]!, rows)})`,
      ),
    ]);
  const more = groups.length > MOST_GROUPS ? [`  … ${groups.length - MOST_GROUPS} more`] : [];
  return [`by ${column}`, ...aligned(lines), ...more];
}

function columnLines({ columns }: DiffJson): string[] {
  return columns.flatMap(({ name, rows, numbers, pairs, differentPairs }) => {
    const lines = [`${name}: another value in ${thousands(rows)} rows`];
    if (numbers) {
      const quantiles = numbers.quantiles.map(
        ({ share, change }) => `${quantileName(share)} ${changeWords(change)}`,
      );
      lines.push(
        `  up in ${thousands(numbers.up)}, down in ${thousands(numbers.down)}; new − old: ${quantiles.join(", ")}`,
      );
    }
    if (!numbers || differentPairs <= MOST_ANSWERS) {
      for (const { before, after, rows: count } of pairs.slice(0, MOST_ANSWERS)) {
        lines.push(`  ${shownText(before, 60)} → ${shownText(after, 60)}: ${thousands(count)}`);
      }
      const left = differentPairs - Math.min(pairs.length, MOST_ANSWERS);
      if (left > 0) lines.push(`  … ${numberWords(left)} more pairs of values`);
    }
    return lines;
  });
}

function answerLines({ answers }: DiffJson): string[] {
  if (answers.length === 0) return [];
  const lines = answers
    .slice(0, MOST_ANSWERS)
    .map(
      ({ before, after, rows }) => `  ${shownText(before, 80)} → ${shownText(after, 80)}: ${thousands(rows)}`,
    );
  const more = answers.length > MOST_ANSWERS ? [`  … ${answers.length - MOST_ANSWERS} more`] : [];
  return ["answers", ...lines, ...more];
}

function exampleLines({ examples, directions }: DiffJson): string[] {
  if (examples.length === 0) return [];
  const label = (id: string) => directions.find((direction) => direction.id === id)?.label ?? id;
  return [
    "examples",
    ...examples.map(({ direction, key }) => `  ${label(direction)}: ${shownText(key, 200)}`),
  ];
}

/** `min`, `5%`, `median`, `max` */
export function quantileName(share: number): string {
  return { 0: "min", 0.5: "median", 1: "max" }[share] ?? `${share * 100}%`;
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const line of lines)
    line.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, [...cell].length);
    });
  return lines.map((line) =>
    line
      .map((cell, i) => cell + " ".repeat(widths[i]! - [...cell].length))
      .join("  ")
      .trimEnd(),
  );
}
