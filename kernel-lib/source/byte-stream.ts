/** The unpacked bytes of a file, in order, with bounded memory; a file that cannot be read names the fault and the cure. */

import { createReadStream, fstatSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { constants, createGunzip } from "node:zlib";
import { errorText, ShardError } from "../errors";
import { checkHead, readFailure, readHead, UTF8_BOM_BYTES } from "./file-head";
import type { SourceFile } from "./source";

/** A stretch of the unpacked file. `bytes` is reused: it is valid only until the next chunk is asked for. */
export interface Chunk {
  /** Where `bytes` begins in the unpacked file. */
  readonly offset: number;
  readonly bytes: Buffer;
}

export interface ChunkOptions {
  /** First byte wanted; default 0, which skips a UTF-8 byte order mark. */
  readonly start?: number;
  /** Byte after the last one wanted; default: the end of the file. */
  readonly end?: number | null;
  /** Largest chunk; default 1 MiB. */
  readonly chunkBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_CHUNK_BYTES = 1024 * 1024;

/**
 * Yields the bytes of a text file; gzip is unpacked (all members). Two buffers take turns, so that the disk reads
 * ahead while the caller works. The file is closed when the generator ends, is returned early or throws.
 * @throws ShardError when the file is missing, unreadable or not what its name says; InputError for UTF-16.
 */
export async function* readChunks(
  file: SourceFile,
  { start = 0, end = null, chunkBytes = DEFAULT_CHUNK_BYTES, signal }: ChunkOptions = {},
): AsyncGenerator<Chunk, void, void> {
  signal?.throwIfAborted();
  const head = readHead(file, 1024);
  if (head.fileBytes === 0) return;
  checkHead(file, head.bytes);
  const from = start === 0 && head.hasBom ? UTF8_BOM_BYTES : start;
  const chunks =
    file.compression === "gzip"
      ? unpackedChunks(file, from, chunkBytes)
      : plainChunks(file, from, end, chunkBytes);
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

async function* plainChunks(
  file: SourceFile,
  start: number,
  end: number | null,
  chunkBytes: number,
): AsyncGenerator<Chunk, void, void> {
  const handle = await openFile(file);
  try {
    const size = fstatSync(handle.fd).size;
    if (end !== null && end > size) throw changed(file, `it has ${size} bytes, the plan wants ${end}`);
    const stop = end ?? size;
    const room = Math.max(1, Math.min(chunkBytes, stop - start));
    let filling = Buffer.allocUnsafeSlow(room);
    let spare = stop - start > room ? Buffer.allocUnsafeSlow(room) : filling;
    let offset = start;
    let pending = readAt(handle, filling, offset, stop);
    while (offset < stop) {
      const got = await pending;
      if (got === 0) throw changed(file, `it ended at byte ${offset}, expected ${stop} bytes`);
      const bytes = filling.subarray(0, got);
      const chunkOffset = offset;
      offset += got;
      [filling, spare] = [spare, filling];
      if (offset < stop) pending = readAt(handle, filling, offset, stop);
      yield { offset: chunkOffset, bytes };
    }
  } catch (error) {
    throw readFailure(file, error);
  } finally {
    await handle.close();
  }
}

function readAt(handle: FileHandle, into: Buffer, offset: number, stop: number): Promise<number> {
  const read = handle
    .read(into, 0, Math.min(into.length, stop - offset), offset)
    .then(({ bytesRead }) => bytesRead);
  read.catch(() => undefined); // the reader may have returned early; whoever awaits still sees the failure
  return read;
}

async function* unpackedChunks(
  file: SourceFile,
  start: number,
  chunkBytes: number,
): AsyncGenerator<Chunk, void, void> {
  const input = createReadStream(file.path, { highWaterMark: 256 * 1024 });
  const gunzip = createGunzip({
    chunkSize: Math.max(constants.Z_MIN_CHUNK, Math.min(chunkBytes, 512 * 1024)),
  });
  pipeline(input, gunzip, () => undefined); // its error arrives in the loop below
  let offset = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      let at = Math.max(0, Math.min(piece.length, start - offset));
      while (at < piece.length) {
        const bytes = piece.subarray(at, at + chunkBytes);
        yield { offset: offset + at, bytes };
        at += bytes.length;
      }
      offset += piece.length;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("Z_")) throw readFailure(file, error);
    const what =
      code === "Z_BUF_ERROR"
        ? "the gzip data is cut short"
        : `the gzip data is damaged (${errorText(error)})`;
    throw new ShardError(
      `${file.name}: ${what} after unpacked byte ${offset} (the packed file has ${input.bytesRead} bytes up to there), ` +
        `expected a complete gzip file; download it again, or keep the readable part with ` +
        `"gzip -dc < ${file.path} > part"`,
      { cause: error },
    );
  } finally {
    gunzip.destroy();
    input.destroy();
  }
}

async function openFile(file: SourceFile): Promise<FileHandle> {
  try {
    return await open(file.path, "r");
  } catch (error) {
    throw readFailure(file, error);
  }
}

function changed(file: SourceFile, what: string): ShardError {
  return new ShardError(
    `${file.name}: changed while it was read: ${what}; start again when nothing writes to it`,
  );
}
