import type { Message } from "../../kernel-lib/row";

/** A canonical message with everything unsaid null. */
export function message(role: string, content: string | null, rest: Partial<Message> = {}): Message {
  return { role, name: null, channel: null, content, reasoning_content: null, tool_calls: null, ...rest };
}

/** `tool_calls` text for calls given as [name, arguments]. */
export function calls(...list: [name: string, args: string][]): string {
  return JSON.stringify(list.map(([name, args]) => ({ name, arguments: args })));
}

/** Pseudo-random numbers in [0, 1) that follow from the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const BODIES = [
  "Hi",
  "",
  " ",
  "two\nlines",
  "CR\r\nLF",
  "ünï ✓ 漢字 😀",
  "a < b | c > d <| not |> <|x|>",
  "<|end",
  "end|>",
  '{"a": [1, 2]}',
  "x".repeat(300),
  "\n\nleading",
  "trailing  ",
  "assistant to=functions.x",
];
const NAMES = ["get_weather", "math.gcd", "functions.add", "a-b_c", "python", "stateful_python_code_exec"];

/** A well-formed but otherwise arbitrary conversation: turns of user, reasoning, calls with results, answers. */
export function randomConversation(random: () => number): Message[] {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const maybe = <T>(share: number, value: T) => (random() < share ? value : null);
  const out: Message[] = [];
  if (random() < 0.5) out.push(message("system", pick(BODIES)));
  if (random() < 0.3) out.push(message("developer", pick(BODIES)));
  for (let turn = Math.ceil(random() * 3); turn > 0; turn--) {
    out.push(message("user", pick(BODIES), { name: maybe(0.2, "bob") }));
    while (random() < 0.4) {
      const called = Array.from({ length: Math.ceil(random() * 2) }, () => pick(NAMES));
      out.push(
        message("assistant", maybe(0.4, pick(BODIES)), {
          reasoning_content: maybe(0.6, pick(BODIES)),
          tool_calls: calls(
            ...called.map((name): [string, string] => [
              name,
              pick(['{"code":"print(1)"}', "{}", "x = 1", "{bad"]),
            ]),
          ),
        }),
      );
      for (const name of called) out.push(message("tool", pick(BODIES), { name: maybe(0.8, name) }));
    }
    if (random() < 0.9) {
      out.push(
        message("assistant", pick(BODIES), {
          name: maybe(0.1, "ann"),
          channel: maybe(0.2, pick(["final", "commentary", "analysis"])),
          reasoning_content: maybe(0.5, pick(BODIES)),
        }),
      );
    }
  }
  return out;
}
