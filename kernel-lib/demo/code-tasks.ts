/** Small programming tasks with working solutions in a few languages. */
import type { Random } from "./random";
import { GOODS, NAMES, TOPICS } from "./words";

export interface CodeTask {
  readonly title: string;
  readonly task: string;
  readonly code: string;
  readonly language: string;
  /** Input and output of one call or run. */
  readonly example: readonly [string, string];
}

type Family = (random: Random) => CodeTask;

const name = (random: Random, verb: string) =>
  `${verb}_${random.pick(GOODS)}_${random.int(2, 99_999)}`.toLowerCase();

const weightedSum: Family = (random) => {
  const [factor, limit, fn] = [random.int(2, 97), random.int(5, 900), name(random, "weigh")];
  const values = [random.int(1, 40), random.int(1, 900), random.int(1, 400)];
  const sum = values.filter((value) => value <= limit).reduce((all, value) => all + value * factor, 0);
  return {
    title: "Weighted sum",
    task: `Write a Python function \`${fn}(values)\` that multiplies every value that is at most ${limit} by ${factor} and returns the sum.`,
    code: `def ${fn}(values):\n    total = 0\n    for value in values:\n        if value <= ${limit}:\n            total += value * ${factor}\n    return total`,
    language: "python",
    example: [JSON.stringify(values), String(sum)],
  };
};

const wordCount: Family = (random) => {
  const [length, fn] = [random.int(2, 12), name(random, "count")];
  const topic = random.pick(TOPICS);
  const count = topic.split(" ").filter((word) => word.length >= length).length;
  return {
    title: "Long words",
    task: `Write a JavaScript function \`${fn}\` that counts the words of a text that have at least ${length} letters.`,
    code: `function ${fn}(text) {\n  return text.split(/\\s+/).filter((word) => word.length >= ${length}).length;\n}`,
    language: "javascript",
    example: [JSON.stringify(topic), String(count)],
  };
};

const digits: Family = (random) => {
  const [base, fn, value] = [random.int(2, 9), name(random, "digits"), random.int(10, 99_999)];
  const sum = [...value.toString(base)].reduce((all, digit) => all + Number(digit), 0);
  return {
    title: "Digit sum",
    task: `Given a whole number, print the sum of its digits in base ${base}. Name the function \`${fn}\`.`,
    code: `def ${fn}(n):\n    total = 0\n    while n > 0:\n        total += n % ${base}\n        n //= ${base}\n    return total`,
    language: "python",
    example: [String(value), String(sum)],
  };
};

const table: Family = (random) => {
  const [goods, limit] = [random.pick(GOODS), random.int(2, 9000)];
  const owner = random.pick(NAMES).toLowerCase();
  return {
    title: "Report query",
    task: `The table ${goods}_${limit}(id, owner, price, sold_on) holds sales. Write SQL that lists the owners, ${owner} apart, with a revenue above ${limit}, highest first.`,
    code: `SELECT owner, sum(price) AS revenue\nFROM ${goods}_${limit}\nWHERE owner <> '${owner}'\nGROUP BY owner\nHAVING sum(price) > ${limit}\nORDER BY revenue DESC;`,
    language: "sql",
    example: ["(1, 'ines', 10, '2024-01-02')", "no rows"],
  };
};

const window: Family = (random) => {
  const [size, fn] = [random.int(2, 6), name(random, "window")];
  const values = Array.from({ length: size + 2 }, () => random.int(1, 500));
  let best = 0;
  for (let i = 0; i + size <= values.length; i++) {
    best = Math.max(
      best,
      values.slice(i, i + size).reduce((all, value) => all + value, 0),
    );
  }
  return {
    title: "Best window",
    task: `Find the largest sum of ${size} neighbors in a list of positive numbers. Name the function \`${fn}\` and make it linear in the length of the list.`,
    code: `def ${fn}(values):\n    current = sum(values[:${size}])\n    best = current\n    for i in range(${size}, len(values)):\n        current += values[i] - values[i - ${size}]\n        best = max(best, current)\n    return best`,
    language: "python",
    example: [JSON.stringify(values), String(best)],
  };
};

const FAMILIES: readonly Family[] = [weightedSum, wordCount, digits, table, window];

export function codeTask(random: Random): CodeTask {
  return random.pick(FAMILIES)(random);
}

/** A program task in Python, whose example can be run. */
export function pythonTask(random: Random): CodeTask {
  return random.pick([weightedSum, digits, window])(random);
}

export function fenced(task: CodeTask): string {
  return `\`\`\`${task.language}\n${task.code}\n\`\`\``;
}
