/** Jupyter's messages as ZeroMQ frames: identities, delimiter, signature, four JSON parts, binary buffers. */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

export interface Message {
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly metadata: Record<string, unknown>;
  readonly content: Record<string, unknown>;
  readonly buffers: readonly Buffer[];
}

const DELIMITER = Buffer.from("<IDS|MSG>");
const SESSION = randomUUID();

/** The message in `frames`. Throws when the signature is not the key's: somebody else is talking to the socket. */
export function readMessage(frames: readonly Buffer[], key: string): Message {
  const at = frames.findIndex((frame) => frame.equals(DELIMITER));
  const parts = frames.slice(at + 2, at + 6);
  if (at < 0 || parts.length < 4)
    throw new Error("not a Jupyter message: the delimiter or a part is missing");
  const signature = Buffer.from(frames[at + 1]!.toString(), "hex");
  const expected = Buffer.from(sign(parts, key), "hex");
  if (key !== "" && (signature.length !== expected.length || !timingSafeEqual(signature, expected))) {
    throw new Error("a Jupyter message with a wrong signature was ignored");
  }
  const [header, , metadata, content] = parts.map((part) => JSON.parse(part.toString()) as never);
  return {
    identities: frames.slice(0, at),
    header: header as unknown as Header,
    metadata: metadata as unknown as Record<string, unknown>,
    content: content as unknown as Record<string, unknown>,
    buffers: frames.slice(at + 6),
  };
}

/** Frames of a new message. `parent` is the request it answers or belongs to; buffers are not part of the signature. */
export function writeMessage(
  type: string,
  content: object,
  parent: Header | null,
  key: string,
  {
    identities = [],
    metadata = {},
    buffers = [],
  }: {
    readonly identities?: readonly Buffer[];
    readonly metadata?: object;
    readonly buffers?: readonly Uint8Array[];
  } = {},
): Buffer[] {
  const header: Header = {
    msg_id: randomUUID(),
    msg_type: type,
    session: SESSION,
    username: "kernel",
    date: new Date().toISOString(),
    version: "5.3",
  };
  const parts = [header, parent ?? {}, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
  return [...identities, DELIMITER, Buffer.from(sign(parts, key)), ...parts, ...buffers.map(bufferOf)];
}

function sign(parts: readonly Buffer[], key: string): string {
  if (key === "") return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** The same bytes, not a copy. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
