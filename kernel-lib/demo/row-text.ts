/** Reading and replacing the prompt and the completion of a row, whatever its layout. */
import type { Layout, Message, Row } from "./shape";

interface Turn {
  from: string;
  value: unknown;
}

const ASSISTANT = "\n\nAssistant: ";
const FINAL = "<|channel|>final<|message|>";

/** The first prompt of the row. */
export function prompt(row: Row, layout: Layout): string {
  switch (layout.kind) {
    case "messages":
      return asText(firstUser(row).content);
    case "conversations":
      return asText((row.conversations as Turn[])[0]!.value);
    case "columns":
      return asText(row[layout.prompt]);
    case "dialogue": {
      const text = row[layout.column] as string;
      return text.slice("\n\nHuman: ".length, text.indexOf(ASSISTANT));
    }
    case "text":
      return "";
  }
}

/** The last completion of the row; for plain text the text. */
export function completion(row: Row, layout: Layout): string {
  switch (layout.kind) {
    case "messages":
      return asText(lastAssistant(row).content);
    case "conversations":
      return asText((row.conversations as Turn[]).at(-1)!.value);
    case "columns":
      return asText(row[layout.completion]);
    case "dialogue": {
      const text = row[layout.column] as string;
      return text.slice(text.lastIndexOf(ASSISTANT) + ASSISTANT.length);
    }
    case "text":
      return finalBody(row[layout.column] as string);
  }
}

/** Replaces the first prompt. */
export function setPrompt(row: Row, layout: Layout, value: unknown): void {
  switch (layout.kind) {
    case "messages":
      firstUser(row).content = value;
      return;
    case "conversations":
      (row.conversations as Turn[])[0]!.value = value;
      return;
    case "columns":
      row[layout.prompt] = value;
      return;
    case "dialogue": {
      const text = row[layout.column] as string;
      row[layout.column] = `\n\nHuman: ${String(value)}${text.slice(text.indexOf(ASSISTANT))}`;
      return;
    }
    case "text":
      throw new TypeError("a text row has no prompt");
  }
}

/** Replaces the last completion (for plain text without a final message: all of it). */
export function setCompletion(row: Row, layout: Layout, value: string | null): void {
  switch (layout.kind) {
    case "messages":
      lastAssistant(row).content = value;
      return;
    case "conversations":
      (row.conversations as Turn[]).at(-1)!.value = value;
      return;
    case "columns":
      row[layout.completion] = value;
      return;
    case "dialogue": {
      const text = row[layout.column] as string;
      row[layout.column] = text.slice(0, text.lastIndexOf(ASSISTANT) + ASSISTANT.length) + (value ?? "");
      return;
    }
    case "text": {
      const text = row[layout.column] as string;
      const at = text.lastIndexOf(FINAL);
      row[layout.column] = at < 0 ? value : `${text.slice(0, at + FINAL.length)}${value ?? ""}<|return|>`;
    }
  }
}

/**
 * The text that near-duplicates are judged by: contents of user and assistant messages joined by newline, all values
 * of a conversation, or the columns joined. Null is empty, anything else than text its JSON.
 */
export function textView(row: Row, layout: Layout): string {
  switch (layout.kind) {
    case "messages":
      return (row.messages as Message[])
        .filter((message) => message.role === "user" || message.role === "assistant")
        .map((message) => asText(message.content))
        .join("\n");
    case "conversations":
      return (row.conversations as Turn[]).map((turn) => asText(turn.value)).join("\n");
    case "columns":
      return `${asText(row[layout.prompt])}\n${asText(row[layout.completion])}`;
    case "dialogue":
    case "text":
      return asText(row[layout.column]);
  }
}

function firstUser(row: Row): Message {
  return (row.messages as Message[]).find((message) => message.role === "user")!;
}

function lastAssistant(row: Row): Message {
  return (row.messages as Message[]).findLast((message) => message.role === "assistant")!;
}

function finalBody(text: string): string {
  const at = text.lastIndexOf(FINAL);
  return at < 0 ? text : text.slice(at + FINAL.length).replace(/<\|return\|>$/, "");
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
