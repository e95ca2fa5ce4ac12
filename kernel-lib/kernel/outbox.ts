/**
 * Sends frames in order. ZeroMQ takes some 500 messages at once and refuses more until the event loop has turned; and it
 * refuses any message while one waits for its network thread, which happens now and then on a busy machine.
 */
import type { Socket } from "./tslab";

const BURST = 200;

export class Outbox {
  private burst = 0;
  private draining = false;
  private last: Promise<void> = Promise.resolve();
  private readonly waiting: (readonly Buffer[])[] = [];

  constructor(private readonly socket: Pick<Socket, "send">) {}

  /** The frames are handed over now, also from a loop that blocks the process; after a burst, when the loop turns. */
  send(frames: readonly Buffer[]): void {
    if (!this.draining && this.burst < BURST && this.handedOver(frames)) {
      if (this.burst++ === 0) setImmediate(() => (this.burst = 0));
      return;
    }
    this.waiting.push(frames);
    if (!this.draining) void this.drain();
  }

  /** Settles when everything was handed over. */
  async idle(): Promise<void> {
    while (this.draining) await new Promise((resolve) => setTimeout(resolve, 1));
    await this.last;
  }

  /** False when the socket is busy with the message before. */
  private handedOver(frames: readonly Buffer[]): boolean {
    try {
      this.last = this.socket.send(frames).catch(() => undefined); // closed: the front end is gone
      return true;
    } catch {
      return false;
    }
  }

  private async drain(): Promise<void> {
    this.draining = true;
    await new Promise((resolve) => setImmediate(resolve));
    await this.last;
    try {
      for (let frames = this.waiting.shift(); frames; frames = this.waiting.shift())
        await this.socket.send(frames);
    } catch {
      this.waiting.length = 0; // closed
    }
    this.draining = false;
  }
}
