/** JSONL rows for run tests: short conversations, some with a planted fault. */
import { writeFileSync } from "node:fs";

export interface Planted {
  readonly lines: number;
  readonly parseable: number;
  readonly emptyCompletions: number;
  readonly duplicates: number;
  readonly specials: number;
  readonly quarantined: Record<string, number>;
}

const BAD: readonly (readonly [string, Buffer])[] = [
  ["blank", Buffer.from("")],
  ["not_json", Buffer.from('{"messages": [1,}')],
  ["not_an_object", Buffer.from("[1, 2]")],
  ["invalid_utf8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
];

/** Writes `rows` lines: every 50th is not JSON, every 40th has an empty completion, every 30th repeats another row. */
export function writeRows(path: string, rows: number): Planted {
  const planted = { lines: rows, parseable: 0, emptyCompletions: 0, duplicates: 0, specials: 0 };
  const quarantined: Record<string, number> = {};
  const lines: Buffer[] = [];
  let repeat = "";
  for (let i = 0; i < rows; i++) {
    if (i % 50 === 7) {
      const [reason, bytes] = BAD[((i / 50) | 0) % BAD.length]!;
      lines.push(bytes);
      quarantined[reason] = (quarantined[reason] ?? 0) + 1;
      continue;
    }
    planted.parseable++;
    if (i % 30 === 11 && repeat) {
      lines.push(Buffer.from(repeat));
      planted.duplicates++;
      continue;
    }
    const empty = i % 40 === 3;
    const special = i % 400 === 5;
    if (empty) planted.emptyCompletions++;
    if (special) planted.specials++;
    const messages = [
      { role: "user", content: `Question ${i}: what is ${i} + ${i}?${special ? " <|end|>" : ""}` },
      { role: "assistant", content: empty ? "  " : `It is ${2 * i}. ${"Because. ".repeat(i % 17)}` },
    ];
    const line = JSON.stringify({ uuid: `u-${i}`, messages, license: "cc0-1.0", note: i / 4 });
    if (!empty && !special && i % 30 === 1) repeat = line;
    lines.push(Buffer.from(line));
  }
  writeFileSync(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])));
  return { ...planted, quarantined };
}
