// Tokenizes the texts of a JSONL file with the library, one thread, and says what it took, loading left out.
// usage: node score_tokenize.cjs <tokenizer.json | o200k> <model folder> <rows.jsonl>
process.env.RAYON_NUM_THREADS = "1";
process.env.TOKENIZERS_PARALLELISM = "false";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const [mode, model, file] = process.argv.slice(2);
const dist = join(__dirname, "..", "..", "kernel-lib", "dist");

async function encoder() {
  if (mode === "tokenizer.json") {
    const { openTokenizer } = require(join(dist, "model", "tokenizer.js"));
    const tokenizer = await openTokenizer(join(model, "tokenizer.json"));
    return async (texts) => {
      let tokens = 0;
      for (let at = 0; at < texts.length; at += 64)
        for (const { ids } of await tokenizer.encodeBatch(texts.slice(at, at + 64))) tokens += ids.length;
      return tokens;
    };
  }
  // As the flag `tokens` counts a text without messages: specials are words like others.
  const { tokens } = require(join(dist, "flag", "tokens.js"));
  await tokens.prepare();
  const params = tokens.params.parse({});
  return async (texts) => {
    const { body_tokens } = tokens.run({ messages: texts.map(() => null), text: texts }, params);
    return body_tokens.reduce((a, b) => a + b, 0);
  };
}

async function main() {
  const texts = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).text);
  const encode = await encoder();
  await encode(texts.slice(0, 8));
  const before = process.cpuUsage();
  const started = performance.now();
  const tokens = await encode(texts);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const all = process.resourceUsage();
  console.log(
    JSON.stringify({
      rows: texts.length,
      tokens,
      seconds,
      work_cpu_seconds: (user + system) / 1e6,
      cpu_seconds: (all.userCPUTime + all.systemCPUTime) / 1e6,
      peak_kb: all.maxRSS,
    }),
  );
}

main();
