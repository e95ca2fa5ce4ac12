/** A line that an external step wrote: the answer to one row. */
import { type AnswerNames, type Outcome, outcomeOf, type StepKind, shown } from "./outcome";

const FORMS: Readonly<Record<StepKind, readonly string[]>> = {
  filter: ["keep", "drop", "error"],
  flag: ["values", "error"],
  rewrite: ["text", "messages", "unchanged", "error"],
};

const EXAMPLES: Readonly<Record<StepKind, string>> = {
  filter: '{"keep":true} or {"drop":"reason"}',
  flag: '{"values":{…}}',
  rewrite: '{"text":"…"}, {"messages":[…]} or {"unchanged":true}',
};

/** The outcome that the line stands for; `fault` names the field that is not as the step's kind says. */
export function externalAnswer(
  kind: StepKind,
  line: string,
  names: AnswerNames,
): Outcome | { readonly fault: string } {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    return {
      fault: `answered ${shown(line)}, expected one JSON object a line, such as ${EXAMPLES[kind]}; what is meant for people goes to stderr`,
    };
  }
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    return { fault: `answered ${shown(answer)}, expected ${EXAMPLES[kind]} or {"error":"…"}` };
  }
  const [field, ...more] = Object.keys(answer);
  if (field === undefined || more.length > 0 || !FORMS[kind].includes(field)) {
    return { fault: `answered ${shown(answer)}, expected of a ${kind} ${EXAMPLES[kind]} or {"error":"…"}` };
  }
  const value = (answer as Record<string, unknown>)[field];
  const wrong = (expected: string) => ({
    fault: `answered ${field} = ${shown(value)}, expected ${expected}`,
  });
  switch (field) {
    case "keep":
      return value === true ? { keep: true } : wrong('true; a row is dropped with {"drop":"reason"}');
    case "drop":
      return typeof value === "string" && value !== "" ? { drop: value } : wrong("a reason");
    case "error":
      return typeof value === "string" ? { error: value } : wrong("a message");
    case "unchanged":
      return value === true ? { unchanged: true } : wrong("true");
    case "text":
      return typeof value === "string" ? { text: value } : wrong("a text");
    case "messages":
      return Array.isArray(value) ? { messages: value } : wrong("a list of messages");
    default: {
      const outcome = outcomeOf(kind, value, names);
      return "fault" in outcome ? { fault: outcome.fault.replace(/^returned/, "answered values:") } : outcome;
    }
  }
}
