/** A model loaded into onnxruntime, its inputs and outputs by name. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { errorText, InputError } from "../errors";
import { type InferenceSession, loadOnnxRuntime, type Tensor } from "../onnx";
import type { ModelFiles } from "./model-files";

export type { Tensor };

export type Device = "cpu" | "cuda";

export interface SessionOptions {
  /** Default `cpu`. `cuda` needs onnxruntime's CUDA libraries, see docs/score.md. */
  readonly device?: Device;
  /** Threads of one run; default one. A process with several workers has a session in each. */
  readonly threads?: number;
  /** Inputs that the caller can feed. A model that has others is refused, with their names. */
  readonly knows?: (input: string) => boolean;
}

/** An input or output as the model declares it. */
export interface TensorInfo {
  readonly name: string;
  /** `int64`, `float32`, `float16` … */
  readonly type: string;
  /** A number where the size is fixed, else the model's name for it. */
  readonly shape: readonly (number | string)[];
}

/** A tensor's numbers, row by row. float16 comes as its bits where this Node has no Float16Array. */
export interface TensorData {
  readonly type: string;
  readonly data: Tensor["data"];
  readonly dims: readonly number[];
}

export interface ModelSession {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** A tensor to feed, over `data` without a copy. */
  tensor(type: Tensor.Type, data: Tensor["data"], dims: readonly number[]): Tensor;
  /** The named outputs (default all) for these inputs. Blocks this thread while the model runs. */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/**
 * The model of `files` is loaded and ready to run.
 *
 * @throws InputError for a file that is no whole ONNX model, weights that cannot be read, inputs that the caller does not
 * know, and a device that is not there; each with what to do.
 * @example const session = await openSession(await resolveModel("demo"), { threads: 2 })
 */
export async function openSession(
  files: ModelFiles,
  { device = "cpu", threads = 1, knows }: SessionOptions = {},
): Promise<ModelSession> {
  const runtime = await loadOnnxRuntime();
  if (device === "cuda") requireCuda(runtime.listSupportedBackends());
  const session = await runtime.InferenceSession.create(files.onnx, {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // Lengths change from run to run, so a pattern of one run's memory serves no other.
    enableMemPattern: false,
    // Faults come as errors; without this they are printed too.
    logSeverityLevel: 4,
  }).catch((cause: unknown) => {
    throw cannotLoad(files, device, cause);
  });
  const inputs = described(session.inputMetadata);
  const outputs = described(session.outputMetadata);
  const unknown = knows ? inputs.filter(({ name }) => !knows(name)) : [];
  if (unknown.length > 0) {
    await session.release();
    throw new InputError(
      `model ${files.name}: wants ${unknown.map(infoText).join(", ")}, which is not known here; expected the inputs of a text model (input_ids, attention_mask, position_ids, past_key_values.…): export it for text generation or feature extraction`,
    );
  }
  if (!inputs.some(({ name }) => name === "input_ids")) {
    await session.release();
    throw new InputError(
      `model ${files.name}: has no input input_ids; it has ${inputs.map(infoText).join(", ")}: is it a text model?`,
    );
  }
  return {
    inputs,
    outputs,
    tensor: (type, data, dims) => new runtime.Tensor(type, data as never, dims) as Tensor,
    run: async (feeds, names) => await (names ? session.run(feeds, [...names]) : session.run(feeds)),
    close: () => session.release(),
  };
}

function described(metadata: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: value.shape }
      : { name: value.name, type: "no tensor", shape: [] },
  );
}

/** `input_ids int64 [batch, seq]` */
export function infoText({ name, type, shape }: TensorInfo): string {
  return `${name} ${type} [${shape.join(", ")}]`;
}

function requireCuda(backends: readonly { readonly name: string }[]): void {
  if (backends.some(({ name }) => name === "cuda")) return;
  throw new InputError(
    `device cuda: this onnxruntime has ${backends.map(({ name }) => name).join(", ") || "no such provider"}; it needs Linux on x64, an NVIDIA GPU ` +
      "with CUDA 12 and cuDNN 9, and one more download: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12. Or leave --device out",
  );
}

function cannotLoad(files: ModelFiles, device: Device, cause: unknown): InputError {
  const text = errorText(cause).replace(/\s+/g, " ").trim();
  const bytes = statSync(files.onnx).size.toLocaleString("en-US");
  const subject = `model ${files.name}: ${basename(files.onnx)} (${bytes} bytes)`;
  if (device === "cuda" && /cuda|cudnn|cublas|libonnxruntime_providers/i.test(text)) {
    return new InputError(
      `device cuda: its libraries cannot be loaded (${text}); node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12 loads onnxruntime's, CUDA 12 and cuDNN 9 must be there. Or leave --device out`,
      { cause },
    );
  }
  const what = /protobuf|parse|invalid model|unexpected end/i.test(text)
    ? "is no whole ONNX model: a download that was cut short? Load it again"
    : "cannot be loaded: export it again, or name another file of it with --model-file";
  return new InputError(`${subject} ${what} (onnxruntime: ${text})`, { cause });
}
