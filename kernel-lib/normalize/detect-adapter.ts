/** Which adapter fits a dataset without a description. */
import type { SourceRow } from "../json-text";
import type { ColumnMapping } from "./adapter";
import { ADAPTERS, adapterReference } from "./adapters";
import { FROM_VALUE } from "./adapters/sharegpt";

/** What was found: shown before it is used. */
export interface Detected {
  readonly adapter: string;
  readonly mapping: ColumnMapping;
  /** Adapter and mapping as `resolveAdapter` reads them. */
  readonly reference: string;
  /** Which columns spoke for it, in words. */
  readonly why: string;
}

/** No shape or several fit: a person has to say. */
export interface Ambiguous {
  /** References that fit; empty when none does. */
  readonly ambiguous: readonly string[];
  /** What to ask, with the option that answers it. */
  readonly question: string;
}

/** Shapes that are told by their own columns; the others are found by what the columns hold. */
const PARTICULAR = [
  "nemotron-math",
  "nemotron-proofs",
  "codeforces-cots",
  "dolci",
  "openorca",
  "openmath",
  "metamath",
] as const;

/** Prompt columns and the response columns that go with each. */
const PAIRS: readonly (readonly [string, readonly string[]])[] = [
  ["instruction", ["output", "response", "completion", "answer"]],
  ["prompt", ["completion", "response", "output", "answer", "generation"]],
  ["question", ["answer", "response", "output"]],
  ["query", ["response", "answer"]],
  ["problem", ["solution", "generated_solution"]],
  ["input", ["output"]],
];
const CONTEXTS = ["input", "context"];
const SYSTEMS = ["system_prompt", "system"];
const TOKENS = ["tokens", "input_ids", "token_ids"];

interface Candidate {
  readonly adapter: string;
  readonly mapping: ColumnMapping;
  readonly why: string;
}

/**
 * The adapter for a dataset with these columns, or a question. Deterministic; looks at the given rows only, some
 * dozens are enough. Conversations win over nothing: where a dataset has messages and also question and answer
 * columns, or two columns of messages, the analyst is asked.
 * @example detectAdapter(new Set(["question", "answer"]), rows) // { adapter: "instruction-response", … }
 */
export function detectAdapter(
  columns: ReadonlySet<string>,
  sample: readonly SourceRow[],
): Detected | Ambiguous {
  const particular = PARTICULAR.filter((name) => ADAPTERS.get(name)!.detect(columns, sample)).map(
    (name): Candidate => ({
      adapter: name,
      mapping: {},
      why: `columns are those of ${ADAPTERS.get(name)!.shape}`,
    }),
  );
  const candidates = particular.length > 0 ? particular : genericCandidates(columns, sample);
  if (candidates.length === 1) {
    const { adapter, mapping, why } = candidates[0]!;
    return { adapter, mapping, reference: adapterReference(adapter, { mapping }), why };
  }
  const references = candidates.map(({ adapter, mapping }) => adapterReference(adapter, { mapping }));
  return { ambiguous: references, question: questionFor(columns, candidates, references) };
}

function genericCandidates(columns: ReadonlySet<string>, sample: readonly SourceRow[]): Candidate[] {
  const found: Candidate[] = [];
  for (const column of columns) {
    if (holdsMessages(sample, column, "role", "content")) {
      const mapping = column === "messages" ? {} : { messages: column };
      found.push({ adapter: "messages", mapping, why: `${column} is a list of { role, content }` });
    }
    if (holdsMessages(sample, column, FROM_VALUE.roleKey, FROM_VALUE.contentKey)) {
      const mapping = column === "conversations" ? {} : { messages: column };
      found.push({ adapter: "sharegpt", mapping, why: `${column} is a list of { from, value }` });
    }
  }
  if (found.length === 0 && holdsText(sample, "chosen") && holdsText(sample, "rejected")) {
    if (ADAPTERS.get("hh-rlhf")!.detect(columns, sample) && startsWithTurn(sample)) {
      found.push({
        adapter: "hh-rlhf",
        mapping: {},
        why: "chosen and rejected are Human/Assistant dialogues",
      });
    }
  }
  found.push(...pairCandidates(columns));
  const pair = found.length === 1 && found[0]!.adapter === "instruction-response" ? found[0]! : null;
  const text = textCandidate(columns, sample);
  if (text && !(pair && repeatsResponse(sample, pair.mapping.response!))) found.push(text);
  return found;
}

/** Every prompt with every response that goes with it; a response taken by a better-known prompt counts once. */
function pairCandidates(columns: ReadonlySet<string>): Candidate[] {
  const found: Candidate[] = [];
  const prompts = new Set<string>();
  for (const [prompt, responses] of PAIRS) {
    if (!columns.has(prompt)) continue;
    if (prompt === "input" && (columns.has("instruction") || prompts.size > 0)) continue;
    for (const response of responses) {
      if (!columns.has(response)) continue;
      prompts.add(prompt);
      const context = prompt === "input" ? undefined : CONTEXTS.find((name) => columns.has(name));
      const system = SYSTEMS.find((name) => columns.has(name));
      const mapping = { prompt, response, ...(context ? { context } : {}), ...(system ? { system } : {}) };
      const others = [context, system].filter((name) => name !== undefined);
      const why = `${prompt} is the prompt and ${response} the response${others.length > 0 ? `, with ${others.join(" and ")}` : ""}`;
      found.push({ adapter: "instruction-response", mapping, why });
    }
  }
  return found;
}

function textCandidate(columns: ReadonlySet<string>, sample: readonly SourceRow[]): Candidate | null {
  if (ADAPTERS.get("harmony-text")!.detect(columns, sample)) {
    return { adapter: "harmony-text", mapping: {}, why: "text begins with <|start|>: rendered Harmony" };
  }
  if (columns.has("text") && holdsText(sample, "text")) {
    return { adapter: "pretraining-text", mapping: {}, why: "text is plain text" };
  }
  const tokens = TOKENS.find((name) => columns.has(name));
  return tokens === undefined
    ? null
    : {
        adapter: "pretraining-text",
        mapping: { tokens },
        why: `${tokens} are token ids (taken to be GPT-2's)`,
      };
}

function holdsMessages(sample: readonly SourceRow[], column: string, role: string, content: string): boolean {
  return sample.some(({ values }) => {
    const list = values[column];
    return (
      Array.isArray(list) &&
      list.some((item) => item !== null && typeof item === "object" && role in item && content in item)
    );
  });
}

function holdsText(sample: readonly SourceRow[], column: string): boolean {
  return sample.some(({ values }) => typeof values[column] === "string");
}

function startsWithTurn(sample: readonly SourceRow[]): boolean {
  return sample.some(
    ({ values }) => typeof values.chosen === "string" && /(^|\n\n)Human:/.test(values.chosen),
  );
}

/** True when `text` contains the response wherever both are texts: then it is a rendering of the other columns. */
function repeatsResponse(sample: readonly SourceRow[], response: string): boolean {
  const both = sample.filter(
    ({ values }) => typeof values.text === "string" && typeof values[response] === "string",
  );
  return (
    both.length > 0 &&
    both.every(({ values }) => (values.text as string).includes((values[response] as string).trim()))
  );
}

function questionFor(
  columns: ReadonlySet<string>,
  candidates: readonly Candidate[],
  references: readonly string[],
): string {
  const names = [...columns].slice(0, 20).join(", ");
  if (candidates.length === 0) {
    return (
      `no known shape has these columns: ${names}. Which ones hold the conversation? Answer with ` +
      `--adapter "messages?messages=<column>", "sharegpt?messages=<column>", ` +
      `"instruction-response?prompt=<column>&response=<column>" or "pretraining-text?text=<column>"`
    );
  }
  const options = candidates.map(({ why }, index) => `--adapter "${references[index]}" (${why})`);
  return `${candidates.length} shapes fit the columns ${names}. Which one is meant: ${options.join(", or ")}?`;
}
