/** Instruction and answer in columns, programming tasks, and plain corpora. */
import { byteTokens } from "./byte-tokens";
import { codeTask, fenced, pythonTask } from "./code-tasks";
import { answer, foreignProse, language, prose, question, sentence, topic, upper } from "./prose";
import type { Random } from "./random";
import type { Shape } from "./shape";
import { exchange } from "./shapes-chat";
import { CITIES, NAMES } from "./words";

const magicoder: Shape = {
  name: "magicoder",
  format: "jsonl",
  weight: 80,
  layout: { kind: "columns", prompt: "instruction", completion: "response" },
  nullable: [],
  flaws: ["special_in_body"],
  adapter: "instruction-response?domain=code",
  build(random) {
    const task = codeTask(random);
    return {
      instruction: `${task.task} ${sentence(random)}`,
      response: `${prose(random, random.longTail(300, 4000))}\n\n${fenced(task)}\n\nFor ${task.example[0]} it gives ${task.example[1]}.`,
    };
  },
};

const codeforces: Shape = {
  name: "codeforces",
  format: "parquet",
  weight: 40,
  columns: {
    id: "VARCHAR",
    contest_id: "VARCHAR",
    contest_name: "VARCHAR",
    contest_start_year: "BIGINT",
    index: "VARCHAR",
    time_limit: "DOUBLE",
    title: "VARCHAR",
    description: "VARCHAR",
    examples: "STRUCT(input VARCHAR, output VARCHAR)[]",
    prompt: "VARCHAR",
    generation: "VARCHAR",
    finish_reason: "VARCHAR",
    messages: "STRUCT(content VARCHAR, role VARCHAR)[]",
  },
  layout: { kind: "messages" },
  id: "id",
  nullable: ["description", "title"],
  flaws: ["special_in_body"],
  adapter: "codeforces-cots?domain=code",
  build(random) {
    const task = pythonTask(random);
    const [contest, index] = [random.int(1, 9_999_999), random.pick(["A", "B", "C", "D", "E"])];
    const asked = `Solve this task in Python and explain the limits.\n\n# ${task.title}\n\n${task.task} ${sentence(random)}\n\nExample\n\`\`\`\n${task.example[0]}\n\`\`\`\ngives \`${task.example[1]}\`.`;
    const generation = `<think>\n${prose(random, random.longTail(1800, 30_000))}\n</think>\n\n${fenced(task)}`;
    return {
      id: `${contest}/${index}`,
      contest_id: String(contest),
      contest_name: `Demo Round ${random.int(1, 900)}`,
      contest_start_year: random.int(2014, 2025),
      index,
      time_limit: random.int(2, 12) / 2,
      title: task.title,
      description: task.task,
      examples: [{ input: task.example[0], output: task.example[1] }],
      prompt: asked,
      generation,
      finish_reason: random.chance(0.94) ? "stop" : "length",
      messages: [
        { role: "user", content: asked },
        { role: "assistant", content: generation },
      ],
    };
  },
};

const ALPACA_PREAMBLE = "Here is a task. Write an answer that completes it.";

const alpaca: Shape = {
  name: "alpaca",
  format: "parquet",
  weight: 60,
  columns: { instruction: "VARCHAR", input: "VARCHAR", output: "VARCHAR", text: "VARCHAR" },
  layout: { kind: "columns", prompt: "instruction", completion: "output" },
  nullable: ["input", "text"],
  flaws: ["special_in_body"],
  adapter: "instruction-response?domain=other",
  build(random) {
    const { prompt, completion } = exchange(random, 500);
    const input = random.chance(0.3) ? sentence(random) : "";
    return {
      instruction: prompt,
      input,
      output: completion,
      text: `${ALPACA_PREAMBLE}\n\n### Instruction:\n${prompt}\n\n### Response:\n${completion}`,
    };
  },
};

const codeAlpaca: Shape = {
  name: "code_alpaca",
  format: "json",
  weight: 50,
  indent: true,
  layout: { kind: "columns", prompt: "instruction", completion: "output" },
  nullable: ["input"],
  flaws: ["special_in_body"],
  adapter: "instruction-response?domain=code",
  build(random) {
    const task = codeTask(random);
    const input = random.chance(0.4) ? task.example[0] : "";
    return { instruction: `${task.task} ${sentence(random)}`, input, output: task.code };
  },
};

const CATEGORIES = ["closed_qa", "open_qa", "brainstorming", "classification", "summarization", "general_qa"];

const dolly: Shape = {
  name: "dolly",
  format: "csv",
  weight: 60,
  columns: { instruction: "VARCHAR", context: "VARCHAR", response: "VARCHAR", category: "VARCHAR" },
  layout: { kind: "columns", prompt: "instruction", completion: "response" },
  nullable: [],
  flaws: [],
  adapter: "instruction-response?domain=other",
  build(random) {
    const category = random.pick(CATEGORIES);
    const needsContext = category === "closed_qa" || category === "summarization";
    return {
      instruction: question(random),
      context: needsContext ? prose(random, random.longTail(400, 5000)) : "",
      response: answer(random, random.longTail(260, 6000)),
      category,
    };
  },
};

function document(random: Random): string {
  const tongue = language(random);
  if (tongue !== "en") return foreignProse(random, tongue, random.longTail(12, 200));
  const title = `${upper(topic(random))} in ${random.pick(CITIES)}, note ${random.int(1, 99_999)} by ${random.pick(NAMES)}`;
  return `${title}\n\n${prose(random, random.longTail(1600, 60_000))}`;
}

const pretraining: Shape = {
  name: "pretraining",
  format: "jsonl",
  weight: 60,
  gzip: true,
  layout: { kind: "text", column: "text" },
  nullable: [],
  flaws: [],
  adapter: "pretraining-text?domain=other",
  build: (random) => ({ text: document(random), cluster_id: random.int(1, 20) }),
};

const climbTokens: Shape = {
  name: "climb_tokens",
  format: "parquet",
  weight: 30,
  columns: { tokens: "INTEGER[]", token_count: "BIGINT", cluster_id: "BIGINT" },
  layout: { kind: "text", column: "tokens" },
  editable: false,
  nullable: [],
  flaws: [],
  adapter: "pretraining-text?domain=other",
  build(random) {
    const tokens = byteTokens(prose(random, random.longTail(500, 6000)));
    return { tokens, token_count: tokens.length, cluster_id: random.int(1, 20) };
  },
};

export const INSTRUCTION_SHAPES: readonly Shape[] = [
  magicoder,
  codeforces,
  alpaca,
  codeAlpaca,
  dolly,
  pretraining,
  climbTokens,
];
