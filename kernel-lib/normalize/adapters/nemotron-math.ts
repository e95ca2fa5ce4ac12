import type { Difficulty } from "../../row";
import type { Adapter } from "../adapter";
import { messages } from "./messages";

/** Difficulty that a split is named after: `low`, `medium`, `high`, `high_part01`, `high.part_00`; else null. */
export function difficultyOfSplit(split: string): Difficulty | null {
  const match = /^(low|medium|high)(?![a-z])/i.exec(split);
  return match ? (match[1]!.toLowerCase() as Difficulty) : null;
}

/** Nemotron-Math-v2: a conversation with tool calls, and an evaluation block for the problem. */
export const nemotronMath: Adapter = {
  name: "nemotron-math",
  shape:
    "problem, expected_answer, messages (reasoning_content, tool_calls), metadata { condition: { count, pass, accuracy } }, tools?; split = difficulty",
  detect: (columns) => columns.has("messages") && columns.has("problem") && columns.has("metadata"),
  adapt(columns, place) {
    const adapted = messages.adapt(columns, place);
    const problem = columns.value("problem");
    return {
      messages: adapted.messages,
      lossMode: adapted.lossMode,
      toolEvents: adapted.toolEvents ?? [],
      messageExtras: adapted.messageExtras ?? null,
      reasons: adapted.reasons,
      domain: place.domain ?? "math",
      difficulty: difficultyOfSplit(place.split),
      evaluationColumn: "metadata",
      problem: typeof problem === "string" ? problem : null,
    };
  },
};
