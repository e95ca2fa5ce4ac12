/** All adapters by name, in the order in which detection tries them: the more particular shape first. */
import { InputError, nearestNames } from "../../errors";
import { DOMAINS, type Domain } from "../../row";
import type { Adapter, ColumnMapping, RowPlace } from "../adapter";
import { codeforcesCots } from "./codeforces-cots";
import { dolci } from "./dolci";
import { harmonyText } from "./harmony-text";
import { hhRlhf } from "./hh-rlhf";
import { instructionResponse } from "./instruction-response";
import { messages } from "./messages";
import { metamath } from "./metamath";
import { nemotronMath } from "./nemotron-math";
import { nemotronProofs } from "./nemotron-proofs";
import { openmath } from "./openmath";
import { openorca } from "./openorca";
import { pretrainingText } from "./pretraining-text";
import { sharegpt } from "./sharegpt";

export const ADAPTERS: ReadonlyMap<string, Adapter> = new Map(
  [
    nemotronMath,
    nemotronProofs,
    codeforcesCots,
    dolci,
    messages,
    sharegpt,
    hhRlhf,
    openorca,
    openmath,
    metamath,
    instructionResponse,
    harmonyText,
    pretrainingText,
  ].map((adapter) => [adapter.name, adapter]),
);

const PARTS = ["messages", "system", "prompt", "context", "response", "text", "tokens", "cluster"] as const;

/**
 * An adapter and what it is told, as one text that fits a task's parameters:
 * `instruction-response?domain=code&prompt=q&response=a`.
 */
export function adapterReference(
  name: string,
  { domain, mapping = {} }: { readonly domain?: Domain; readonly mapping?: ColumnMapping } = {},
): string {
  const told = new URLSearchParams();
  if (domain) told.set("domain", domain);
  for (const part of PARTS) if (mapping[part] !== undefined) told.set(part, mapping[part]);
  return told.size === 0 ? name : `${name}?${told}`;
}

/**
 * The adapter that a reference names, bound to the domain and columns it gives.
 * @throws InputError when there is no such adapter, domain or part; with the nearest names.
 * @example resolveAdapter("messages?domain=agentic")
 */
export function resolveAdapter(reference: string): Adapter {
  const [name = "", query = ""] = reference.split(/\?(.*)/s);
  const adapter = ADAPTERS.get(name);
  if (!adapter) throw unknown("adapter", name, [...ADAPTERS.keys()], reference);
  const told: Record<string, string> = {};
  let domain: Domain | undefined;
  for (const [part, value] of new URLSearchParams(query)) {
    if (part === "domain") {
      if (!(DOMAINS as readonly string[]).includes(value)) throw unknown("domain", value, DOMAINS, reference);
      domain = value as Domain;
    } else if ((PARTS as readonly string[]).includes(part)) told[part] = value;
    else throw unknown("part", part, ["domain", ...PARTS], reference);
  }
  if (query === "") return adapter;
  let last: { readonly place: RowPlace; readonly bound: RowPlace } | null = null;
  return {
    ...adapter,
    adapt(columns, place) {
      if (last?.place !== place) {
        last = {
          place,
          bound: { ...(domain ? { domain } : {}), ...place, mapping: { ...told, ...place.mapping } },
        };
      }
      return adapter.adapt(columns, last.bound);
    },
  };
}

function unknown(kind: string, got: string, expected: readonly string[], reference: string): InputError {
  const near = nearestNames(got, expected);
  const hint = near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
  return new InputError(
    `adapter reference "${reference}": got ${kind} "${got}", expected ${expected.join(" | ")}${hint}`,
  );
}
