/** A classifier as `flag` computes it: one text of each row, in batches of like length. */

import { openClassifier } from "../classify/classifier";
import { type ClassifierChoice, OWN_COLUMNS } from "../classify/classifier-flag";
import { InputError } from "../errors";
import { FLAGS } from "../flag";
import { isBlank, type RowView, rowViews } from "../flag/row-view";
import type { Message } from "../row";
import { sidecarOf } from "../step";
import type { ChosenFlag } from "./chosen-flag";

export function classifiedFlag(choice: ClassifierChoice): ChosenFlag {
  const { classifier } = choice;
  const { name, files, labels, columns, threshold, view, activation, maxTokens } = classifier;
  if (FLAGS.has(name)) {
    throw new InputError(`classifier ${name}: has the name of a built-in flag; give it another one`);
  }
  const [label, truncated, reason] = OWN_COLUMNS.map((own) => `${name}_${own}`) as [string, string, string];
  return {
    ...{ plan: choice, name, ref: name, folder: sidecarOf({ name, version: 1 }), errorColumn: null },
    reads: ["messages", "text"],
    columns: [
      ...columns.flatMap((column) => [
        { name: column, type: "BOOLEAN" },
        { name: `${column}_p`, type: "DOUBLE" },
      ]),
      { name: label, type: "VARCHAR" },
      { name: truncated, type: "BOOLEAN" },
      { name: reason, type: "VARCHAR" },
    ],
    facts: {
      ...{ flag: name, version: 1, params: { threshold, view } },
      classifier: { model: files.name, digest: files.digest, labels, activation, maxTokens },
    },
    async open() {
      const model = await openClassifier(classifier);
      return {
        async values(batch, keys) {
          const messages = batch.messages as readonly (readonly Message[] | null)[];
          const views = rowViews({ messages, text: batch.text as readonly string[] });
          const texts = views.map((one, i) => textOf(one, view, String(batch.text![i] ?? "")));
          const asked = texts.flatMap((text, i) => (isBlank(text) ? [] : [i]));
          const found = await model.classify(asked.map((i) => texts[i]!));
          const values = columns.flatMap(() => [nulls(keys), nulls(keys)]);
          const [best, cut] = [nulls(keys), nulls(keys)];
          const reasons: (string | null)[] = keys.map(() => "no_text");
          asked.forEach((i, k) => {
            const shares = found.probabilities[k]!;
            cut[i] = found.truncated[k]!;
            reasons[i] = shares === null ? "not_finite" : null;
            if (shares === null) return;
            shares.forEach((share, at) => {
              values[2 * at]![i] = share >= threshold;
              values[2 * at + 1]![i] = share;
            });
            best[i] = labels[shares.indexOf(Math.max(...shares))];
          });
          return [...values, best, cut, reasons];
        },
        close: () => model.close(),
      };
    },
  };
}

function nulls(keys: readonly unknown[]): unknown[] {
  return new Array<unknown>(keys.length).fill(null);
}

function textOf(
  { bodies, completion, messages }: RowView,
  view: ClassifierChoice["classifier"]["view"],
  text: string,
): string {
  if (view === "text" || messages.length === 0) return text;
  if (view === "completion") return completion?.text ?? "";
  const roles = view === "prompt" ? ["user"] : ["user", "assistant"];
  const said = bodies.filter(({ role, part }) => part === "content" && roles.includes(role));
  return said.map((body) => body.text).join("\n\n");
}
