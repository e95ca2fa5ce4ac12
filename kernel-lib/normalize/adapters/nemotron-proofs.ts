import type { Message } from "../../row";
import type { Adapted, Adapter } from "../adapter";
import type { Columns } from "../columns";
import { messages } from "./messages";
import { message } from "./prompt-response";

/**
 * Nemotron-Math-Proofs-v1. Rows with messages keep them; of a row without, the problem and the Lean header become
 * the prompt and the formal statement the completion, tagged `built_from_columns`. A blank statement is tagged
 * `empty_formal_statement` in both cases. The Lean columns stay in
 * source_extra_json in both cases: duplicates are looked for by them.
 */
export const nemotronProofs: Adapter = {
  name: "nemotron-proofs",
  shape: "problem, formal_statement, lean_header, messages (often empty) → prompt and Lean completion",
  detect: (columns) => columns.has("formal_statement") && columns.has("lean_header"),
  adapt(columns, place) {
    const adapted = messages.adapt(columns, place);
    const problem = columns.value("problem");
    const statement = columns.value("formal_statement");
    const isBlank = typeof statement !== "string" || statement.trim() === "";
    const common = {
      ...adapted,
      reasons: isBlank ? [...adapted.reasons, "empty_formal_statement"] : adapted.reasons,
      domain: place.domain ?? "proof",
      dataSource: columns.text("source"),
      problem: typeof problem === "string" ? problem : null,
    } satisfies Adapted;
    if (adapted.messages !== null && adapted.messages.length > 0) return common;
    const built = leanConversation(columns);
    return built === null
      ? common
      : {
          ...common,
          messages: built.messages,
          reasons: [...common.reasons, ...built.reasons, "built_from_columns"],
        };
  },
};

function leanConversation(columns: Columns): { messages: Message[]; reasons: string[] } | null {
  const problem = columns.value("problem");
  const statement = columns.value("formal_statement");
  const header = columns.value("lean_header");
  if (typeof problem !== "string" && typeof statement !== "string") return null;
  const reasons: string[] = [];
  if (typeof problem !== "string") reasons.push("null_prompt");
  if (typeof statement !== "string") reasons.push("null_content");
  const parts = typeof problem === "string" ? [problem] : [];
  if (typeof header === "string" && header.trim() !== "") {
    parts.push(`Lean 4 header:\n\n\`\`\`lean4\n${header.trimEnd()}\n\`\`\``);
  }
  const completion = typeof statement === "string" ? statement : "";
  return { messages: [message("user", parts.join("\n\n")), message("assistant", completion)], reasons };
}
