// An animated GIF from screenshots: one palette, and of each frame only what changed.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import gifenc from "gifenc";
import { PNG } from "pngjs";

const { GIFEncoder, applyPalette, quantize } = gifenc;
/** The palette is made from so many frames. */
const SAMPLED = 12;
const DIFFERENT = 12; // of 3 × 255, below it two pixels count as equal

export class Animation {
  /** PNG and how long it is shown. Decoded one at a time: a minute of frames would not fit otherwise. */
  #frames = [];

  /** The picture is shown for so many milliseconds; one that equals the last lengthens it. */
  add(png, milliseconds) {
    const last = this.#frames.at(-1);
    if (last?.png.equals(png)) last.milliseconds += milliseconds;
    else this.#frames.push({ png, milliseconds });
  }

  get frames() {
    return this.#frames.length;
  }

  /** Every frame as `001.png` and on. */
  save(folder) {
    mkdirSync(folder, { recursive: true });
    for (const [i, { png }] of this.#frames.entries())
      writeFileSync(path.join(folder, `${String(i + 1).padStart(3, "0")}.png`), png);
  }

  /** The GIF's bytes. `colors`: at most 256, one of them for "as before". */
  encode({ colors = 64 } = {}) {
    const palette = [...quantize(this.#samplePixels(), colors - 1), [0, 0, 0]];
    const unchanged = palette.length - 1;
    const gif = GIFEncoder();
    let before = null;
    for (const [i, { png, milliseconds }] of this.#frames.entries()) {
      const { data, width, height } = PNG.sync.read(png);
      const index = applyPalette(data, palette.slice(0, -1));
      if (before) {
        for (let p = 0, at = 0; p < index.length; p++, at += 4) {
          const distance =
            Math.abs(data[at] - before[at]) +
            Math.abs(data[at + 1] - before[at + 1]) +
            Math.abs(data[at + 2] - before[at + 2]);
          if (distance < DIFFERENT) {
            index[p] = unchanged;
            for (let c = 0; c < 3; c++) data[at + c] = before[at + c];
          }
        }
      }
      before = data;
      gif.writeFrame(index, width, height, {
        delay: milliseconds,
        dispose: 1,
        ...(i === 0 ? { palette } : { transparent: true, transparentIndex: unchanged }),
      });
    }
    gif.finish();
    return Buffer.from(gif.bytes());
  }

  #samplePixels() {
    const step = Math.max(1, Math.floor(this.#frames.length / SAMPLED));
    const sampled = this.#frames.filter((_, i) => i % step === 0).map(({ png }) => PNG.sync.read(png).data);
    const pixels = Buffer.alloc(sampled.reduce((sum, data) => sum + Math.ceil(data.length / 4 / 7) * 4, 0));
    let at = 0;
    for (const data of sampled) {
      for (let p = 0; p < data.length; p += 28) at += data.copy(pixels, at, p, p + 4);
    }
    return new Uint8Array(pixels.buffer, pixels.byteOffset, at);
  }
}
