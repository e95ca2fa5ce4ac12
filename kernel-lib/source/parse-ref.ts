/** What a dataset reference means, before anything is looked up. */

import { homedir } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors";

export type ParsedRef =
  | { readonly kind: "local"; readonly path: string }
  | {
      readonly kind: "hub";
      /** `owner/name`. */
      readonly repo: string;
      readonly revision: string | null;
      /** File, folder or glob in the repository. */
      readonly path: string | null;
      /** From the address of a viewer page. */
      readonly subset: string | null;
      readonly split: string | null;
    }
  /** `owner/name` or `a/b/c`: a local path when it exists, else a repository. */
  | { readonly kind: "either"; readonly path: string; readonly hub: HubRef | null };

export type HubRef = Extract<ParsedRef, { kind: "hub" }>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const FORMS = "a file, a folder, owner/name or hf://datasets/owner/name[@revision][/path]";

/**
 * The meaning of `ref`. Always local: what starts with `./`, `../`, `/`, `~`, a drive letter or `file:`. Always a
 * repository: `hf://datasets/owner/name[@revision][/path]`, `hf://owner/name`, the address of a dataset page at
 * `endpoint`. `owner/name` and `datasets/owner/name` may be either; `resolveSource` says which wins.
 * Throws InputError for models, spaces and other addresses.
 *
 * @example parseRef("hf://datasets/nvidia/Nemotron-Math-v2@main/data/low.jsonl")
 */
export function parseRef(ref: string, endpoint = "https://huggingface.co"): ParsedRef {
  if (ref.trim() === "") throw new InputError(`open: empty reference, expected ${FORMS}`);
  if (ref.startsWith("hf://")) return parseHubPath(ref, ref.slice("hf://".length));
  if (/^https?:\/\//i.test(ref)) return parsePage(ref, endpoint);
  if (ref.startsWith("file://")) return { kind: "local", path: decodeURIComponent(new URL(ref).pathname) };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(ref)) {
    throw new InputError(`open ${ref}: unknown kind of address, expected ${FORMS}; download it first`);
  }
  if (ref === "~" || ref.startsWith("~/")) return { kind: "local", path: join(homedir(), ref.slice(1)) };
  if (/^(\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[/\\])/.test(ref)) return { kind: "local", path: ref };
  let hub: HubRef | null = null;
  try {
    hub = parseHubPath(ref, ref);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  return { kind: "either", path: ref, hub };
}

function parseHubPath(ref: string, text: string): HubRef {
  const kind = /^(models|spaces|buckets|kernels)\//.exec(text)?.[1];
  if (kind) throw new InputError(`open ${ref}: ${kind} are not datasets, expected hf://datasets/owner/name`);
  const [owner, named, ...rest] = text
    .replace(/^datasets\//, "")
    .replace(/\/+$/, "")
    .split("/");
  const [name, ...revisions] = (named ?? "").split("@");
  let revision: string | null = null;
  let path = rest;
  if (revisions.length > 0) {
    revision = decodeURIComponent(revisions.join("@"));
    if (revision === "~parquet") revision = "refs/convert/parquet";
    if (revision === "refs" && rest.length >= 2) {
      revision = ["refs", ...rest.slice(0, 2)].join("/");
      path = rest.slice(2);
    }
  }
  if (!owner || !name || !NAME.test(owner) || !NAME.test(name) || revision === "") {
    throw new InputError(
      `open ${ref}: not a dataset name, expected hf://datasets/owner/name[@revision][/path]`,
    );
  }
  if (path.includes("..")) throw new InputError(`open ${ref}: ".." leaves the repository`);
  const inside = path.join("/");
  return {
    kind: "hub",
    repo: `${owner}/${name}`,
    revision,
    path: inside === "" ? null : inside,
    subset: null,
    split: null,
  };
}

function parsePage(ref: string, endpoint: string): HubRef {
  const url = new URL(ref);
  const hosts = ["huggingface.co", "www.huggingface.co", "hf.co", new URL(endpoint).host];
  const parts = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  if (!hosts.includes(url.host) || parts[0] !== "datasets" || parts.length < 3) {
    throw new InputError(
      `open ${url.origin}${url.pathname}: not the page of a dataset, expected ${endpoint}/datasets/owner/name; ` +
        "download other addresses first and open the file",
    );
  }
  const base = parseHubPath(ref, parts.slice(1, 3).join("/"));
  const [view, first, ...rest] = parts.slice(3);
  if (view === "viewer") return { ...base, subset: first ?? null, split: rest[0] ?? null };
  if ((view === "tree" || view === "blob" || view === "resolve" || view === "raw") && first) {
    const long = first === "refs" && rest.length >= 2;
    const revision = long ? [first, ...rest.slice(0, 2)].join("/") : first;
    const path = (long ? rest.slice(2) : rest).join("/");
    return { ...base, revision, path: path === "" ? null : path };
  }
  return base;
}
