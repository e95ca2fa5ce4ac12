import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readMessage, writeMessage } from "../../kernel-lib/kernel/wire";

const identity = Buffer.from([0, 1, 2]);

describe("wire", () => {
  it("reads what it writes, with identities, parent and binary buffers", () => {
    const request = readMessage(
      writeMessage("comm_msg", { code: "😀" }, null, "key", { identities: [identity] }),
      "key",
    );
    expect(request).toMatchObject({ identities: [identity], content: { code: "😀" }, buffers: [] });
    const buffers = [Buffer.from([255, 0, 254])];
    const frames = writeMessage("stream", { name: "stdout" }, request.header, "key", {
      buffers,
      metadata: { a: 1 },
    });
    const answer = readMessage(frames, "key");
    expect(answer).toMatchObject({ metadata: { a: 1 }, buffers, identities: [] });
    expect(answer.header.msg_type).toBe("stream");
    expect(JSON.parse(frames[3]!.toString())).toEqual(request.header);
  });

  it("signs the four JSON parts and nothing else, as Jupyter specifies", () => {
    const frames = writeMessage("stream", {}, null, "secret", {
      identities: [identity],
      buffers: [Buffer.from("binary")],
    });
    const hmac = createHmac("sha256", "secret");
    for (const part of frames.slice(3, 7)) hmac.update(part);
    expect(frames[2]!.toString()).toBe(hmac.digest("hex"));
  });

  it("refuses a changed or foreign message", () => {
    const frames = writeMessage("execute_request", { code: "1" }, null, "key");
    const changed = frames.map((frame) => (frame.includes("code") ? Buffer.from('{"code":"2"}') : frame));
    expect(() => readMessage(changed, "key")).toThrow("wrong signature");
    expect(() => readMessage(frames, "other key")).toThrow("wrong signature");
    expect(() => readMessage([Buffer.from("x")], "key")).toThrow("not a Jupyter message");
    expect(readMessage(frames, "").content).toEqual({ code: "1" });
  });
});
