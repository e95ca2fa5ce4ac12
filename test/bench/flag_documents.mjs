// CPU seconds of the flags repetition and gopher_quality over documents: `node flag_documents.mjs docs.jsonl`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { FLAGS } = require("../../kernel-lib/dist/flag/index.js");
const texts = readFileSync(process.argv[2], "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line).text);
const flags = ["repetition", "gopher_quality"].map((name) => FLAGS.get(name));
const before = process.cpuUsage();
let words = 0;
for (let at = 0; at < texts.length; at += 256) {
  const text = texts.slice(at, at + 256);
  const columns = { messages: text.map(() => null), text };
  for (const flag of flags) {
    const values = flag.run(columns, flag.params.parse({}), text.length);
    for (const count of values.gopher_words ?? []) words += count;
  }
}
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpu_seconds: (user + system) / 1e6, words }));
