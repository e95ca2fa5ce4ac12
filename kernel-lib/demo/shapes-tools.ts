/** Tool calling over made catalogues, and texts that are already in Harmony form. */
import { wordProblem } from "./arithmetic";
import { answer, prose, sentence, topic } from "./prose";
import { hex, type Random } from "./random";
import { type Message, type Shape, solution } from "./shape";
import { drawArguments, drawResult, TOOL_SETS, type Tool, toolSet } from "./tool-catalog";
import { CITIES, NAMES } from "./words";

function request(random: Random, tool: Tool, args: Record<string, unknown>): string {
  const details = Object.entries(args)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
  const asked = tool.name.replaceAll(/[._]/g, " ");
  return random.chance(0.5)
    ? `Please ${asked} for ${random.pick(NAMES)} (${details}).`
    : `${sentence(random)} Could you ${asked} with ${details}?`;
}

function toolMessages(random: Random, tools: readonly Tool[]): Message[] {
  const messages: Message[] = [];
  if (random.chance(0.35)) {
    messages.push({
      role: "system",
      content: `You help people in ${random.pick(CITIES)}. ${prose(random, 260)}`,
    });
  }
  const turns = random.longTail(1.35, 10);
  for (let turn = 0; turn < turns; turn++) {
    if (turn > 0 && random.chance(0.2)) {
      messages.push({ role: "user", content: `Thank you. And what about ${topic(random)}?` });
      messages.push({ role: "assistant", content: answer(random, 220) });
      continue;
    }
    const tool = random.pick(tools);
    const args = drawArguments(random, tool);
    messages.push({ role: "user", content: request(random, tool, args) });
    const id = `call_${hex(random.bits())}${hex(random.bits())}${hex(random.bits())}`;
    messages.push({
      role: "assistant",
      content: "",
      reasoning_content: `The request fits ${tool.name}. ${sentence(random)}`,
      tool_calls: [
        {
          id,
          type: "function",
          function: { name: tool.name, arguments: random.chance(0.7) ? JSON.stringify(args) : args },
        },
      ],
    });
    const result = drawResult(random, tool);
    messages.push({
      role: "tool",
      tool_call_id: id,
      name: tool.name,
      content: random.chance(0.6) ? JSON.stringify(result) : result,
    });
    messages.push({
      role: "assistant",
      content: `${tool.name} has answered. ${prose(random, 180)}`,
      ...(random.chance(0.5) ? { reasoning_content: sentence(random) } : {}),
    });
  }
  return messages;
}

const toolCalling: Shape = {
  name: "tool_calling",
  format: "jsonl",
  weight: 220,
  layout: { kind: "messages" },
  id: "uuid",
  nullable: ["license", "used_in"],
  flaws: ["malformed_tool_schema", "non_string_content", "special_in_body"],
  adapter: "messages?domain=agentic",
  build(random) {
    const set = toolSet(random.int(0, TOOL_SETS - 1));
    return {
      uuid: random.uuid(),
      messages: toolMessages(random, set.tools),
      license: "cc-by-4.0",
      used_in: ["demo_v1"],
      tools: set.json,
      reasoning: random.chance(0.75) ? "on" : "off",
      capability_target: "tool_use",
    };
  },
};

const harmonyText: Shape = {
  name: "harmony_text",
  format: "parquet",
  weight: 100,
  columns: { text: "VARCHAR" },
  layout: { kind: "text", column: "text" },
  nullable: ["text"],
  flaws: ["defective_harmony"],
  adapter: "harmony-text?domain=math",
  build(random) {
    const problem = wordProblem(random, 0.6);
    const effort = random.pick(["low", "medium", "high"]);
    const parts = [
      `<|start|>system<|message|>You are a careful assistant.\nReasoning: ${effort}\n\n# Valid channels: analysis, commentary, final.<|end|>`,
      `<|start|>developer<|message|># Instructions\n\nGive the result in \\boxed{}.<|end|>`,
      `<|start|>user<|message|>${problem.text}<|end|>`,
    ];
    const simplified = random.chance(0.2);
    if (random.chance(0.4)) {
      for (const [i, [expression, value]] of problem.expressions.entries()) {
        parts.push(
          `<|start|>assistant<|channel|>analysis<|message|>${problem.steps[i] ?? "Check once more."}<|end|>`,
          `<|start|>assistant to=python<|channel|>commentary <|constrain|>code<|message|>print(${expression})<|call|>`,
          simplified
            ? `<|start|>tool<|message|>${value}<|end|>`
            : `<|start|>python to=assistant<|channel|>commentary<|message|>${value}<|end|>`,
        );
      }
    } else {
      parts.push(
        `<|start|>assistant<|channel|>analysis<|message|>${problem.steps.join(" ")} ${sentence(random)}<|end|>`,
      );
    }
    parts.push(`<|start|>assistant<|channel|>final<|message|>${solution(problem)}<|return|>`);
    return { text: parts.join("") };
  },
};

export const TOOL_SHAPES: readonly Shape[] = [toolCalling, harmonyText];
