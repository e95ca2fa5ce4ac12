/** The command review: rows one by one, decided by keys or by lines of answers. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { Command } from "commander";
import { InputError, ShardError } from "../errors";
import { authorOf } from "../label/acts";
import { labelFolder } from "../label/log";
import { verifyReviews } from "../label/verify-reviews";
import { plainText } from "../notebook/plain-text";
import { parseAnswer } from "../review/answer";
import { REVIEW_ROWS, type ReviewRows } from "../review/review-queue";
import { ReviewSession } from "../review/review-session";
import { reviewSummary, summaryText } from "../review/review-summary";
import { actText, sheetText } from "../review/session-text";
import { datasetsOfRun } from "../run-folder";
import { headsOfPools } from "../select/earlier-heads";
import { open } from "../table/open";
import { interruptible } from "./interrupt";
import { nameList, oneOf, wholeNumber } from "./options";
import { reviewAtTerminal } from "./review-terminal";

interface ReviewFlags {
  readonly where?: string;
  readonly flag?: string[];
  readonly rows: ReviewRows;
  readonly reviewer?: string;
  readonly limit?: number;
  readonly adjudicate?: boolean;
  readonly answers?: string;
  readonly maxChars?: number;
  readonly into?: string;
  readonly summary?: boolean;
  readonly verifyLog?: boolean;
  readonly pools?: string[];
}

export function addReviewCommand(program: Command): void {
  program
    .command("review")
    .description("Look at rows one by one and say what they are: every decision is a line of an audit log")
    .argument("<run>", "run folder, or that of a pipeline's run")
    .option("--where <predicate>", "only rows for which this SQL predicate is true")
    .option("--flag <a,b>", "only rows with one of these flags, such as unsafe_request", nameList)
    .option(
      "--rows <which>",
      `which rows: ${REVIEW_ROWS.join(", ")}; todo are those that you have not decided`,
      oneOf(...REVIEW_ROWS),
      "todo" as const,
    )
    .option("--reviewer <name>", "who decides; default git config user.name, else the user of this machine")
    .option("--limit <n>", "at most so many rows", wholeNumber(1))
    .option("--adjudicate", "settle rows on which reviewers disagree: what you say counts")
    .option(
      "--answers <file>",
      "answers, one a line, in place of keys; without a terminal they are read from stdin",
    )
    .option("--max-chars <n>", "characters of a text that are shown at first; default 20000", wholeNumber(1))
    .option("--into <dir>", "folder of the logs; default labels/ of the workspace")
    .option("--summary", "only say where the review stands")
    .option("--verify-log", "check that no line of the logs was changed, moved or taken out")
    .option(
      "--pools <a,b>",
      "with --verify-log: folders of pools besides <run>/pools, which keep how long the logs were",
      nameList,
    )
    .addHelpText(
      "after",
      "\nAnswers: <label> [severity] [note], skip, undo, more, quit. Labels: safe_refusal (r), safe_help (h), " +
        "unsafe_help (x), benign (b), unclear (c); severities: none (0), low (1), medium (2), high (3), critical (4).\n" +
        '\nExample:\n  corpuslab review out/demo --flag unsafe_request --reviewer "Ada L."',
    )
    .action(async (run: string, flags: ReviewFlags) => {
      const labels = labelFolder(flags.into);
      if (flags.verifyLog) return verify(labels, run, flags.pools ?? []);
      const datasets = datasetsOfRun(run);
      if (flags.summary) return console.log(summaryText(reviewSummary(labels, datasets)));
      await interruptible(async () => {
        const session = await ReviewSession.begin({
          ...{ table: await open(run), labels, where: flags.where, flags: flags.flag ?? [] },
          rows: flags.adjudicate ? "disputed" : flags.rows,
          reviewer: authorOf(flags.reviewer),
          ...{ limit: flags.limit ?? Number.MAX_SAFE_INTEGER, maxChars: flags.maxChars },
          adjudicate: flags.adjudicate ?? false,
        });
        const isTerminal = flags.answers === undefined && process.stdin.isTTY && process.stdout.isTTY;
        if (isTerminal) await reviewAtTerminal(session);
        else await reviewByLines(session, flags.answers);
        const { decided, skipped } = session;
        console.log(
          `${decided} decided, ${skipped} skipped by ${plainText(session.options.reviewer)}; ${labels}/reviews`,
        );
        console.log(summaryText(reviewSummary(labels, datasets)));
      });
    });
}

/** Answers from a file or from stdin; each row is printed before its answer is taken. */
async function reviewByLines(session: ReviewSession, file: string | undefined): Promise<void> {
  const from = file ?? "stdin";
  const lines = (file === undefined ? await readAll(process.stdin) : readAnswers(file)).split("\n");
  let shown: string | null = null;
  for (const [i, line] of lines.entries()) {
    const where = `${from} line ${i + 1}`;
    const answer = parseAnswer(line, where);
    if (answer === null) continue;
    if (answer.kind === "quit") return;
    const sheet = session.current();
    if (sheet === null && answer.kind !== "undo") {
      throw new InputError(
        `${where}: an answer more than there are rows; what was decided before it stands in the log`,
      );
    }
    if (sheet !== null && sheet.sha256 !== shown) {
      console.log(sheetText(session));
      shown = sheet.sha256;
    }
    const act = await session.answer(answer).catch((error: unknown) => {
      throw error instanceof InputError
        ? new InputError(`${where}: ${error.message}`, { cause: error })
        : error;
    });
    console.log(`→ ${act === null ? answer.kind : actText(act)}\n`);
  }
}

function readAnswers(file: string): string {
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw new InputError(`${file}: no such file, expected answers, one a line`);
}

function verify(labels: string, run: string, folders: readonly string[]): void {
  for (const folder of folders)
    if (!existsSync(join(folder, "pools.json")))
      throw new InputError(`${folder}: no pools.json stands there`);
  const logs = verifyReviews(labels, [join(run, "pools"), ...folders].flatMap(headsOfPools));
  if (logs.length === 0) console.log(`no reviews in ${labels}`);
  for (const { file, lines, decisions, sha256, fault, torn } of logs) {
    console.log(
      `${file}: ${decisions} decisions in ${lines} lines, ${fault === null ? "whole" : "CHANGED"}; head ${sha256}`,
    );
    for (const line of torn) console.log(`  ${line}`);
  }
  const faults = logs.flatMap(({ fault }) => (fault === null ? [] : [fault]));
  if (faults.length > 0) throw new ShardError(faults.join("\n"));
}
