/** Task: a range of lines → the signatures of its rows. */
import { closeSync, openSync, readSync } from "node:fs";
import type { TaskContext } from "../engine/engine";
import { type LineRange, nextLine } from "./line-file";
import { type DedupSettings, type SIGNATURE_VERSION, viewBits } from "./settings";
import { BATCH_ROWS, type SignModule, signModule } from "./sign-module";
import { SignatureWriter } from "./signature-file";

export interface SignSpec {
  readonly version: typeof SIGNATURE_VERSION;
  readonly range: LineRange;
  readonly settings: DedupSettings;
  /** Identity of the file: its size and time of change. */
  readonly basis: string;
  /** Where the signatures go, relative to the output folder. */
  readonly name: string;
}

export interface SignSummary {
  readonly rows: number;
}

/** Bytes read at a time; a longer line makes it grow. */
const INPUT_BYTES = 1 << 20;

export async function task(spec: unknown, context: TaskContext): Promise<SignSummary> {
  const { range, settings, name } = spec as SignSpec;
  const path = context.file(name);
  const rows = signRange(range, settings, path, {
    onBatch: (done, share) => {
      context.signal.throwIfAborted();
      context.progress(done, share);
    },
  });
  context.setRows(name, rows);
  return { rows };
}

/** The module set up for signatures of these settings. */
export function configured(settings: DedupSettings, fields: readonly (string | null)[]): SignModule {
  const module = signModule();
  module.configure(
    viewBits(settings),
    settings.ngram,
    settings.hashes,
    settings.near ? settings.bands : 0,
    settings.rowsPerBand,
    settings.exact === "collapsed" ? 1 : 0,
  );
  fields.forEach((field, slot) => {
    // A key stands in the line as JSON writes it.
    const bytes = Buffer.from(field === null ? "" : JSON.stringify(field).slice(1, -1));
    new Uint8Array(module.memory.buffer).set(bytes, module.field(slot, bytes.length));
  });
  return module;
}

/** Writes the signatures of the range's rows to `path`; gives how many rows there are. */
export function signRange(
  { file, from, to }: LineRange,
  settings: DedupSettings,
  path: string,
  { onBatch }: { readonly onBatch: (rows: number, share: number) => void },
): number {
  const module = configured(settings, [file.fields.text]);
  const start = nextLine(file.path, from);
  const end = nextLine(file.path, to);
  const bands = settings.near ? settings.bands : 0;
  const writer = new SignatureWriter(path, bands, settings.hashes);
  const descriptor = openSync(file.path, "r");
  try {
    let room = Math.max(4096, Math.min(INPUT_BYTES, end - start + 1));
    let input = module.input(room);
    let held = 0;
    let position = start;
    while (position < end || held > 0) {
      const wanted = Math.min(room - held, end - position);
      const bytes = new Uint8Array(module.memory.buffer);
      const got = wanted > 0 ? readSync(descriptor, bytes, input + held, wanted, position) : 0;
      position = got === 0 ? end : position + got;
      held += got;
      const offset = position - held;
      const last = position >= end ? 1 : 0;
      let used = 0;
      for (;;) {
        const before = used;
        used = module.signLines(before, held, last, offset);
        const rows = module.rowCount();
        drain(module, writer);
        if (rows < BATCH_ROWS || used >= held) break;
      }
      if (used === 0 && last === 0) {
        // One line is longer than the input: it grows, and the line moves to where it now begins.
        const line = new Uint8Array(module.memory.buffer).slice(input, input + held);
        room *= 2;
        input = module.input(room);
        new Uint8Array(module.memory.buffer).set(line, input);
        continue;
      }
      new Uint8Array(module.memory.buffer).copyWithin(input, input + used, input + held);
      held -= used;
      onBatch(writer.rows, (position - start) / Math.max(1, end - start));
      if (last === 1) break;
    }
  } finally {
    closeSync(descriptor);
    writer.close();
  }
  return writer.rows;
}

/** Moves the module's rows to the file, in steps that fit its block. */
function drain(module: SignModule, writer: SignatureWriter): void {
  const rows = module.rowCount();
  const { hashes } = writer;
  const { buffer } = module.memory;
  for (let done = 0; done < rows; ) {
    const count = Math.min(rows - done, writer.room);
    const first = done;
    writer.add(count, {
      column: (number, width) => Buffer.from(buffer, module.column(number) + first * width, count * width),
      band: (band) => Buffer.from(buffer, module.keyColumn() + (band * BATCH_ROWS + first) * 8, count * 8),
      sketches: () => Buffer.from(buffer, module.byteColumn() + first * hashes, count * hashes),
    });
    done += count;
  }
  module.clearRows();
}
