/** One split of the demo dataset: its files, and what was planted in them. */
import { join } from "node:path";
import { fileNames, SHAPE_ROWS_PER_FILE } from "./demo-card";
import type { DemoFile, DemoManifest, DemoSplit, Planted } from "./demo-manifest";
import { malformedLine } from "./malformed";
import { measureRow, newMeasured } from "./measure-row";
import { jaccard, nearlySame } from "./near-duplicate";
import type { Flaw, SplitPlan } from "./plan-flaws";
import { plantFlaw } from "./plant-flaw";
import { Random } from "./random";
import { completion, prompt, setCompletion, setPrompt, textView } from "./row-text";
import { encodeRow, type Row, type Shape } from "./shape";
import { openRowFile, type RowFile } from "./write-rows";

type Across = DemoManifest["across_splits"][number];

interface Watch {
  readonly signal?: AbortSignal | undefined;
  readonly onRows: (rows: number) => void;
}

/** Writes the split's files under `folder` and says what is in them; copies from other splits are added to `across`. */
export async function writeSplit(
  folder: string,
  plan: SplitPlan,
  plans: readonly SplitPlan[],
  seed: number,
  across: Across[],
  watch: Watch,
): Promise<DemoSplit> {
  const { shape, lines } = plan;
  const planted: Record<string, Planted> = {};
  const malformed: { line: number; form: string }[] = [];
  const measured = newMeasured();
  const files: DemoFile[] = [];
  const names = fileNames(shape, Math.max(shape.files ?? 1, Math.ceil(plan.rows / SHAPE_ROWS_PER_FILE)));
  for (const [part, name] of names.entries()) {
    const [first, end] = [at(part, lines, names.length), at(part + 1, lines, names.length)];
    const file = await openRowFile(join(folder, name), shape, part === 0);
    const before = malformed.length;
    try {
      for (let line = first; line < end; line++) {
        const flaw = plan.flaws.get(line);
        if (flaw?.kind === "malformed") {
          file.addRaw(malformedLine(flaw.form, encodeRow(buildRow(shape, seed, line))));
          malformed.push({ line, form: flaw.form });
        } else {
          const row = flaw
            ? flawedRow(plan, plans, seed, line, flaw, planted, across)
            : buildRow(shape, seed, line);
          measureRow(measured, row, shape);
          file.add(row);
        }
        if (file.full) await pause(file, watch, line + 1 - malformed.length);
      }
      await pause(file, watch, end - malformed.length);
      const { bytes, sha256 } = await file.close();
      const rows = end - first - (malformed.length - before);
      files.push({ name, first_row: first, lines: end - first, rows, bytes, sha256 });
    } catch (error) {
      await file.abandon();
      throw error;
    }
  }
  return {
    format: shape.format,
    compression: shape.gzip ? "gzip" : null,
    byte_order_mark: shape.bom ?? false,
    adapter: shape.adapter,
    files,
    physical_lines: lines,
    rows: plan.rows,
    malformed_json_lines: { count: malformed.length, lines: malformed },
    planted,
    measured,
  };
}

/** The row that stands at a line of a split before any flaw is planted. */
export function buildRow(shape: Shape, seed: number, line: number): Row {
  return shape.build(new Random(seed, shape.name, line));
}

async function pause(file: RowFile, watch: Watch, rows: number): Promise<void> {
  await file.flush();
  watch.signal?.throwIfAborted();
  watch.onRows(rows);
}

function at(part: number, lines: number, parts: number): number {
  return Math.floor((part * lines) / parts);
}

function flawedRow(
  plan: SplitPlan,
  plans: readonly SplitPlan[],
  seed: number,
  line: number,
  flaw: Flaw,
  planted: Record<string, Planted>,
  across: Across[],
): Row {
  const { shape } = plan;
  const random = new Random(seed, `flaw ${shape.name}`, line);
  const note = (item: Record<string, unknown>) => {
    planted[flaw.kind] ??= { count: 0, items: [] };
    planted[flaw.kind]!.count++;
    planted[flaw.kind]!.items.push({ row: line, ...item });
  };
  if (flaw.kind === "copy_across_splits") {
    const { split, line: from } = flaw.source!;
    const source = plans.find((other) => other.shape.name === split)!.shape;
    const original = buildRow(source, seed, from);
    const row = copyInto(shape, seed, line, original, source);
    const near = flaw.form !== "exact";
    if (near) setCompletion(row, shape.layout, nearlySame(random, flaw.form, completion(row, shape.layout)));
    const similar = round(jaccard(textView(row, shape.layout), textView(original, source.layout)));
    across.push({
      kind: near ? "near" : "exact",
      a: split,
      row_a: from,
      b: shape.name,
      row_b: line,
      jaccard: similar,
    });
    return row;
  }
  if (flaw.source) {
    const original = buildRow(shape, seed, flaw.source.line);
    const row = buildRow(shape, seed, flaw.source.line);
    const pair = [flaw.source.line, line];
    if (flaw.kind === "exact_dup_identical_row") {
      note({ pair });
      return row;
    }
    if (shape.id) row[shape.id] = buildRow(shape, seed, line)[shape.id];
    if (flaw.kind === "exact_dup_new_id") note({ pair });
    else {
      const form = flaw.form;
      if (form === "case_punct" && shape.layout.kind !== "text") {
        setPrompt(row, shape.layout, nearlySame(random, form, prompt(row, shape.layout)));
      } else setCompletion(row, shape.layout, nearlySame(random, form, completion(row, shape.layout)));
      note({
        pair,
        form,
        jaccard: round(jaccard(textView(row, shape.layout), textView(original, shape.layout))),
      });
    }
    return row;
  }
  const row = buildRow(shape, seed, line);
  note(plantFlaw(random, row, shape, flaw.kind, flaw.form));
  return row;
}

/** A row of `shape` with the text of another split's row: between splits of one adapter the whole row but its id. */
function copyInto(shape: Shape, seed: number, line: number, original: Row, source: Shape): Row {
  const row = buildRow(shape, seed, line);
  if (shape.adapter === source.adapter && shape.id) return { ...original, [shape.id]: row[shape.id] };
  setPrompt(row, shape.layout, prompt(original, source.layout));
  setCompletion(row, shape.layout, completion(original, source.layout));
  if ("input" in row) row.input = "";
  return row;
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
