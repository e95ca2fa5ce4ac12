/** A classifier as a flag: which model, which labels, which text of a row. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors";
import { type ModelFiles, type ModelOptions, resolveModel } from "../model/model-files";
import type { ClassifierSpec } from "./classifier";

/** `prompt`: what the user says, all turns; `completion`: the last answer; `all`: both sides, in order; `text`: the row's text. */
export type ClassifierView = "prompt" | "completion" | "all" | "text";
export const CLASSIFIER_VIEWS: readonly ClassifierView[] = ["prompt", "completion", "all", "text"];

export interface ClassifierFlagOptions {
  /** snake_case: name of the sidecar `flags/<name>.v1`, and before each of its columns. */
  readonly name: string;
  /** Folder or repository on the Hub with ONNX weights and tokenizer.json, see `resolveModel`. */
  readonly model: string;
  /** Labels in the order of the model's logits; default `id2label` of its config.json. */
  readonly labels?: readonly string[];
  /** Probability from which on a label is true for a row; default 0.5. */
  readonly threshold?: number;
  /** Default `prompt`. */
  readonly view?: ClassifierView;
  /** `softmax` for one label a text, `sigmoid` for labels of their own; default what config.json says, else softmax. */
  readonly activation?: "softmax" | "sigmoid";
  /** Tokens of a text that are looked at; default the model's positions, at most 512. */
  readonly maxTokens?: number;
  /** Padded tokens of a batch; default 8,192. */
  readonly batchTokens?: number;
  /** Where the model is found, see `resolveModel`. */
  readonly from?: ModelOptions;
}

/** A classifier that `flag` and `flagRun` take; plain JSON. */
export interface ClassifierChoice {
  readonly classifier: ClassifierSpec & {
    readonly name: string;
    readonly view: ClassifierView;
    readonly threshold: number;
    /** Column of each label, in their order: `toxic_insult`; its probability is `toxic_insult_p`. */
    readonly columns: readonly string[];
  };
}

/**
 * A sequence-classification model (input_ids, attention_mask → logits) as a flag, for safety or anything else. It writes, for
 * each label, `<name>_<label>` and its probability `<name>_<label>_p` (0 to 1, six digits), and `<name>_label` (the most
 * probable), `<name>_truncated`, and `<name>_reason` (`no_text`, `not_finite`) where there are no values. The model's
 * digest stands in flag.json. This is an interface: no classifier comes with the project, and none was measured with it.
 * @throws InputError for a model that is not found, labels that nobody names, and a name that is no column's.
 * @example await flagRun("out/demo", { flags: [await classifierFlag({ name: "toxic", model: "out/toxic-onnx" })] })
 */
export async function classifierFlag(options: ClassifierFlagOptions): Promise<ClassifierChoice> {
  const { name, model, threshold = 0.5, view = "prompt", batchTokens = 8_192 } = options;
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw new InputError(
      `classifier ${name}: expected a name such as toxic (a-z, 0-9, _; at most 60 characters)`,
    );
  }
  if (!(threshold >= 0 && threshold <= 1))
    throw new InputError(`classifier ${name}: threshold ${threshold}, expected 0 to 1`);
  if (!CLASSIFIER_VIEWS.includes(view))
    throw new InputError(`classifier ${name}: view ${view}, expected one of ${CLASSIFIER_VIEWS.join(", ")}`);
  const files = await resolveModel(model, options.from ?? {});
  const config = configOf(files);
  const labels = options.labels ?? config.labels;
  if (!labels || labels.length === 0) {
    throw new InputError(
      `classifier ${name}: ${files.name} has no id2label in a config.json; name the labels in the order of its logits`,
    );
  }
  const columns = labels.map((label) => `${name}_${slugOf(label)}`);
  const taken = [...OWN_COLUMNS, ...labels.map((label) => `${slugOf(label)}_p`)].map(
    (own) => `${name}_${own}`,
  );
  const double = columns.find((column, i) => columns.indexOf(column) < i || taken.includes(column));
  if (double !== undefined) {
    throw new InputError(
      `classifier ${name}: two columns would be called ${double} (labels: ${labels.join(", ")}); give other labels`,
    );
  }
  const maxTokens = options.maxTokens ?? Math.min(512, files.contextLength ?? 512);
  const activation = options.activation ?? config.activation ?? (labels.length === 1 ? "sigmoid" : "softmax");
  return {
    classifier: { name, view, threshold, columns, files, labels, activation, maxTokens, batchTokens },
  };
}

/** Columns beside those of the labels. */
export const OWN_COLUMNS = ["label", "truncated", "reason"] as const;

function slugOf(label: string): string {
  const slug = label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  if (slug !== "") return slug;
  throw new InputError(
    `label ${JSON.stringify(label)}: has no letter or digit of a column's name; give other labels`,
  );
}

function configOf({ folder }: ModelFiles): {
  readonly labels?: readonly string[];
  readonly activation?: "softmax" | "sigmoid";
} {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return {};
  try {
    const { id2label, problem_type } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const named = typeof id2label === "object" && id2label !== null ? Object.entries(id2label) : [];
    const labels = named.sort(([a], [b]) => Number(a) - Number(b)).map(([, label]) => String(label));
    return {
      ...(labels.length > 0 ? { labels } : {}),
      ...(problem_type === "multi_label_classification" ? { activation: "sigmoid" as const } : {}),
    };
  } catch {
    return {};
  }
}
