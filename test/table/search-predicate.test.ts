import { afterAll, expect, test } from "vitest";
import { InputError } from "../../kernel-lib/errors";
import { open } from "../../kernel-lib/table/open";
import { lines, messageOf, TableFiles } from "./table-files";

const files = new TableFiles();
afterAll(() => files.remove());

test("search looks into messages by role, and into text columns", async () => {
  const typed = await open(
    files.put(
      "chat.jsonl",
      lines(
        {
          id: 1,
          messages: [
            { role: "user", content: "as an ai" },
            { role: "assistant", content: "no" },
          ],
        },
        { id: 2, messages: [{ role: "assistant", content: "As an AI 100%" }] },
        { id: 3, messages: null },
      ),
    ),
  );
  const ids = async (table: Promise<Awaited<ReturnType<typeof open>>>) =>
    (await (await table).toArray()).map(({ id }) => id);
  expect(await ids(typed.search("as an AI"))).toEqual([1, 2]);
  expect(await ids(typed.search("as an AI", { role: "assistant" }))).toEqual([2]);
  expect(await ids(typed.search("as an AI", { caseSensitive: true }))).toEqual([]);
  expect(await ids(typed.search("AI \\d+%$", { regex: true, role: "assistant" }))).toEqual([2]);
  expect(await ids(typed.search("as an AI", { limit: 1 }))).toEqual([1]);
  const mixed = await open(
    files.put(
      "mixed.jsonl",
      lines(
        { id: 1, note: "it's", conversations: [{ from: "gpt", value: "hello" }] },
        { id: 2, note: "b", conversations: [{ from: "human", value: { text: "hello" } }] },
      ),
    ),
  );
  expect(await ids(mixed.search("HELLO"))).toEqual([1, 2]);
  expect(await ids(mixed.search("hello", { role: "user" }))).toEqual([2]);
  expect(await ids(mixed.search("it's", { column: "note" }))).toEqual([1]);
  expect(await messageOf(mixed.search("x", { column: "nte" }), InputError)).toBe(
    "search: no column nte; did you mean note?",
  );
});
