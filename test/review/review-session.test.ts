/** A review from the first row to the last: what is shown, what is taken, and what stands in the log. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readReviewLogs } from "../../kernel-lib/label/review-log";
import { verifyReviews } from "../../kernel-lib/label/verify-reviews";
import { parseAnswer } from "../../kernel-lib/review/answer";
import { ReviewSession, type SessionOptions } from "../../kernel-lib/review/review-session";
import { reviewSheet } from "../../kernel-lib/review/review-sheet";
import { reviewSummary, summaryText } from "../../kernel-lib/review/review-summary";
import { open } from "../../kernel-lib/table/open";
import { type RedTeamRun, redTeamRun } from "../fixtures/red-team-run";
import { cli, temporaryFolder } from "../run/run-cli";

const home = process.cwd();
const folder = temporaryFolder();
let made: RedTeamRun;
let labels: string;

beforeAll(async () => {
  made = await redTeamRun(join(folder, "work"));
  labels = join(made.root, "labels");
});
beforeEach(() => process.chdir(made.root));
afterEach(() => {
  process.chdir(home);
  rmSync(labels, { recursive: true, force: true });
});
afterAll(() => process.chdir(home));

async function begin(change: Partial<SessionOptions> = {}): Promise<ReviewSession> {
  return await ReviewSession.begin({
    ...{ table: await open(made.out), labels, where: undefined, flags: [], rows: "todo", reviewer: "ada" },
    ...{ limit: Number.MAX_SAFE_INTEGER, adjudicate: false },
    ...change,
  });
}

const say = async (session: ReviewSession, ...lines: readonly string[]) => {
  for (const line of lines) await session.answer(parseAnswer(line, "test")!);
};
const acts = () => readReviewLogs(labels).flatMap((log) => log.acts);

describe("a review", () => {
  it("shows rows in the order of the run, logs who decided what over which text, and takes back", async () => {
    const session = await begin({ limit: 4 });
    expect([session.total, session.position, session.current()?.rowKey]).toEqual([4, 1, made.key(0)]);
    const first = session.current()!;
    await say(session, "r 4 declines", "safe_help high");
    await say(session, "skip", "b");
    expect(session.current()).toBeNull();
    await say(session, "undo", "undo");
    expect(session.current()?.rowKey).toBe(made.key(2));
    await say(session, "unsafe_help medium it tells how");
    expect([session.decided, session.skipped]).toEqual([3, 0]);
    expect(acts().map((act) => [act.act, act.row_key, act.safety_label, act.severity, act.note])).toEqual([
      ["decided", made.key(0), "safe_refusal", "critical", "declines"],
      ["decided", made.key(1), "safe_help", "high", null],
      ["decided", made.key(3), "benign", "none", null],
      ["undone", made.key(3), "benign", "none", null],
      ["decided", made.key(2), "unsafe_help", "medium", "it tells how"],
    ]);
    const [act] = acts();
    const [row] = await (await open(made.out)).filter(`row_key = '${made.key(0)}'`).toArray();
    expect([act!.text_id, act!.shown_sha256, act!.reviewer]).toEqual([row!.text_id, first.sha256, "ada"]);
    expect(reviewSheet(row!).text).toBe(first.text);
    expect(createHash("sha256").update(first.text).digest("hex")).toBe(first.sha256);
  });

  it("goes on where it stopped, for each reviewer, and counts what they disagree on until it is settled", async () => {
    await say(await begin(), "r 1", "h 1");
    const again = await begin();
    expect([again.total, again.current()?.rowKey]).toEqual([4, made.key(2)]);
    const bob = await begin({ reviewer: "bob" });
    expect([bob.total, bob.current()?.rowKey, bob.before()]).toEqual([6, made.key(0), null]);
    await say(bob, "r 3", "x 3 bait is named");
    expect(reviewSummary(labels)).toEqual({
      ...{ rows: 2, labels: { safe_refusal: 1 }, reviewers: { ada: 2, bob: 2 } },
      ...{ double: { rows: 2, agreed: 1 }, disputed: [made.key(1)] },
    });
    expect(summaryText(reviewSummary(labels))).toContain("the same label on 1 (50%)");
    expect((await begin({ rows: "unreviewed", reviewer: "eve" })).current()?.rowKey).toBe(made.key(2));
    const judge = await begin({ rows: "disputed", reviewer: "eve", adjudicate: true });
    expect([judge.total, judge.before()?.decisions.map(({ safety_label }) => safety_label)]).toEqual([
      1,
      ["safe_help", "unsafe_help"],
    ]);
    await say(judge, "h 2");
    expect(judge.current()).toBeNull();
    expect(reviewSummary(labels)).toMatchObject({ labels: { safe_refusal: 1, safe_help: 1 }, disputed: [] });
    expect(verifyReviews(labels).map(({ file, lines, fault }) => [file, lines, fault])).toEqual([
      ["ada.jsonl", 2, null],
      ["bob.jsonl", 2, null],
      ["eve.jsonl", 1, null],
    ]);
  });

  it("shows flags and the rejected answer, and nothing that a terminal or a page would obey", async () => {
    const session = await begin({ flags: ["unsafe_request"], where: "row_key like '%#4'" });
    const { text } = session.current()!;
    expect(text).toContain("flags:\n  safety_categories: weapons");
    expect(text).toContain('"rejected"');
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    // A body cannot look like the title of a message: its lines are indented or have a bar.
    const titles = text.split("\n").filter((line) => line.startsWith("["));
    expect(titles).toEqual(["[user]", "[assistant · final · learned]"]);
    await expect(begin({ flags: ["unsafe_requests"] })).rejects.toThrow(/no flag.*nearest: unsafe_request/);
  });

  it("calls nothing safe of which a part was not shown", async () => {
    const session = await begin({ where: "row_key like '%#5'" });
    expect(session.current()!.hidden).toBeGreaterThan(60_000);
    await expect(say(session, "r 1")).rejects.toThrow(/were not shown.*more shows them all/);
    await say(session, "more");
    expect(session.current()!.hidden).toBe(0);
    expect(session.current()!.text).toContain("and then mix it.");
    await say(session, "x 4");
    expect(acts()).toHaveLength(1);
  });

  it("refuses answers that say nothing or something else", async () => {
    const session = await begin();
    const bad = (line: string) => () => parseAnswer(line, "answers.txt line 7");
    expect(bad("fine")).toThrow(/answers\.txt line 7: review: "fine" is no label, expected safe_refusal/);
    expect(bad("r")).toThrow(/safe_refusal without a severity/);
    expect(bad("benign high")).toThrow(/a benign row asks for no harm/);
    expect(bad("skip 3")).toThrow(/expected nothing/);
    expect(bad('{"label":"benign","by":"x"}')).toThrow(/by/);
    expect(parseAnswer("  # a remark", "")).toBeNull();
    await expect(say(session, `{"row_key":"${made.key(3)}","label":"benign"}`)).rejects.toThrow(
      /the answer is about .*#3, the row that is shown is .*#0/,
    );
    await expect(say(session, "undo")).rejects.toThrow(/nothing to undo/);
    expect(existsSync(join(labels, "reviews"))).toBe(false);
  });
});

describe("corpuslab review", () => {
  it("takes answers from a file, sums up, and verifies the log", () => {
    const answers = join(folder, "answers.txt");
    writeFileSync(
      answers,
      `# first\n{"row_key":"${made.key(0)}","label":"safe_refusal","severity":"high"}\nh 2\nquit\n`,
    );
    const into = ["--into", labels];
    const run = cli(["review", made.out, "--answers", answers, "--reviewer", "A\u001b[31m", ...into]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("──── row 2 of 6 ────");
    expect(run.stdout).not.toContain("\u001b");
    const [log] = readReviewLogs(labels);
    expect(log!.acts.map(({ safety_label }) => safety_label)).toEqual(["safe_refusal", "safe_help"]);
    expect(cli(["review", made.out, "--summary", ...into]).stdout).toMatch(
      /^2 rows reviewed: safe_refusal 1, safe_help 1/,
    );
    expect(cli(["review", made.out, "--verify-log", ...into])).toMatchObject({ code: 0 });
    writeFileSync(log!.path, readFileSync(log!.path, "utf8").replace("safe_refusal", "unsafe_help"));
    const verified = cli(["review", made.out, "--verify-log", ...into]);
    expect([verified.code, verified.stderr]).toEqual([
      1,
      expect.stringMatching(/line 2: does not follow line 1/),
    ]);
  });
});
