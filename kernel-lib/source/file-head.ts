/** What a file's first bytes say: byte order marks, pages and pointers saved in the place of data, packed data. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { errorText, InputError, ShardError } from "../errors";
import type { SourceFile } from "./source";

export interface FileHead {
  /** First bytes of the unpacked file, without a UTF-8 byte order mark. */
  readonly bytes: Buffer;
  readonly hasBom: boolean;
  /** Whether `bytes` is the whole file. */
  readonly whole: boolean;
  /** Size of the file on disk. */
  readonly fileBytes: number;
}

export const UTF8_BOM_BYTES = 3;

/**
 * The first `count` or so unpacked bytes of a file. Damaged gzip gives what could be unpacked; the reader names it.
 * @throws ShardError when the file cannot be opened or is not gzip though it should be.
 */
export function readHead(file: SourceFile, count: number): FileHead {
  let fd: number | null = null;
  try {
    fd = openSync(file.path, "r");
    const fileBytes = fstatSync(fd).size;
    const packed = Buffer.alloc(Math.min(count, fileBytes));
    const got = readSync(fd, packed, 0, packed.length, 0);
    let bytes: Buffer = packed.subarray(0, got);
    let whole = got === fileBytes;
    if (file.compression === "gzip" && fileBytes > 0) {
      if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
        throw new ShardError(
          `${file.name}: not gzip data, got ${contentName(bytes) ?? "other bytes"}; download it again, ` +
            `or take ".gz" off its name when it is already unpacked`,
        );
      }
      const unpacked = unpackHead(bytes);
      bytes = unpacked.bytes;
      whole = whole && unpacked.whole;
    }
    const hasBom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return { bytes: hasBom ? bytes.subarray(UTF8_BOM_BYTES) : bytes, hasBom, whole, fileBytes };
  } catch (error) {
    throw readFailure(file, error);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function unpackHead(packed: Buffer): { bytes: Buffer; whole: boolean } {
  try {
    return { bytes: gunzipSync(packed), whole: true };
  } catch {
    try {
      return { bytes: gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }), whole: false };
    } catch {
      return { bytes: Buffer.alloc(0), whole: false };
    }
  }
}

/**
 * Passes when `head` can be the beginning of a text file.
 * @throws InputError for UTF-16 and UTF-32; ShardError for a web page, a git-lfs pointer, or packed or binary data.
 */
export function checkHead(file: SourceFile, head: Buffer): void {
  const wide = wideEncoding(head);
  if (wide) {
    throw new InputError(
      `${file.name}: the text is ${wide} (by its byte order mark), expected UTF-8; ` +
        `convert it with "iconv -f ${wide.slice(0, 6)} -t UTF-8 ${file.path}"`,
    );
  }
  const name = contentName(head);
  if (name) throw new ShardError(`${file.name}: got ${name}, expected ${file.format.toUpperCase()} text`);
}

function wideEncoding(head: Buffer): string | null {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe)
    return c === 0 && d === 0 ? "UTF-32 (little endian)" : "UTF-16 (little endian)";
  if (a === 0xfe && b === 0xff) return "UTF-16 (big endian)";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32 (big endian)";
  return null;
}

const BINARY: readonly (readonly [string, string])[] = [
  ["PAR1", "Parquet data; rename it to .parquet"],
  ["\x1f\x8b", "gzip data; add .gz to its name"],
  ["\x28\xb5\x2f\xfd", 'Zstandard data; unpack it with "zstd -d"'],
  ["PK\x03\x04", 'a zip archive; unpack it with "unzip"'],
  ["BZh", 'bzip2 data; unpack it with "bunzip2"'],
  ["\xfd7zXZ", 'xz data; unpack it with "unxz"'],
  ["ARROW1", "an Arrow file; convert it to Parquet"],
];

/** What the bytes are, when they are surely no rows; null when nothing is known against them. */
export function contentName(head: Buffer): string | null {
  const text = head.toString("latin1", 0, 256);
  for (const [magic, name] of BINARY) if (text.startsWith(magic)) return name;
  if (text.startsWith("version https://git-lfs")) {
    return 'a git-lfs pointer instead of the data; fetch the data with "git lfs pull" or download the file again';
  }
  if (/^\s*<(!doctype|html|head|\?xml)/i.test(text)) {
    return "a web page (HTML) instead of the data, such as a login or error page; download the file again";
  }
  return null;
}

/** A failed system call as one line; other errors pass unchanged. */
export function readFailure(file: SourceFile, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof ShardError || typeof code !== "string" || !("syscall" in (error as object)))
    return error;
  const what =
    code === "ENOENT"
      ? `no such file (${file.path}); check the path or download it again`
      : code === "EACCES" || code === "EPERM"
        ? `no permission to read ${file.path}; change its permissions`
        : code === "EISDIR"
          ? `${file.path} is a folder, expected a file`
          : `cannot read ${file.path}: ${errorText(error)}`;
  return new ShardError(`${file.name}: ${what}`, { cause: error });
}
