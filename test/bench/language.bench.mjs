// How often the flag `language` names the language of MGSM's questions (Shi et al. 2022, CC BY-SA 4.0), and how fast.
//
// Options: --folder <of mgsm_<code>.tsv>.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);

export async function bench({ root, args }) {
  const { values } = parseArgs({
    args,
    options: { folder: { type: "string", default: join(root, "..", "shared", "eval", "mgsm") } },
  });
  if (!existsSync(values.folder))
    throw new Error("MGSM is not there; give the folder of its mgsm_<code>.tsv files with --folder");
  const { FLAGS } = require(join(root, "kernel-lib", "dist", "flag", "index.js"));
  const language = FLAGS.get("language");
  await language.prepare();
  const params = language.params.parse({});
  const { eld } = await import("eld/medium");
  const rows = [];
  let [characters, seconds] = [0, 0];
  for (const name of readdirSync(values.folder)
    .filter((file) => /^mgsm_\w+\.tsv$/.test(file))
    .sort()) {
    const code = name.slice(5, -4);
    const questions = readFileSync(join(values.folder, name), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]);
    const before = process.cpuUsage();
    const said = language.run(
      { messages: questions.map(() => null), text: questions },
      params,
      questions.length,
    );
    const { user, system } = process.cpuUsage(before);
    seconds += (user + system) / 1e6;
    characters += questions.reduce((sum, { length }) => sum + length, 0);
    const right = said.language.filter((one) => one === code).length;
    const others = [...new Set(said.language.filter((one) => one !== code))].sort();
    const notEnglish = said.not_english.filter(Boolean).length;
    const alone = questions.filter((question) => eld.detect(question).language === code).length;
    rows.push([code, questions.length, right, alone, notEnglish, others.join(" ")]);
  }
  const total = (column) => rows.reduce((sum, row) => sum + row[column], 0);
  rows.push(["all", total(1), total(2), total(3), total(4), ""]);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const head = [
    "language",
    "questions",
    "right",
    "right by eld alone",
    "called not English",
    "called instead",
  ];
  return [
    "eld 2.1.0 (medium, 60 languages, without Swahili) behind the flag, which also knows Swahili by its function words.",
    "",
    [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n"),
    "",
    `${(characters / 1e6 / seconds).toFixed(1)} million characters per CPU-second.`,
  ].join("\n");
}
