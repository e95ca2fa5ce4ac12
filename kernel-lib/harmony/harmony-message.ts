/** One message as Harmony writes it; a canonical assistant message becomes one to many of these. */
export interface HarmonyMessage {
  /** `system`, `developer`, `user`, `assistant` or `tool`. */
  role: HarmonyRole;
  /** Name after the role (`user:bob` → `bob`); for a tool the name that stands in place of its role, else null. */
  name: string | null;
  /** Without `to=`. An assistant message with a recipient is a tool call. */
  recipient: string | null;
  channel: string | null;
  /** As the reference implementation gives it: `<|constrain|>json`, or a bare word such as `code`. */
  contentType: string | null;
  body: string;
  /** The special that ends the message; null when the text stops before one. */
  end: MessageEnd | null;
}

export type MessageEnd = "end" | "call" | "return";

export const HARMONY_ROLES = ["system", "developer", "user", "assistant", "tool"] as const;
export type HarmonyRole = (typeof HARMONY_ROLES)[number];

/** True for the five roles that Harmony knows. */
export function isHarmonyRole(role: string): role is HarmonyRole {
  return (HARMONY_ROLES as readonly string[]).includes(role);
}

/** True when the message hands over to a tool. `to=all` is the reference's way to say: no recipient. */
export function isToolCall(message: Pick<HarmonyMessage, "role" | "recipient">): boolean {
  return message.role === "assistant" && message.recipient !== null && message.recipient !== "all";
}
