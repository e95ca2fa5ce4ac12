import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Outbox } from "../../kernel-lib/kernel/outbox";

/** Takes messages as ZeroMQ does: throws while one waits; every tenth waits. */
class BusySocket {
  readonly sent: string[] = [];
  private waits = false;

  send([frame]: readonly Buffer[]): Promise<void> {
    if (this.waits) throw new Error("Socket is busy writing; only one send operation may be in progress");
    this.sent.push(String(frame));
    if (this.sent.length % 10 !== 0) return Promise.resolve();
    this.waits = true;
    return sleep(1).then(() => {
      this.waits = false;
    });
  }
}

describe("Outbox", () => {
  it("loses nothing and keeps the order when the socket is busy and in bursts", async () => {
    const socket = new BusySocket();
    const outbox = new Outbox(socket);
    const messages = Array.from({ length: 1_000 }, (_, i) => String(i));
    for (const [i, message] of messages.entries()) {
      outbox.send([Buffer.from(message)]);
      if (i % 300 === 0) await sleep(2);
    }
    await outbox.idle();
    expect(socket.sent).toEqual(messages);
  });

  it("hands over at once, before the event loop turns", () => {
    const socket = new BusySocket();
    const outbox = new Outbox(socket);
    for (const message of ["a", "b", "c"]) outbox.send([Buffer.from(message)]);
    expect(socket.sent).toEqual(["a", "b", "c"]);
  });

  it("forgets what a closed socket does not take", async () => {
    let tried = 0;
    const outbox = new Outbox({
      send: () => {
        tried++;
        return Promise.reject(new Error("closed"));
      },
    });
    for (let i = 0; i < 300; i++) outbox.send([Buffer.from("x")]);
    await outbox.idle();
    expect(tried).toBe(201); // the rest of the burst is let go with its first
    outbox.send([Buffer.from("y")]);
    await outbox.idle();
    expect(tried).toBe(202);
  });
});
