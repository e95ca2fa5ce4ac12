/** Sends frames in order. ZeroMQ takes some 500 messages at once and refuses more until the event loop has turned. */
import type { Socket } from "./tslab";

const BURST = 200;

export class Outbox {
  private burst = 0;
  private draining = false;
  private readonly waiting: (readonly Buffer[])[] = [];

  constructor(private readonly socket: Socket) {}

  /** The frames are handed over now, also from a loop that blocks the process; after a burst, when the loop turns. */
  send(frames: readonly Buffer[]): void {
    if (this.draining || this.burst >= BURST) {
      this.waiting.push(frames);
      if (!this.draining) void this.drain();
      return;
    }
    if (this.burst++ === 0) setImmediate(() => (this.burst = 0));
    this.socket.send(frames).catch(() => undefined); // closed: the front end is gone
  }

  /** Settles when everything was handed over. */
  async idle(): Promise<void> {
    while (this.draining) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  private async drain(): Promise<void> {
    this.draining = true;
    await new Promise((resolve) => setImmediate(resolve));
    try {
      for (let frames = this.waiting.shift(); frames; frames = this.waiting.shift())
        await this.socket.send(frames);
    } catch {
      this.waiting.length = 0; // closed
    }
    this.draining = false;
  }
}
