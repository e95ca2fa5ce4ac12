/** onnxruntime, and the only import of it. It is loaded on first use: 290 MB that most commands never need. */
import type * as OnnxRuntime from "onnxruntime-node";
import { errorText, InputError } from "./errors";

export type { InferenceSession, Tensor } from "onnxruntime-node";

/**
 * The runtime, loaded once.
 * @throws InputError where this system has no binary of it (macOS on x64) or its libraries cannot be loaded.
 */
export async function loadOnnxRuntime(): Promise<typeof OnnxRuntime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new InputError(
      `onnxruntime: cannot be loaded on ${process.platform} ${process.arch} (${errorText(cause)}); scoring needs Linux, Windows or an Apple silicon Mac with the packages of npm ci`,
      { cause },
    );
  }
}
