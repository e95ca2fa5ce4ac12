/** Math splits with pass rates and Python tools, Lean proofs, ready solutions. */
import { type Problem, wordProblem } from "./arithmetic";
import { prose, sentence, upper } from "./prose";
import { hex, type Random } from "./random";
import { float, type Message, RawJson, type Row, type Shape, solution } from "./shape";
import { GOODS, NAMES } from "./words";

const INSTRUCTION = "Work out the answer and put it, and nothing else, inside \\boxed{}.";

const PYTHON_TOOLS = new RawJson(
  JSON.stringify([
    {
      type: "function",
      function: {
        name: "stateful_python_code_exec",
        description: "Runs Python code in a notebook that keeps its state between calls.",
        parameters: {
          type: "object",
          properties: { code: { type: "string", description: "Code to run." } },
          required: ["code"],
        },
      },
    },
  ]),
);

const CONDITIONS = [
  ["reason_low_no_tool", 0.2],
  ["reason_low_with_tool", 0.9],
  ["reason_medium_no_tool", 0.9],
  ["reason_medium_with_tool", 1.7],
  ["reason_high_no_tool", 1.8],
  ["reason_high_with_tool", 2.7],
] as const;

/** Pass rates fall with hardness and rise with effort and tools: 1 / (1 + e^(4.2·hardness − effort − 0.6)). */
function evaluation(random: Random, hardness: number): Row {
  const metadata: Row = {};
  for (const [condition, effort] of CONDITIONS) {
    if (random.chance(0.12)) continue;
    const count = random.pick([4, 8, 8, 16]);
    const p = 1 / (1 + Math.exp(4.2 * hardness - effort - 0.6));
    let pass = 0;
    for (let i = 0; i < count; i++) if (random.chance(p)) pass++;
    metadata[condition] = { count, pass, accuracy: float(pass / count) };
  }
  return metadata;
}

/** `metadata` as JSON text; accuracies keep their point. */
export function metadataJson(metadata: Row): RawJson {
  let text = "{";
  for (const name in metadata) {
    const block = metadata[name] as { count: number; pass: number; accuracy: unknown };
    const accuracy = encodeAccuracy(block.accuracy);
    if (text.length > 1) text += ", ";
    text += `"${name}": {"count": ${block.count}, "pass": ${block.pass}, "accuracy": ${accuracy}}`;
  }
  return new RawJson(`${text}}`);
}

function encodeAccuracy(accuracy: unknown): string {
  if (accuracy instanceof RawJson) return accuracy.json;
  return typeof accuracy === "number" ? float(accuracy).json : JSON.stringify(accuracy);
}

function thinking(random: Random, problem: Problem, effort: number): string {
  const parts = [`${random.pick(NAMES)}'s question is about ${problem.topic}: ${problem.text}`];
  for (const [i, step] of problem.steps.entries()) {
    parts.push(`${random.pick(["First", "Next", "Then", "Now", "So"])}: ${step}`);
    if (effort > 1) {
      const [expression, value] = problem.expressions[i] ?? ["0", 0];
      parts.push(`Let me check: ${expression} gives ${value}, as it should.`);
    }
    if (effort > 2 && random.chance(0.75)) parts.push(`A side thought: ${sentence(random)}`);
  }
  if (effort > 2) parts.push(`Doing it another way: ${problem.steps.toReversed().join(" ")}`);
  parts.push(`The answer is ${problem.answer}.`);
  return parts.join("\n");
}

function mathMessages(random: Random, problem: Problem, effort: number, withTool: boolean): Message[] {
  const messages: Message[] = [{ role: "user", content: `${INSTRUCTION}\n\n${problem.text}` }];
  if (withTool) {
    for (const [i, [expression, value]] of problem.expressions.entries()) {
      const id = `call_${hex(random.bits())}${hex(random.bits())}${hex(random.bits())}`;
      messages.push({
        role: "assistant",
        content: "",
        reasoning_content: problem.steps[i] ?? "One more check.",
        tool_calls: [
          {
            id,
            type: "function",
            function: {
              name: "stateful_python_code_exec",
              arguments: JSON.stringify({ code: `import math\nx${i} = ${expression}\nprint(x${i})` }),
            },
          },
        ],
      });
      messages.push({
        role: "tool",
        tool_call_id: id,
        name: "stateful_python_code_exec",
        content: String(value),
      });
    }
  }
  messages.push({
    role: "assistant",
    content: solution(problem),
    reasoning_content: thinking(random, problem, effort),
    ...(withTool || random.chance(0.5) ? {} : { tool_calls: random.chance(0.5) ? [] : null }),
  });
  return messages;
}

const MATH_FLAWS = [
  "metadata_fault",
  "non_string_content",
  "special_in_body",
  "mixed_type",
  "tool_calls_without_tools",
];

function mathShape(
  name: string,
  weight: number,
  files: number,
  low: number,
  high: number,
  effort: number,
): Shape {
  return {
    name,
    format: "jsonl",
    weight,
    files,
    layout: { kind: "messages" },
    id: "uuid",
    nullable: ["license", "used_in", "expected_answer", "data_source"],
    flaws: MATH_FLAWS,
    adapter: "nemotron-math?domain=math",
    build(random) {
      const hardness = low + (high - low) * random.fraction();
      const problem = wordProblem(random, hardness);
      const withTool = random.chance(0.28);
      const row: Row = {
        uuid: random.uuid(),
        problem: problem.text,
        expected_answer: problem.answer,
        changed_answer_to_majority: random.chance(0.04),
        data_source: random.pick(["demo-sums", "demo-contest", "demo-contest", "demo-forum"]),
        messages: mathMessages(random, problem, effort, withTool),
        used_in: random.chance(0.7) ? ["demo_v1"] : ["demo_v1", "demo_v2"],
        metadata: metadataJson(evaluation(random, hardness)),
        license: random.chance(0.8) ? "cc-by-4.0" : "cc-by-sa-4.0",
      };
      if (withTool) row.tools = PYTHON_TOOLS;
      if (random.chance(0.4)) {
        row.url = `https://example.org/problems/${random.int(1, 9_999_999)}`;
        row.user_name = random.chance(0.5) ? random.pick(NAMES) : null;
      }
      return row;
    },
  };
}

const LEAN_HEADER =
  "import Mathlib\nimport Aesop\n\nset_option maxHeartbeats 400000\n\nopen BigOperators Real Nat Topology Rat\n\n";

const proofs: Shape = {
  name: "proofs",
  format: "jsonl",
  weight: 100,
  layout: { kind: "columns", prompt: "problem", completion: "formal_statement" },
  id: "uuid",
  nullable: ["lean_header", "source", "license"],
  flaws: [],
  adapter: "nemotron-proofs?domain=proof",
  build(random) {
    const problem = wordProblem(random, 0.8);
    const [expression, value] = problem.expressions.at(-1)!;
    const number = random.int(1, 9_999_999);
    const claim = expression
      .replaceAll("//", "/")
      .replaceAll("**", "^")
      .replace(/math\.comb\((\d+), (\d+)\)/, "Nat.choose $1 $2");
    const statement = `theorem demo_${problem.topic.replaceAll(" ", "_")}_${number} : (${claim} : ℤ) = ${value} := by\n  sorry`;
    const proof = statement.replace("sorry", random.pick(["norm_num", "decide", "norm_num [Nat.choose]"]));
    return {
      uuid: random.uuid(),
      problem: `${problem.text} Show that it is ${problem.answer}.`,
      source: random.pick(["demo-contest", "demo-textbook"]),
      formal_statement: statement,
      lean_header: LEAN_HEADER,
      license: "cc-by-4.0",
      used_in: ["demo_v1"],
      tools: [],
      url: null,
      user_name: null,
      messages: random.chance(0.25)
        ? [
            { role: "user", content: `State and prove in Lean 4: ${problem.text}` },
            {
              role: "assistant",
              content: `\`\`\`lean\n${LEAN_HEADER}${proof}\n\`\`\``,
              reasoning_content: `${problem.steps.join(" ")} ${upper(random.pick(GOODS))} do not matter here.`,
            },
          ]
        : [],
    };
  },
};

const openmath: Shape = {
  name: "openmath",
  format: "parquet",
  weight: 100,
  columns: {
    problem: "VARCHAR",
    generated_solution: "VARCHAR",
    expected_answer: "VARCHAR",
    problem_source: "VARCHAR",
  },
  layout: { kind: "columns", prompt: "problem", completion: "generated_solution" },
  nullable: ["expected_answer", "problem_source"],
  flaws: [],
  adapter: "openmath?domain=math",
  build(random) {
    const problem = wordProblem(random, 0.5);
    return {
      problem: problem.text,
      generated_solution: solution(problem),
      expected_answer: problem.answer,
      problem_source: random.pick(["demo_sums", "augmented_demo_sums", "demo_contest"]),
    };
  },
};

const metamath: Shape = {
  name: "metamath",
  format: "json",
  weight: 80,
  indent: true,
  layout: { kind: "columns", prompt: "query", completion: "response" },
  nullable: ["type", "original_question"],
  flaws: [],
  adapter: "metamath?domain=math",
  build(random) {
    const problem = wordProblem(random, 0.2);
    const type = random.pick(["Demo_Rephrased", "Demo_AnsAug", "Demo_SV", "Demo_FOBAR"]);
    const asked = type === "Demo_Rephrased" ? `${random.pick(NAMES)} asks: ${problem.text}` : problem.text;
    const more = random.chance(0.1) ? `${prose(random, 300)}\n` : "";
    return {
      type,
      query: asked,
      original_question: problem.text,
      response: `${more}${problem.steps.join("\n")}\n#### ${problem.answer}\nThe answer is: ${problem.answer}`,
    };
  },
};

export const MATH_SHAPES: readonly Shape[] = [
  mathShape("high_math", 240, 2, 0.45, 1, 3),
  mathShape("medium_math", 120, 1, 0.25, 0.8, 2),
  mathShape("low_math", 160, 1, 0, 0.5, 1),
  proofs,
  openmath,
  metamath,
];
