/** A row that could not be read, found in quarantine/ by where it stood. */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { listFiles } from "../engine/commit";
import { rowKey, splitRowKey } from "../row";
import type { RunManifest } from "../run/manifest";

const headSchema = z.object({
  dataset: z.string(),
  subset: z.string(),
  split: z.string(),
  file: z.string(),
  /** 0-based. */
  row: z.number(),
  /** Byte in the unpacked file. */
  offset: z.number().nullable(),
  reason: z.string(),
  detail: z.string(),
});

export interface QuarantinedRow extends z.infer<typeof headSchema> {
  readonly rowKey: string;
  readonly sourceRevision: string;
  /** Path in the run folder, and the 1-based line there. */
  readonly quarantineFile: string;
  readonly line: number;
  /** The first bytes of what stood there, as text. */
  readonly beginning: string;
}

/** Bytes of a quarantine line that are looked at: the rest is the row itself, in base64. */
const LOOKED_AT = 64 * 1024;
const BEGINNING = 400;

/** The quarantined row with this key, and how many lines were looked at. Memory: one chunk, whatever the rows' size. */
export async function findQuarantined(
  run: string,
  { inputs }: RunManifest,
  key: string,
): Promise<{ readonly row: QuarantinedRow | null; readonly lines: number }> {
  let lines = 0;
  const wanted = splitRowKey(key);
  for (const name of listFiles(join(run, "quarantine")).filter((one) => one.endsWith(".jsonl"))) {
    for await (const { text, line } of lineHeads(join(run, "quarantine", name))) {
      lines++;
      const found = wanted ? readHead(text) : null;
      if (!found || found.head.row !== wanted?.row) continue;
      const { dataset, file, row } = found.head;
      const input = inputs.find((one) => rowKey(one.dataset, one.revision, file, row) === key);
      if (input?.dataset !== dataset) continue;
      return {
        lines,
        row: {
          ...found.head,
          ...{ rowKey: key, sourceRevision: input.revision, quarantineFile: `quarantine/${name}`, line },
          beginning: found.beginning,
        },
      };
    }
  }
  return { row: null, lines };
}

function readHead(text: string): { head: z.infer<typeof headSchema>; beginning: string } | null {
  const at = text.indexOf(',"bytes_base64":"');
  if (at < 0) return null;
  try {
    const head = headSchema.safeParse(JSON.parse(`${text.slice(0, at)}}`));
    if (!head.success) return null;
    const base64 = text.slice(at + ',"bytes_base64":"'.length).replace(/".*$/s, "");
    const bytes = Buffer.from(base64.slice(0, BEGINNING + 8), "base64");
    return { head: head.data, beginning: bytes.toString("utf8").slice(0, (BEGINNING / 4) * 3) };
  } catch {
    return null;
  }
}

async function* lineHeads(path: string): AsyncGenerator<{ text: string; line: number }, void, void> {
  let head = "";
  let line = 1;
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
    let rest = chunk as string;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      yield { text: head + rest.slice(0, Math.max(0, LOOKED_AT - head.length)).slice(0, end), line: line++ };
      head = "";
      rest = rest.slice(end + 1);
    }
    head += rest.slice(0, Math.max(0, LOOKED_AT - head.length));
  }
  if (head !== "") yield { text: head, line };
}
