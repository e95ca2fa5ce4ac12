/** A text classifier in ONNX: a text → the probability of each label. */
import { InputError } from "../errors";
import { CHARACTERS_A_TOKEN, cutTokens, lengthBatches, openMarkedTokens } from "../model/cut-tokens";
import type { ModelFiles } from "../model/model-files";
import { openSession } from "../model/session";
import { ENCODER_INPUTS, tokenFeeds } from "../model/token-feeds";

/** A classifier, ready to be opened in any thread: plain JSON. */
export interface ClassifierSpec {
  readonly files: ModelFiles;
  /** In the order of the model's logits. */
  readonly labels: readonly string[];
  /** `softmax`: one label a text; `sigmoid`: each label by itself. */
  readonly activation: "softmax" | "sigmoid";
  readonly maxTokens: number;
  /** Padded tokens of a batch. */
  readonly batchTokens: number;
}

export interface Classified {
  /** For each text the probability of each label; null where the model gave no number. */
  readonly probabilities: readonly (readonly number[] | null)[];
  /** Whether the end of a text was left out. */
  readonly truncated: readonly boolean[];
}

export interface Classifier {
  /** Characters of a text that are looked at, at most. */
  readonly mostCharacters: number;
  classify(texts: readonly string[]): Promise<Classified>;
  close(): Promise<void>;
}

/**
 * The model is loaded, and has as many logits as there are labels.
 * @throws InputError for a model that is no sequence classifier, or has another number of labels.
 */
export async function openClassifier(spec: ClassifierSpec): Promise<Classifier> {
  const { files, labels, activation, maxTokens, batchTokens } = spec;
  const tokens = await openMarkedTokens(files.tokenizer);
  const session = await openSession(files, { threads: 1, knows: (name) => ENCODER_INPUTS.includes(name) });
  const output = session.outputs.find(({ name }) => name === "logits") ?? session.outputs[0]!;
  if (session.outputs.length > 1 && output.name !== "logits") {
    await session.close();
    throw new InputError(
      `model ${files.name}: has the outputs ${session.outputs.map(({ name }) => name).join(", ")}, expected logits: export it for text classification`,
    );
  }
  const run = async (batch: readonly Int32Array[]): Promise<Float32Array> => {
    const { [output.name]: result } = await session.run(tokenFeeds(session, batch), [output.name]);
    if (!(result?.data instanceof Float32Array)) {
      throw new InputError(
        `model ${files.name}: gives ${result?.type ?? "nothing"} as ${output.name}, expected float32: take a file of it with float32 outputs`,
      );
    }
    const [rows, width] = result.dims;
    if (result.dims.length !== 2 || rows !== batch.length || width !== labels.length) {
      throw new InputError(
        `model ${files.name}: ${output.name} has the shape [${result.dims.join(", ")}], expected [${batch.length}, ${labels.length}], a logit for each of the labels ${labels.join(", ")}`,
      );
    }
    return result.data;
  };
  try {
    await run([(await cutTokens(tokens, ["a"], spec))[0]!.ids]);
  } catch (error) {
    await session.close();
    throw error;
  }
  return {
    mostCharacters: maxTokens * CHARACTERS_A_TOKEN,
    async classify(texts) {
      const cut = await cutTokens(tokens, texts, { maxTokens });
      const probabilities = new Array<readonly number[] | null>(cut.length).fill(null);
      for (const batch of lengthBatches(cut, batchTokens)) {
        const logits = await run(batch.map((i) => cut[i]!.ids));
        for (const [row, i] of batch.entries()) {
          const own = Array.from(logits.subarray(row * labels.length, (row + 1) * labels.length));
          probabilities[i] = own.every(Number.isFinite) ? probabilitiesOf(own, activation) : null;
        }
      }
      return { probabilities, truncated: cut.map(({ truncated }) => truncated) };
    },
    close: () => session.close(),
  };
}

/** To six digits: the last ones depend on the texts that a text shares its batch with. */
function probabilitiesOf(logits: readonly number[], activation: "softmax" | "sigmoid"): number[] {
  const rounded = (value: number) => Math.round(value * 1e6) / 1e6;
  if (activation === "sigmoid") return logits.map((one) => rounded(1 / (1 + Math.exp(-one))));
  const most = Math.max(...logits);
  const powers = logits.map((one) => Math.exp(one - most));
  const sum = powers.reduce((total, one) => total + one, 0);
  return powers.map((one) => rounded(one / sum));
}
