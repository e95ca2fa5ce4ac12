/** Reviewing by single keys at a terminal. */
import { createInterface, emitKeypressEvents } from "node:readline";
import { InputError } from "../errors";
import { plainText } from "../notebook/plain-text";
import { type Answer, LABEL_KEYS, needsSeverity, SEVERITY_KEYS, VERB_KEYS } from "../review/answer";
import type { ReviewSession } from "../review/review-session";
import { actText, sheetText } from "../review/session-text";

interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
}

const isColored = process.env.NO_COLOR === undefined && process.env.TERM !== "dumb";
const bold = (text: string) => (isColored ? `\u001b[1m${text}\u001b[0m` : text);

const LABELS = Object.entries(LABEL_KEYS).map(([key, label]) => `[${key}] ${label.replace("_", " ")}`);
const VERBS = [...Object.entries(VERB_KEYS).map(([key, verb]) => `[${key}] ${verb}`), "[n] note"].join("  ");
const SEVERITY_LINE = `severity: ${Object.entries(SEVERITY_KEYS)
  .map(([key, name]) => `[${key}] ${name}`)
  .join("  ")}  (Esc: another label)`;

/** Until all rows are decided, or the reviewer quits. */
export async function reviewAtTerminal(session: ReviewSession): Promise<void> {
  let note: string | null = null;
  let isShown = false;
  for (;;) {
    if (session.current() === null) {
      if (session.position === 1) return console.log("no rows to review");
      console.log(bold("no more rows: [u] undo the last, any other key ends"));
      if ((await key()) !== "u") return;
      await say(session, { kind: "undo" });
      isShown = false;
      continue;
    }
    if (!isShown) console.log(`\n${shown(session)}\n`);
    isShown = true;
    console.log(`${bold(LABELS.join("  "))}\n${VERBS}${note === null ? "" : `   note: ${plainText(note)}`}`);
    const pressed = await key();
    if (pressed === "n") {
      note = await line("note: ");
      continue;
    }
    const answer = await answerTo(pressed, note);
    if (answer === null) continue;
    if (answer.kind === "quit") return;
    const isDone = await say(session, answer);
    if (isDone) note = null;
    isShown = !isDone;
  }
}

/** The sheet with the titles of its messages in bold: a text of the row never begins a line with a bracket. */
function shown(session: ReviewSession): string {
  return sheetText(session)
    .split("\n")
    .map((one) => (/^[[─]/.test(one) ? bold(one) : one))
    .join("\n");
}

async function answerTo(pressed: string, note: string | null): Promise<Answer | null> {
  const verb = VERB_KEYS[pressed as keyof typeof VERB_KEYS];
  if (verb !== undefined) return { kind: verb };
  const label = LABEL_KEYS[pressed];
  if (label === undefined) return null;
  if (!needsSeverity(label)) return { kind: "decide", rowKey: null, label, severity: null, note };
  console.log(SEVERITY_LINE);
  for (;;) {
    const second = await key();
    if (second === "escape" || second === "q") return null;
    const severity = SEVERITY_KEYS[second];
    if (severity !== undefined) return { kind: "decide", rowKey: null, label, severity, note };
  }
}

/** Whether the answer held; what cannot be is said, and the row stays. */
async function say(session: ReviewSession, answer: Answer): Promise<boolean> {
  try {
    const act = await session.answer(answer);
    console.log(`→ ${act === null ? answer.kind : actText(act)}`);
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.log(error.message);
    return false;
  }
}

/** The next key; Ctrl-C and Ctrl-D quit. */
async function key(): Promise<string> {
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true);
  process.stdin.resume();
  try {
    return await new Promise<string>((resolve) => {
      process.stdin.once("keypress", (text: string | undefined, { name, ctrl }: Key) => {
        if (ctrl && (name === "c" || name === "d")) resolve("q");
        else resolve(name === "escape" ? name : (text ?? "").toLowerCase());
      });
    });
  } finally {
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}

async function line(prompt: string): Promise<string | null> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const said = await new Promise<string>((resolve) => {
      reader.once("close", () => resolve(""));
      reader.question(prompt, resolve);
    });
    return said.trim() === "" ? null : said.trim();
  } finally {
    reader.close();
  }
}
