import type { Adapter } from "../adapter";
import { type PromptColumns, readPromptResponse } from "./prompt-response";

/** Usual column names, the commonest first. */
export const INSTRUCTION_COLUMNS: PromptColumns = {
  system: ["system_prompt", "system"],
  prompt: ["instruction", "prompt", "question", "query", "problem"],
  context: ["input", "context"],
  response: ["response", "output", "completion", "answer", "solution"],
};

/** Magicoder, Alpaca, Code Alpaca, Dolly, and every other source with an instruction and its response. */
export const instructionResponse: Adapter = {
  name: "instruction-response",
  shape: "instruction, input or context (optional), output or response",
  detect: (columns) =>
    columns.has("instruction") &&
    (columns.has("output") || columns.has("response")) &&
    !columns.has("messages"),
  adapt: (columns, place) => ({
    ...readPromptResponse(columns, place, INSTRUCTION_COLUMNS),
    lossMode: "assistant_all",
    domain: place.domain ?? "other",
  }),
};
