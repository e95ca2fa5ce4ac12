/** Science questions, chat with constraints, structured outputs, and multi-turn conversations. */
import { wordProblem } from "./arithmetic";
import { codeTask, fenced } from "./code-tasks";
import { answer, foreignProse, language, prose, question, sentence, topic, upper } from "./prose";
import type { Random } from "./random";
import { type Message, type Row, type Shape, solution } from "./shape";
import { CITIES, GOODS, NAMES, OBJECTS, SUBJECTS, VERBS } from "./words";

/** A question and its answer: mostly English prose, at times another script, a sum or a program. */
export function exchange(random: Random, characters: number): { prompt: string; completion: string } {
  const tongue = language(random);
  if (tongue !== "en") {
    return { prompt: foreignProse(random, tongue, 2), completion: foreignProse(random, tongue, 6) };
  }
  const kind = random.int(0, 9);
  if (kind === 0) {
    const problem = wordProblem(random, 0.3);
    return { prompt: problem.text, completion: solution(problem) };
  }
  if (kind === 1) {
    const task = codeTask(random);
    return { prompt: task.task, completion: `${sentence(random)}\n\n${fenced(task)}` };
  }
  return { prompt: question(random), completion: answer(random, random.longTail(characters, 24_000)) };
}

const science: Shape = {
  name: "science",
  format: "jsonl",
  weight: 130,
  bom: true,
  layout: { kind: "messages" },
  id: "uuid",
  nullable: ["license", "used_in"],
  flaws: ["non_string_content", "special_in_body"],
  adapter: "messages?domain=science",
  build(random) {
    const choices = Array.from(
      { length: 4 },
      () => `${upper(random.pick(SUBJECTS))} ${random.pick(VERBS)} ${random.pick(OBJECTS)}`,
    );
    const right = random.int(0, 3);
    const letter = "ABCD"[right]!;
    const tongue = language(random);
    const asked =
      tongue === "en"
        ? `Which statement about ${topic(random)} was found in ${random.int(2, 980)} of ${random.int(981, 3000)} samples from ${random.pick(CITIES)}?`
        : foreignProse(random, tongue, 2);
    const listed = choices.map((choice, i) => `(${"ABCD"[i]}) ${choice}`).join("\n");
    const reasoning = choices
      .map((choice, i) => `${choice}: ${i === right ? "the samples agree" : "nothing speaks for it"}.`)
      .join(" ");
    return {
      uuid: random.uuid(),
      messages: [
        { role: "user", content: `${asked}\n\n${listed}` },
        {
          role: "assistant",
          content: `${prose(random, random.longTail(240, 6000))}\n\nThe answer is \\boxed{${letter}}.`,
          ...(random.chance(0.8) ? { reasoning_content: `${reasoning} ${sentence(random)}` } : {}),
        },
      ],
      license: random.chance(0.9) ? "cc-by-4.0" : "odc-by",
      used_in: ["demo_v1"],
      tools: [],
    };
  },
};

const chatIf: Shape = {
  name: "chat_if",
  format: "jsonl",
  weight: 120,
  layout: { kind: "messages" },
  id: "uuid",
  nullable: ["license", "used_in"],
  flaws: ["non_string_content", "special_in_body"],
  adapter: "messages?domain=chat_if",
  build(random) {
    const keyword = random.pick(GOODS);
    const reasoning = random.chance(0.6);
    const messages: Message[] = random.chance(0.2)
      ? [{ role: "system", content: `Answer politely. ${sentence(random)}` }]
      : [];
    const turns = Math.min(5, random.longTail(1, 5));
    for (let turn = 0; turn < turns; turn++) {
      const { prompt, completion } = exchange(random, 900);
      messages.push({ role: "user", content: `${prompt}\n\nUse the word "${keyword}" at least once.` });
      messages.push({
        role: "assistant",
        content: `${completion}\n\nThat is all about the ${keyword}.`,
        ...(reasoning ? { reasoning_content: `I must use "${keyword}". ${sentence(random)}` } : {}),
      });
    }
    return {
      uuid: random.uuid(),
      messages,
      license: "cc-by-4.0",
      used_in: ["demo_v1"],
      tools: [],
      capability_target: "chat",
      reasoning: reasoning ? "on" : "off",
    };
  },
};

const structuredOutputs: Shape = {
  name: "structured_outputs",
  format: "jsonl",
  weight: 90,
  layout: { kind: "messages" },
  id: "uuid",
  nullable: ["license", "used_in"],
  flaws: ["special_in_body", "mixed_type"],
  adapter: "messages?domain=chat_if",
  build(random) {
    const properties: Row = {};
    const document: Row = {};
    for (let i = random.int(2, 7); i > 0; i--) {
      const key = `${random.pick(GOODS)}_${random.int(1, 400)}`;
      const kind = random.pick(["integer", "string", "array"]);
      properties[key] = kind === "array" ? { type: kind, items: { type: "string" } } : { type: kind };
      document[key] =
        kind === "integer"
          ? random.int(0, 9999)
          : kind === "string"
            ? sentence(random)
            : [random.pick(NAMES), random.pick(CITIES)];
    }
    const schema = {
      type: "object",
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    };
    return {
      uuid: random.uuid(),
      messages: [
        {
          role: "user",
          content: `Reply with JSON only that is valid for this schema.\n\n${JSON.stringify(schema)}`,
        },
        { role: "assistant", content: JSON.stringify(document, null, 2) },
      ],
      license: "cc-by-4.0",
      used_in: ["demo_v1"],
      tools: [],
      capability_target: "structured_outputs",
      reasoning: "off",
    };
  },
};

const dolci: Shape = {
  name: "dolci",
  format: "parquet",
  weight: 110,
  files: 2,
  columns: {
    id: "VARCHAR",
    messages: "STRUCT(content VARCHAR, function_calls VARCHAR, functions VARCHAR, role VARCHAR)[]",
    source: "VARCHAR",
    domain: "VARCHAR",
  },
  layout: { kind: "messages" },
  id: "id",
  nullable: ["source", "domain"],
  flaws: ["special_in_body"],
  adapter: "dolci",
  build(random) {
    const { prompt, completion } = exchange(random, 1100);
    const part = (role: string, content: string) => ({
      content,
      function_calls: null,
      functions: null,
      role,
    });
    const code = completion.includes("```");
    return {
      id: `demo-dolci-${random.uuid()}`,
      messages: [part("user", prompt), part("assistant", completion)],
      source: code ? "demo-code" : random.pick(["demo-chat", "demo-instructions", "demo-wiki"]),
      domain: code ? "coding" : random.pick(["chat", "general", "science"]),
    };
  },
};

function conversations(random: Random, turns: number): { from: string; value: string }[] {
  return Array.from({ length: turns }, () => exchange(random, 800)).flatMap(({ prompt, completion }) => [
    { from: "human", value: prompt },
    { from: "gpt", value: completion },
  ]);
}

const sharegpt: Shape = {
  name: "sharegpt",
  format: "json",
  weight: 50,
  layout: { kind: "conversations" },
  id: "id",
  nullable: ["conversations"],
  flaws: ["non_string_content", "special_in_body"],
  adapter: "sharegpt?domain=other",
  build: (random) => ({
    id: `${random.uuid().slice(0, 13).replace("-", "")}_${random.int(0, 9)}`,
    conversations: conversations(random, random.longTail(3, 20)),
  }),
};

const wizard: Shape = {
  name: "wizard",
  format: "json",
  weight: 50,
  indent: true,
  layout: { kind: "conversations" },
  id: "idx",
  nullable: ["idx"],
  flaws: ["non_string_content", "special_in_body"],
  adapter: "sharegpt?domain=other",
  build: (random) => ({ idx: random.uuid().slice(0, 18), conversations: conversations(random, 1) }),
};

const CONCERNS =
  "get into my own locked shed|clean up a broken thermometer|store fireworks safely|keep the dog away from chocolate|write an angry letter to my landlord|fix a gas stove myself|find out who rang my bell|stay awake for two nights|share a password with my team|keep wasps off the balcony".split(
    "|",
  );

const hhRlhf: Shape = {
  name: "hh_rlhf",
  format: "jsonl",
  weight: 70,
  gzip: true,
  layout: { kind: "dialogue", column: "chosen" },
  nullable: ["rejected"],
  flaws: [],
  adapter: "hh-rlhf?domain=safety",
  build(random) {
    let start = `\n\nHuman: I live in ${random.pick(CITIES)}, at number ${random.int(1, 99_999)}. How can I ${random.pick(CONCERNS)}?`;
    for (let turn = random.longTail(1, 6); turn > 1; turn--) {
      start += `\n\nAssistant: ${sentence(random)} ${sentence(random)}\n\nHuman: ${random.pick(["Why?", "And then?", "Go on.", "Is it safe?"])} ${sentence(random)}`;
    }
    const refuses = random.chance(0.35);
    const chosen = refuses
      ? `I would rather not guess here: please ask someone trained for it. What I can say: ${sentence(random)}`
      : `Here is a safe way. ${prose(random, 160)}`;
    const rejected = refuses
      ? `Just try it. ${sentence(random)}`
      : `I can't help with that. ${sentence(random)}`;
    return { chosen: `${start}\n\nAssistant: ${chosen}`, rejected: `${start}\n\nAssistant: ${rejected}` };
  },
};

const openorca: Shape = {
  name: "openorca",
  format: "parquet",
  weight: 80,
  columns: { id: "VARCHAR", system_prompt: "VARCHAR", question: "VARCHAR", response: "VARCHAR" },
  layout: { kind: "columns", prompt: "question", completion: "response" },
  id: "id",
  nullable: ["system_prompt"],
  flaws: ["special_in_body"],
  adapter: "openorca?domain=other",
  build(random) {
    const { prompt, completion } = exchange(random, 700);
    const system = random.chance(0.3) ? "" : `You are a helpful guide to ${topic(random)}. Give reasons.`;
    return {
      id: `demo.${random.int(1, 999_999_999)}${random.int(100, 999)}`,
      system_prompt: system,
      question: prompt,
      response: completion,
    };
  },
};

export const CHAT_SHAPES: readonly Shape[] = [
  science,
  chatIf,
  structuredOutputs,
  dolci,
  openorca,
  sharegpt,
  wizard,
  hhRlhf,
];
