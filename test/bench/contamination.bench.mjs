/**
 * What decontamination finds of items that were perturbed, kind by kind, and what it finds where nothing was planted: on word
 * problems made for it. Half of the problems are the evaluation set; the other half, made by the same templates, are
 * the rows in which nothing may be found.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NAMES = "Ana Bela Cem Dina Edo Fola Gita Hana Ivo Juno Kofi Lena Milo Nadia Omar Petra".split(" ");
const THINGS =
  "apples pencils tiles marbles tickets buckets loaves candles stamps shells ribbons boxes".split(" ");
const PLACES = "market school harbor library station garden bakery museum farm theater".split(" ");
const SAME = {
  buys: "purchases",
  gives: "hands",
  sells: "trades",
  morning: "dawn",
  left: "remaining",
  finds: "discovers",
  many: "numerous",
  day: "date",
  friend: "neighbor",
  puts: "places",
  week: "seven days",
  each: "every",
  more: "further",
};

function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function bench({ root, log }) {
  const { decontaminate } = createRequire(join(root, "package.json"))("corpuslab");
  const random = randomFrom(5);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const number = () => 2 + Math.floor(random() * 97);
  const sentences = [
    () => `${pick(NAMES)} buys ${number()} ${pick(THINGS)} at the ${pick(PLACES)} in the morning.`,
    () =>
      `A friend gives ${number()} ${pick(THINGS)} to each of ${number()} children at the ${pick(PLACES)}.`,
    () => `On the next day ${pick(NAMES)} sells ${number()} of them for ${number()} cents each.`,
    () =>
      `${pick(NAMES)} finds ${number()} more ${pick(THINGS)} behind the ${pick(PLACES)} and puts them into ${number()} bags.`,
    () => `Every week ${number()} ${pick(THINGS)} break on the way to the ${pick(PLACES)}.`,
    () =>
      `Then ${pick(NAMES)} and ${pick(NAMES)} share ${number()} ${pick(THINGS)} with the whole ${pick(PLACES)}.`,
  ];
  const problem = () =>
    [
      ...Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(sentences)()),
      `How many ${pick(THINGS)} are left?`,
    ].join(" ");
  const items = Array.from({ length: 400 }, problem);
  const others = Array.from({ length: 2000 }, problem);
  const swap = (text, share) =>
    text
      .split(" ")
      .map((word) => (random() < share ? (SAME[word] ?? `${word}s`) : word))
      .join(" ");
  const perturb = {
    "as it stands, within other text": (text) => `Solve this with care. ${text} Show your steps.`,
    "in capitals, without punctuation": (text) => text.toUpperCase().replace(/[.?]/g, ""),
    "other numbers": (text) => text.replace(/\d+/g, () => String(number())),
    "other names": (text) =>
      text.replace(/\b[A-Z][a-z]+(?= (buys|sells|finds|and|share))/g, () => pick(NAMES)),
    "one word in ten replaced": (text) => swap(text, 0.1),
    "one word in five replaced": (text) => swap(text, 0.2),
    "one word in three replaced": (text) => swap(text, 0.33),
    "sentences in another order": (text) =>
      text
        .split(/(?<=[.?]) /)
        .reverse()
        .join(" "),
    "first half only": (text) =>
      text
        .split(" ")
        .slice(0, Math.ceil(text.split(" ").length / 2))
        .join(" "),
  };
  return run();

  async function run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-contamination-"));
    try {
      const path = join(folder, "items.jsonl");
      writeFileSync(
        path,
        items.map((question, i) => `${JSON.stringify({ id: String(i), question })}\n`).join(""),
      );
      const kinds = Object.entries(perturb);
      const rows = [
        ...kinds.flatMap(([, change], k) =>
          items.map((text, i) => ({ id: `${k} ${i}`, text: change(text) })),
        ),
        ...others.map((text, i) => ({ id: `other ${i}`, text })),
      ];
      const lines = [];
      for (const nearCoverage of [0.3, 0.4, 0.5, 0.6, 0.7]) {
        log(`near coverage ${nearCoverage}`);
        const { contaminated } = await decontaminate([rows], path, {
          nearCoverage,
          workers: 1,
          onProgress() {},
        });
        const found = new Set();
        const wrong = new Set();
        const falsely = new Set();
        for (const { id, item } of contaminated) {
          const [kind, i] = id.split(" ");
          if (kind === "other") falsely.add(id);
          else if (i === item) found.add(id);
          else wrong.add(id);
        }
        for (const id of found) wrong.delete(id);
        const share = (n, of) => `${((100 * n) / of).toFixed(1)} %`;
        const recall = kinds.map((_, k) =>
          share([...found].filter((id) => id.startsWith(`${k} `)).length, items.length),
        );
        lines.push([
          nearCoverage,
          ...recall,
          share(falsely.size, others.length),
          share(found.size, found.size + wrong.size + falsely.size),
        ]);
      }
      const names = kinds.map(([name]) => name);
      return [
        `${items.length} items; ${rows.length} rows: each item perturbed in ${kinds.length} ways, and ${others.length} problems made by the same templates, in which nothing was planted.`,
        "Found: the row is reported with the item it was made of.",
        "",
        `| | ${lines.map(([near]) => (near === 0.4 ? `**${near}** (default)` : near)).join(" | ")} |`,
        `|---|${lines.map(() => "---:").join("|")}|`,
        ...names.map((name, k) => `| ${name} | ${lines.map((line) => line[k + 1]).join(" | ")} |`),
        `| *nothing planted, reported all the same* | ${lines.map((line) => line.at(-2)).join(" | ")} |`,
        `| *precision over all rows* | ${lines.map((line) => line.at(-1)).join(" | ")} |`,
        "",
        "The columns are the least share of an item's 3-grams that makes a near copy (`nearCoverage`). Matches of 13 words and of 8-grams do not depend on it.",
      ].join("\n");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
