// npm run bench -- <name> [options]: runs test/bench/<name>.bench.mjs, prints its report and writes reports/bench-<name>.md.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { machine } from "../test/bench/measure.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "test", "bench");
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".bench.mjs"))
  .map((name) => name.replace(".bench.mjs", ""));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  console.error(`bench: got ${name ?? "no name"}, expected one of ${names.join(", ")}`);
  console.error(`Example: npm run bench -- ${names[0]}`);
  process.exit(2);
}
if (!existsSync(join(root, "kernel-lib", "dist", "demo", "generate-demo.js"))) {
  console.error("bench: the library is not built. Run: npm run build");
  process.exit(1);
}
try {
  const { bench } = await import(pathToFileURL(join(folder, `${name}.bench.mjs`)).href);
  const before = machine();
  const report = await bench({ root, args, log: (line) => console.error(line) });
  const text = [
    `# Benchmark: ${name}`,
    "",
    `- command: \`npm run bench -- ${[name, ...args].join(" ")}\``,
    `- date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `- machine: ${before}`,
    "",
    report,
    "",
  ].join("\n");
  const file = join(root, "reports", `bench-${name}.md`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(text);
  console.log(`written to ${file}`);
} catch (error) {
  console.error(`bench ${name}: ${error.message}`);
  process.exit(1);
}
