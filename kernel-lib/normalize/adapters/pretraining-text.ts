import { canonicalizeJson } from "../../canonical-json";
import type { Adapter } from "../adapter";
import { decodeGpt2 } from "./gpt2-text";

const TOKEN_COLUMNS = ["tokens", "input_ids", "token_ids"];
const CLUSTER_COLUMNS = ["cluster_id", "cluster", "super_cluster"];

/** ClimbLab and other plain corpora: text, or GPT-2 token ids that are decoded; the whole text is learned. */
export const pretrainingText: Adapter = {
  name: "pretraining-text",
  shape: "text, or GPT-2 token ids (tokens, input_ids); cluster_id (optional)",
  detect: (columns) =>
    (columns.has("text") || TOKEN_COLUMNS.some((name) => columns.has(name))) && !columns.has("messages"),
  adapt(columns, place) {
    const { mapping } = place;
    const reasons: string[] = [];
    const textColumn = mapping?.text ?? "text";
    const tokenColumn = mapping?.tokens ?? TOKEN_COLUMNS.find((name) => columns.has(name));
    const clusterColumn = mapping?.cluster ?? CLUSTER_COLUMNS.find((name) => columns.has(name));
    let value = columns.text(textColumn);
    if (value === null && tokenColumn !== undefined) {
      const tokens = columns.value(tokenColumn);
      value = decodeGpt2(tokens);
      if (value !== null) columns.take(tokenColumn);
      else reasons.push(tokens === null ? "null_text" : "tokens_not_gpt2");
    } else if (value === null)
      reasons.push(columns.value(textColumn) == null ? "null_text" : "nonstring_text");
    return {
      messages: null,
      text: { kind: "plain", value: value ?? "" },
      lossMode: "all_text",
      domain: place.domain ?? "other",
      cluster: clusterColumn === undefined ? null : clusterText(columns, clusterColumn),
      reasons,
    };
  },
};

/** A cluster id as text; numbers keep their digits. */
function clusterText(columns: Parameters<Adapter["adapt"]>[0], name: string): string | null {
  const value = columns.value(name);
  if (typeof value !== "number") return columns.text(name);
  columns.take(name);
  return canonicalizeJson(columns.raw(name) ?? "null", "text");
}
