import type { Adapter } from "../adapter";
import { readPromptResponse } from "./prompt-response";

const COLUMNS = { system: [], prompt: ["problem"], context: [], response: ["generated_solution"] };

/** OpenMathInstruct-2: a problem and a generated solution; the source of the problem is the data source. */
export const openmath: Adapter = {
  name: "openmath",
  shape: "problem, generated_solution, expected_answer, problem_source",
  detect: (columns) => columns.has("problem") && columns.has("generated_solution"),
  adapt: (columns, place) => ({
    ...readPromptResponse(columns, place, COLUMNS),
    lossMode: "assistant_all",
    domain: place.domain ?? "math",
    dataSource: columns.text("problem_source"),
  }),
};
