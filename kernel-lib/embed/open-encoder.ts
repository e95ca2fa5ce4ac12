/** A model that can travel to another thread, and its encoder there. */
import type { Encoder } from "./encoder";
import { type OnnxEncoderSpec, openOnnxEncoder } from "./onnx-encoder";
import { openWordEncoder, type WordEncoderSpec } from "./word-encoder";

/** A model, ready to be opened in any thread: plain JSON. */
export type EncoderSpec = OnnxEncoderSpec | WordEncoderSpec;

const opened = new Map<string, Promise<Encoder>>();

/** The encoder; opened once in a thread for the same spec. */
export function openEncoder(spec: EncoderSpec): Promise<Encoder> {
  const key = JSON.stringify(spec);
  let encoder = opened.get(key);
  if (!encoder) {
    encoder = spec.kind === "words" ? Promise.resolve(openWordEncoder(spec)) : openOnnxEncoder(spec);
    opened.set(key, encoder);
    encoder.catch(() => opened.delete(key));
  }
  return encoder;
}

/** What the vectors' folder is called after: `owner/name`, a folder's name, or `words`. */
export function nameOf(spec: EncoderSpec): string {
  return spec.kind === "words" ? spec.name : spec.files.name;
}

/** Changes whenever the model does. */
export function digestOf(spec: EncoderSpec): string {
  return spec.kind === "words" ? spec.digest : spec.files.digest;
}
