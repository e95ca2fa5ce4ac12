/** A model's files on this machine: from a folder, the Hub, or the demonstration model that comes with the library. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError, nearestNames } from "../errors";
import { type HubRepo, openHubRepo } from "../hub/open-hub-repo";
import { hubSettings } from "../hub/settings";
import { interruptSignal } from "../interrupt";
import type { ProgressListener } from "../progress";
import { externalDataFiles } from "./external-data";

export interface ModelOptions {
  /** Branch, tag or commit on the Hub; default `main`. Folders have no revisions. */
  readonly revision?: string;
  /** The ONNX file to take, relative to the model: `onnx/model_fp16.onnx`. Default: `model.onnx`, at the top or in onnx/. */
  readonly file?: string;
  /** Default HF_TOKEN, then the token file of `hf auth login`. */
  readonly token?: string;
  /** Use what the cache holds, ask nobody. Default HF_HUB_OFFLINE. */
  readonly offline?: boolean;
  /** Default HF_ENDPOINT, else the public Hub. */
  readonly endpoint?: string;
  /** Default HF_HUB_CACHE, else `$HF_HOME/hub`. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
  /** Told about downloads in bytes. */
  readonly onProgress?: ProgressListener;
}

export interface ModelFiles {
  /** `owner/name`, a folder's name, or `demo`. */
  readonly name: string;
  /** Absolute: the folder or snapshot. */
  readonly folder: string;
  /** Absolute. Weights in other files stand beside it. */
  readonly onnx: string;
  /** Absolute: its tokenizer.json. */
  readonly tokenizer: string;
  /** sha256 over weights and tokenizer: the model's identity in scores and vectors. */
  readonly digest: string;
  /** Size of the weights. */
  readonly bytes: number;
  /** Positions that the model has, as its config.json says; null where that says nothing. */
  readonly contextLength: number | null;
  /** Remarks for people: an offline cache. */
  readonly notes: readonly string[];
}

/** Where an ONNX file is looked for, first come, first taken. */
const USUAL = [
  "model.onnx",
  "onnx/model.onnx",
  "decoder_model_merged.onnx",
  "onnx/decoder_model_merged.onnx",
  "decoder_model.onnx",
  "onnx/decoder_model.onnx",
];

/** Small files that come with the weights; the last two are those of sentence-transformers. */
const SETTINGS = ["tokenizer.json", "config.json", "sentence_bert_config.json", "1_Pooling/config.json"];

/**
 * The files of the model that `ref` names are on this machine. `ref`: a folder with ONNX weights (`model.onnx` at the top
 * or in onnx/, data files beside it) and tokenizer.json; one .onnx file in such a folder; `owner/name` on the Hub, whose
 * files go into the cache that huggingface_hub shares; or `demo`, the small model that comes with the library. What exists
 * on disk goes before the Hub. Reads the weights once for their checksum, unless the Hub stated it.
 *
 * @throws InputError for no such folder or repository, no or several ONNX files, no tokenizer.json, with what to do.
 * @example const { onnx, tokenizer } = await resolveModel("out/student")
 */
export async function resolveModel(ref: string, options: ModelOptions = {}): Promise<ModelFiles> {
  if (ref === "demo") return await localModel(demoFolder(), "demo", options);
  const path = resolve(ref);
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return await localModel(path, basename(path), options);
    if (!path.endsWith(".onnx")) {
      throw new InputError(
        `model ${ref}: is a file, expected a folder with model.onnx and tokenizer.json, or an .onnx file`,
      );
    }
    const folder = existsSync(join(dirname(path), "tokenizer.json")) ? dirname(path) : dirname(dirname(path));
    return await localModel(folder, basename(folder), { ...options, file: path.slice(folder.length + 1) });
  }
  const repo = /^(?:hf:\/\/)?([\w.-]+\/[\w.-]+)$/.exec(ref)?.[1];
  if (repo === undefined || /^\.{1,2}\//.test(ref)) {
    throw new InputError(
      `model ${ref}: no such folder; expected a folder with model.onnx and tokenizer.json, owner/name on the Hub, or demo`,
    );
  }
  return await hubModel(repo, options);
}

/** The demonstration model: in the sources beside score/, in a built library copied to the same place. */
function demoFolder(): string {
  const places = [join(__dirname, "..", "score", "demo-lm"), join(__dirname, "..", "..", "score", "demo-lm")];
  const found = places.find((folder) => existsSync(join(folder, "tokenizer.json")));
  if (found) return found;
  throw new InputError(
    `model demo: its files are missing (${places[0]}): run npm run build, or name another model`,
  );
}

async function localModel(folder: string, name: string, { file, signal }: ModelOptions): Promise<ModelFiles> {
  const names = onnxFiles(folder);
  const chosen = chooseOnnx(names, file, `model ${folder}`);
  const onnx = join(folder, chosen);
  const tokenizer = ["tokenizer.json", join(dirname(chosen), "tokenizer.json")]
    .map((each) => join(folder, each))
    .find((each) => existsSync(each));
  if (tokenizer === undefined) throw noTokenizer(`model ${folder}`);
  return await described({ name, folder, onnx, tokenizer, notes: [] }, new Map(), signal);
}

async function hubModel(repo: string, options: ModelOptions): Promise<ModelFiles> {
  const { revision, signal = interruptSignal(), onProgress, offline, file } = options;
  const settings = hubSettings(options);
  const remote = await openHubRepo(repo, {
    ...settings,
    kind: "model",
    offline: offline ?? settings.offline,
    signal,
    ...(revision === undefined ? {} : { revision }),
    ...(onProgress ? { onProgress } : {}),
  });
  const listed = new Set(remote.files.map(({ name }) => name));
  const subject = `model ${repo}`;
  const chosen = chooseOnnx(
    [...listed].filter((name) => name.endsWith(".onnx")),
    file,
    subject,
  );
  if (!listed.has("tokenizer.json")) throw noTokenizer(`${subject} at ${remote.commit.slice(0, 12)}`);
  const small = SETTINGS.filter((name) => listed.has(name));
  const paths = await remote.download([...small, chosen]);
  const onnx = paths.get(chosen)!;
  const beside = externalDataFiles(onnx).map((name) => join(dirname(chosen), name).replaceAll("\\", "/"));
  const absent = beside.filter((name) => !listed.has(name));
  if (absent.length > 0) throw noData(subject, absent);
  if (beside.length > 0) await remote.download(beside);
  const folder = dirname(paths.get("tokenizer.json")!);
  const files = { name: repo, folder, onnx, tokenizer: paths.get("tokenizer.json")!, notes: remote.notes };
  return await described(files, statedSums(remote, folder), signal);
}

/** Checksums that the Hub stated and the download verified, by path. */
function statedSums({ files }: HubRepo, folder: string): ReadonlyMap<string, string> {
  return new Map(
    files.flatMap(({ name, sha256 }) => (sha256 === null ? [] : [[join(folder, name), sha256] as const])),
  );
}

function chooseOnnx(names: readonly string[], wanted: string | undefined, subject: string): string {
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    const near = nearestNames(wanted, names);
    throw new InputError(
      `${subject}: no file ${wanted}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${some(names)}`}`,
    );
  }
  const usual = USUAL.find((name) => names.includes(name));
  if (usual !== undefined) return usual;
  if (names.length === 1) return names[0]!;
  if (names.length === 0) {
    throw new InputError(
      `${subject}: no .onnx file in it; export the model first (optimum-cli export onnx --model … DIR), or name a repository that has ONNX weights`,
    );
  }
  throw new InputError(
    `${subject}: several ONNX files and none called model.onnx: ${some(names)}; say which with file (--model-file)`,
  );
}

/** Shared by folders and their onnx/: paths relative to the folder. */
function onnxFiles(folder: string): string[] {
  return ["", "onnx"].flatMap((below) => {
    const at = join(folder, below);
    if (!existsSync(at) || !statSync(at).isDirectory()) return [];
    return readdirSync(at)
      .filter((name) => name.endsWith(".onnx"))
      .sort()
      .map((name) => (below === "" ? name : `${below}/${name}`));
  });
}

async function described(
  files: Pick<ModelFiles, "name" | "folder" | "onnx" | "tokenizer" | "notes">,
  sums: ReadonlyMap<string, string>,
  signal: AbortSignal | undefined,
): Promise<ModelFiles> {
  const { folder, onnx, tokenizer } = files;
  const data = externalDataFiles(onnx).map((name) => join(dirname(onnx), name));
  const absent = data.filter((path) => !existsSync(path));
  if (absent.length > 0)
    throw noData(
      `model ${folder}`,
      absent.map((path) => basename(path)),
    );
  const weights = [onnx, ...data];
  const hash = createHash("sha256");
  for (const path of [...weights, tokenizer]) {
    hash.update(`${sums.get(path) ?? (await sha256Of(path, signal))} ${basename(path)}\n`);
  }
  return {
    ...files,
    digest: hash.digest("hex"),
    bytes: weights.reduce((sum, path) => sum + statSync(path).size, 0),
    contextLength: contextLengthOf(folder),
  };
}

/** Checksums of this process, by path, size and time of change. */
const known = new Map<string, string>();

async function sha256Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const { size, mtimeMs } = statSync(path);
  const key = `${path} ${size} ${mtimeMs}`;
  let sum = known.get(key);
  if (sum === undefined) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
    }
    sum = hash.digest("hex");
    known.set(key, sum);
  }
  return sum;
}

const LENGTH_KEYS = [
  "max_position_embeddings",
  "n_positions",
  "max_sequence_length",
  "max_seq_len",
  "n_ctx",
  "seq_length",
];

function contextLengthOf(folder: string): number | null {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return null;
  try {
    const config = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const inner = (config.text_config ?? {}) as Record<string, unknown>;
    const stated = LENGTH_KEYS.flatMap((key) => [config[key], inner[key]]);
    const length = stated.find((value) => Number.isSafeInteger(value) && (value as number) > 0);
    return (length as number | undefined) ?? null;
  } catch {
    return null;
  }
}

function noTokenizer(subject: string): InputError {
  return new InputError(
    `${subject}: no tokenizer.json in it; save the model's fast tokenizer beside the weights: AutoTokenizer.from_pretrained(…).save_pretrained(DIR)`,
  );
}

function noData(subject: string, names: readonly string[]): InputError {
  return new InputError(
    `${subject}: the weights lie in ${some(names)}, which ${names.length === 1 ? "is" : "are"} missing; put ${names.length === 1 ? "it" : "them"} beside the .onnx file, under ${names.length === 1 ? "that name" : "those names"}`,
  );
}

function some(names: readonly string[]): string {
  return names.length > 6 ? `${names.slice(0, 6).join(", ")} and ${names.length - 6} more` : names.join(", ");
}
