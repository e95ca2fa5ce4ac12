/** How near an answer is to its request in meaning, by a model's vectors: a flag that needs a model. */
import type { Encoder } from "../embed/encoder";
import { digestOf, type EncoderSpec, nameOf, openEncoder } from "../embed/open-encoder";
import { type EncoderOptions, resolveEncoder } from "../embed/resolve-encoder";
import { rowViews } from "../flag/row-view";
import type { Message } from "../row";
import { sidecarOf } from "../step";
import type { ChosenFlag } from "./chosen-flag";

/** A similarity that `flag` and `flagRun` take; plain JSON. */
export interface SimilarityChoice {
  readonly similarity: EncoderSpec;
}

const NAME = "prompt_similarity";

/**
 * The similarity of the last request and the answer as a flag: `prompt_similarity` is the cosine of their vectors (−1 to 1, six
 * digits), beside it `prompt_similarity_truncated` (the model saw a part of one of them) and `prompt_similarity_reason` where
 * there is no value (`no_prompt`, `no_completion`, `not_finite`). A weak signal: an answer off the topic is low, but so is a
 * number or a line of code that is right, and a request that is only repeated is high. Compare within a dataset.
 *
 * @param model `words`, or an encoder as `embed` takes it: a folder or `owner/name` on the Hub.
 * @throws InputError for a model that is not found.
 * @example await flagRun("out/demo", { flags: ["alignment", await similarityFlag("out/minilm-onnx")] })
 */
export async function similarityFlag(model: string, options: EncoderOptions = {}): Promise<SimilarityChoice> {
  return { similarity: await resolveEncoder(model, options) };
}

/** The choice as it is computed. */
export function similarityOf(choice: SimilarityChoice): ChosenFlag {
  const spec = choice.similarity;
  return {
    ...{
      plan: choice,
      name: NAME,
      ref: NAME,
      folder: sidecarOf({ name: NAME, version: 1 }),
      errorColumn: null,
    },
    reads: ["messages", "text"],
    columns: [
      { name: NAME, type: "DOUBLE" },
      { name: `${NAME}_truncated`, type: "BOOLEAN" },
      { name: `${NAME}_reason`, type: "VARCHAR" },
    ],
    facts: {
      ...{ flag: NAME, version: 1, params: {} },
      similarity: { model: nameOf(spec), digest: digestOf(spec), maxTokens: spec.maxTokens },
    },
    async open() {
      const encoder = await openEncoder(spec);
      return {
        async values(batch) {
          const messages = batch.messages as readonly (readonly Message[] | null)[];
          const views = rowViews({ messages, text: batch.text as readonly string[] });
          return await similarities(
            encoder,
            views.map(({ prompt, completion, messages: said }) => ({
              prompt: prompt?.text ?? null,
              completion: said.length === 0 ? null : (completion?.text ?? null),
            })),
          );
        },
        async close() {},
      };
    },
  };
}

async function similarities(
  encoder: Encoder,
  pairs: readonly { readonly prompt: string | null; readonly completion: string | null }[],
): Promise<readonly (readonly unknown[])[]> {
  const values: (number | null)[] = pairs.map(() => null);
  const truncated: (boolean | null)[] = pairs.map(() => null);
  const reasons: (string | null)[] = pairs.map(({ prompt, completion }) =>
    prompt === null ? "no_prompt" : completion === null ? "no_completion" : null,
  );
  const asked = pairs.flatMap((_, i) => (reasons[i] === null ? [i] : []));
  const texts = asked.flatMap((i) => [pairs[i]!.prompt!, pairs[i]!.completion!]);
  const found =
    texts.length === 0
      ? null
      : await encoder.encode(texts.map((text) => text.slice(0, encoder.mostCharacters)));
  asked.forEach((i, k) => {
    const [a, b] = [found!.vectors[2 * k], found!.vectors[2 * k + 1]];
    truncated[i] = [2 * k, 2 * k + 1].some(
      (at) => found!.truncated[at] === true || texts[at]!.length > encoder.mostCharacters,
    );
    if (!a || !b) {
      reasons[i] = found!.reasons[2 * k] ?? found!.reasons[2 * k + 1] ?? "not_finite";
      return;
    }
    values[i] = Math.round(a.reduce((sum, one, at) => sum + one * b[at]!, 0) * 1e6) / 1e6;
  });
  return [values, truncated, reasons];
}
