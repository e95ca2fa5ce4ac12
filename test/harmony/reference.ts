import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { HarmonyMessage } from "../../kernel-lib/harmony";
import { ensureTestVenv } from "../../scripts/test-venv.mjs";

const ROOT = path.resolve(__dirname, "../..");
const VOCABULARY_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d";

export type ReferenceMessage = Omit<HarmonyMessage, "end">;
export type Question =
  | { op: "render"; messages: readonly ReferenceMessage[]; drop: boolean; training: boolean }
  | { op: "parse"; text: string }
  | { op: "specials" };
export interface Answer {
  text?: string;
  messages?: ReferenceMessage[];
  specials?: string[];
  error?: string;
}

/** Asks the reference implementation all questions at once; answers come in order. */
export type Reference = (questions: readonly Question[]) => Answer[];

/** The real openai-harmony package, or null (with a message on the console) where there is no Python. */
export function harmonyReference(): Reference | null {
  const { python, reason } = ensureTestVenv();
  if (python === null) {
    console.warn(`SKIPPED: comparison with openai-harmony: ${reason}`);
    return null;
  }
  const env = { ...process.env, TIKTOKEN_ENCODINGS_BASE: vocabularyFolder() };
  return (questions) => {
    const input = questions.map((question) => JSON.stringify(question)).join("\n");
    const script = path.join(ROOT, "test/python/harmony_reference.py");
    const run = spawnSync(python, [script], { input, env, encoding: "utf8", maxBuffer: 1 << 30 });
    if (run.status !== 0) throw new Error(`harmony_reference.py ended with ${run.status}: ${run.stderr}`);
    const answers = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
    if (answers.length !== questions.length)
      throw new Error(`${answers.length} answers to ${questions.length}`);
    return answers;
  };
}

/**
 * A folder with o200k_base.tiktoken (one `base64 rank` per line), made from the packed ranks that npm's `tiktoken`
 * carries (`! firstRank token token …`) and checked against the published file's sha256.
 */
function vocabularyFolder(): string {
  const folder = path.join(ROOT, ".cache/harmony");
  const file = path.join(folder, "o200k_base.tiktoken");
  if (existsSync(file) && sha256(readFileSync(file)) === VOCABULARY_SHA256) return folder;
  const packed = require.resolve("tiktoken/encoders/o200k_base.json");
  const { bpe_ranks } = JSON.parse(readFileSync(packed, "utf8")) as { bpe_ranks: string };
  const lines: string[] = [];
  for (const row of bpe_ranks.split("\n")) {
    const [, first, ...tokens] = row.split(" ");
    tokens.forEach((token, index) => {
      lines.push(`${token} ${Number(first) + index}\n`);
    });
  }
  const bytes = Buffer.from(lines.join(""));
  const found = sha256(bytes);
  if (found !== VOCABULARY_SHA256) {
    throw new Error(`o200k_base vocabulary: sha256 ${found}, expected ${VOCABULARY_SHA256}`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, bytes);
  renameSync(`${file}.${process.pid}`, file);
  return folder;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
