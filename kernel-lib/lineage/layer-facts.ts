/** How the steps that a row went through are told. */
import { cutText, plainText } from "../notebook/plain-text";
import { shown } from "../steps/outcome";
import type { Fact } from "./facts-html";
import type { LayerLife, StepLife } from "./layer-life";

const SHOWN = 160;

/** What the pipelines made of the row, in one sentence: `OUT: …`; null where none ran or all kept it. */
export function layersVerdict(key: string, layers: readonly LayerLife[]): string | null {
  for (const { steps, pipeline } of layers) {
    for (const { step, outcome, reason } of steps) {
      if (outcome === "failed")
        return `OUT: on ${key} step ${step} of pipeline ${pipeline} threw (quarantine)`;
      if (outcome === "dropped")
        return `OUT: ${key} was dropped by ${step} of pipeline ${pipeline} (${reason})`;
    }
  }
  return null;
}

/** Steps whose answer now is not what the run holds. */
export function differing(layers: readonly LayerLife[]): readonly StepLife[] {
  return layers.flatMap(({ steps }) => steps.filter(({ again }) => again?.same === false));
}

/** A layer: its heading, and a fact for each step. */
export function layerFacts(
  { run, pipeline, kept, steps }: LayerLife,
  number: number,
  count: number,
): { heading: string; facts: Fact[] } {
  const of = count > 1 ? ` (layer ${number} of ${count})` : "";
  return {
    heading: line(`pipeline ${pipeline}${of}: ${kept ? "in" : "out"} · ${run}`),
    facts: steps.map((step, i): Fact => [line(`${i + 1} ${step.step}`), stepText(step)]),
  };
}

function stepText(life: StepLife): string {
  const { outcome, kind, form, params, reason, message, wrote, again } = life;
  const what =
    outcome === "dropped" ? `DROPPED: ${reason}` : outcome === "failed" ? "FAILED: quarantine" : outcome;
  const lines = [`${what} · ${kind}${form === "function" ? "" : ` (${form})`}`];
  if (outcome === "not reached") return lines[0]!;
  if (message !== null) lines.push(`threw ${message}`);
  if (again?.read) lines.push(`read ${values(again.read)}`);
  if (Object.keys(params).length > 0) lines.push(`with ${values(params)}`);
  if (outcome === "flagged") lines.push(`wrote ${wrote ? values(wrote) : "nothing that is still there"}`);
  if (outcome === "rewritten" && wrote) lines.push(...rewriteLines(again?.read?.text, wrote));
  if (again?.note) lines.push(again.note);
  if (again?.answer) lines.push(askedText(life));
  return lines.map(line).join("\n");
}

function askedText({ again, outcome, reason, wrote, step }: StepLife): string {
  const answer = shown(again!.answer);
  if (again!.same === null) return `asked again now: ${answer}`;
  if (again!.same)
    return `asked again now: ${outcome === "rewritten" ? "the same text" : answer}, as the run holds`;
  const held = outcome === "dropped" ? `dropped: ${reason}` : wrote ? shown(wrote) : outcome;
  return `DIFFERS: asked again now, ${step} says ${answer}, but the run holds ${held}: run the pipeline again, or find out what changed`;
}

/** The places where the old and the new text part, with what stands around them. */
function rewriteLines(before: unknown, { text, text_id }: Readonly<Record<string, unknown>>): string[] {
  const [was, is] = [typeof before === "string" ? before : null, String(text)];
  const head = `new text_id ${String(text_id)}`;
  if (was === null) return [head, `after  ${cutText(is, SHOWN)}`];
  let from = 0;
  while (from < Math.min(was.length, is.length) && was[from] === is[from]) from++;
  let tail = 0;
  while (tail < Math.min(was.length, is.length) - from && was.at(-1 - tail) === is.at(-1 - tail)) tail++;
  const around = (all: string) => {
    const start = Math.max(0, from - 30);
    const end = Math.min(all.length, all.length - tail + 30);
    return `${start > 0 ? "…" : ""}${cutText(all.slice(start, end), SHOWN)}${end < all.length ? "…" : ""}`;
  };
  return [head, `before ${around(was)}`, `after  ${around(is)}`];
}

function values(record: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(record).map(([name, value]) => {
    const text = typeof value === "string" ? value : shown(value);
    return `${name} ${cutText(text, SHOWN)}${typeof value === "string" && value.length > SHOWN ? ` (${value.length.toLocaleString("en-US")} characters)` : ""}`;
  });
  return texts.join(", ") || "nothing";
}

function line(text: string): string {
  return plainText(cutText(text, 2000));
}
