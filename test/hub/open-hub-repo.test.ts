import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InputError } from "../../kernel-lib/errors";
import { openHubRepo } from "../../kernel-lib/hub/open-hub-repo";
import { pingHub } from "../../kernel-lib/hub/ping-hub";
import type { HubRepoOptions } from "../../kernel-lib/hub/repo-options";
import { hubSettings } from "../../kernel-lib/hub/settings";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { HubServer, refuse } from "./hub-server";

const TOKEN = "hf_secretSECRETsecret";
const rows = Buffer.from(Array.from({ length: 3000 }, (_, i) => `{"i":${i},"text":"row ${i}"}\n`).join(""));
const parquetLike = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

let hub: HubServer;
let root: string;
let cacheDir: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "corpuslab-hub-"));
  cacheDir = join(root, "hf/hub");
  hub = await HubServer.start();
  hub.files.set("README.md", { content: Buffer.from("---\nlicense: mit\n---\n") });
  hub.files.set("data/train.jsonl", { content: rows, lfs: true });
  hub.files.set("data/test.jsonl", { content: Buffer.from('{"i":-1}\n') });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HOME", join(root, "hf"));
  vi.stubEnv("HF_TOKEN", TOKEN);
  for (const name of [
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "HF_HUB_OFFLINE",
    "HUGGING_FACE_HUB_TOKEN",
    "HF_TOKEN_PATH",
  ])
    vi.stubEnv(name, "");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  for (const path of filesUnder(root)) expect(readFileSync(path).includes(TOKEN)).toBe(false);
  rmSync(root, { recursive: true, force: true });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

function options(rest: Partial<HubRepoOptions> = {}): HubRepoOptions {
  return { ...hubSettings(), retryDelayMs: 1, ...rest };
}

/** The message of the InputError; no part of it, nor of its causes, holds the token. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    expect(`${at.message}${at.stack}${JSON.stringify(at)}`).not.toContain(TOKEN);
  }
  return (error as Error).message;
}

test("a dataset is pinned, downloaded into the layout of huggingface_hub, and read again from the cache", async () => {
  const seen: number[] = [];
  const source = await resolveSource("acme/rows", { onProgress: ({ done }) => seen.push(done) });
  expect(source.revision).toBe(hub.commit);
  expect(source.license).toBe("mit");
  expect(source.origin).toBe(`${hub.endpoint}/datasets/acme/rows/tree/${hub.commit}`);
  expect(source.splits.map(({ split, files }) => [split, files.map(({ name }) => name)])).toEqual([
    ["train", ["data/train.jsonl"]],
    ["test", ["data/test.jsonl"]],
  ]);
  const sha256 = createHash("sha256").update(rows).digest("hex");
  const train = source.splits[0]!.files[0]!;
  expect(train).toMatchObject({ sha256, bytes: rows.length, format: "jsonl" });
  const repo = join(cacheDir, "datasets--acme--rows");
  expect(train.path).toBe(join(repo, "snapshots", hub.commit, "data/train.jsonl"));
  expect(readlinkSync(train.path)).toBe(`../../../blobs/${sha256}`);
  expect(readFileSync(train.path).equals(rows)).toBe(true);
  expect(readFileSync(join(repo, "refs/main"), "utf8")).toBe(hub.commit);
  expect(readdirSync(join(repo, "blobs")).length).toBe(3);
  expect(seen.at(-1)).toBe(rows.length + 9);
  const storage = hub
    .contentRequests("data/train.jsonl")
    .map(({ host, authorization }) => [host, authorization]);
  expect(storage).toEqual([
    ["hub", `Bearer ${TOKEN}`],
    ["cdn", null],
  ]);
  hub.requests.length = 0;
  await resolveSource("acme/rows", { revision: hub.commit });
  expect(hub.requests.filter(({ url }) => !url.startsWith("/api/"))).toEqual([]);
});

test("only the wanted splits are downloaded", async () => {
  await resolveSource("hf://datasets/acme/rows@v1", { splits: ["test"] });
  expect(hub.contentRequests("data/train.jsonl")).toEqual([]);
  expect(readFileSync(join(cacheDir, "datasets--acme--rows/refs/v1"), "utf8")).toBe(hub.commit);
});

test("a cut connection is continued by a range, in the same call and in the next one", async () => {
  hub.files.set("data/train.jsonl", { content: parquetLike, lfs: true });
  let cuts = 2;
  hub.faults = [
    (request, response) => {
      if (!request.url?.startsWith("/store/") || cuts-- <= 0) return false;
      const from = Number(/(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        "content-length": String(parquetLike.length - from),
        "content-range": `bytes ${from}-${parquetLike.length - 1}/${parquetLike.length}`,
      });
      response.write(parquetLike.subarray(from, from + 100_000), () =>
        setTimeout(() => response.destroy(), 50),
      );
      return true;
    },
  ];
  const repo = await openHubRepo("acme/rows", options());
  const paths = await repo.download(["data/train.jsonl"]);
  expect(readFileSync(paths.get("data/train.jsonl")!).equals(parquetLike)).toBe(true);
  expect(hub.contentRequests("store/data/train.jsonl").map(({ range }) => range)).toEqual([
    null,
    "bytes=100000-",
    "bytes=200000-",
  ]);

  rmSync(cacheDir, { recursive: true });
  const again = await openHubRepo("acme/rows", options());
  const blobs = join(cacheDir, "datasets--acme--rows/blobs");
  mkdirSync(blobs, { recursive: true });
  const sha256 = createHash("sha256").update(parquetLike).digest("hex");
  writeFileSync(join(blobs, `${sha256}.incomplete`), parquetLike.subarray(0, 123_456));
  hub.requests.length = 0;
  await again.download(["data/train.jsonl"]);
  expect(hub.contentRequests("store/data/train.jsonl").map(({ range }) => range)).toEqual(["bytes=123456-"]);
  expect(readdirSync(blobs)).toEqual([sha256]);
});

test("a connection that only breaks ends with what to do, and keeps what came", async () => {
  hub.faults = [
    (request, response) => {
      if (!request.url?.startsWith("/store/")) return false;
      response.destroy();
      return true;
    },
  ];
  const repo = await openHubRepo("acme/rows", options({ retries: 2 }));
  expect(await refusal(repo.download(["data/train.jsonl"]))).toMatch(
    /acme\/rows.*run it again, it continues there/s,
  );
});

test("a wrong size and a wrong checksum are refused, and nothing of them stays", async () => {
  hub.files.set("data/train.jsonl", { content: rows, lfs: true, listedBytes: rows.length + 5 });
  const long = await openHubRepo("acme/rows", options());
  expect(await refusal(long.download(["data/train.jsonl"]))).toBe(
    `download acme/rows/data/train.jsonl: the server has ${rows.length} bytes, expected ${rows.length + 5} as the Hub lists; nothing was kept. Try again later`,
  );
  hub.files.set("data/train.jsonl", { content: rows, lfs: true, listedBytes: rows.length - 5 });
  const short = await openHubRepo("acme/rows", options());
  expect(await refusal(short.download(["data/train.jsonl"]))).toContain(
    `more than the ${rows.length - 5} bytes that the Hub lists`,
  );
  hub.files.set("data/train.jsonl", { content: rows, lfs: true, listedSha256: "0".repeat(64) });
  const wrong = await openHubRepo("acme/rows", options());
  expect(await refusal(wrong.download(["data/train.jsonl"]))).toMatch(
    /^download acme\/rows\/data\/train\.jsonl: sha256 [0-9a-f]{12}…, expected 000000000000…, twice; nothing was kept\. Try again later/,
  );
  expect(
    filesUnder(join(cacheDir, "datasets--acme--rows")).filter((path) => /blobs|snapshots/.test(path)),
  ).toEqual([]);
});

test("401, 403 and 404 say whether it is the token, the terms, the name, the revision or the file", async () => {
  const answer = (status: number, code: string) => {
    hub.faults = [
      (request, response) => {
        if (!request.url?.includes("/revision/")) return false;
        refuse(response, status, code);
        return true;
      },
    ];
  };
  const page = `${hub.endpoint}/datasets`;
  answer(401, "RepoNotFound");
  expect(await refusal(openHubRepo("acme/row", options()))).toBe(
    `open acme/row: the token was refused, or no such dataset. Did you mean acme/rows? Check HF_TOKEN and the name on ${page}/acme/row (HTTP 401)`,
  );
  expect(await refusal(openHubRepo("acme/row", options({ token: null })))).toBe(
    `open acme/row: no such dataset, or it is private: then set HF_TOKEN. Did you mean acme/rows? Check the name on ${page}/acme/row (HTTP 401)`,
  );
  answer(403, "GatedRepo");
  expect(await refusal(openHubRepo("acme/rows", options()))).toBe(
    `open acme/rows: a gated dataset. The token has no access: accept its terms on ${page}/acme/rows, with the account that the token belongs to (HTTP 403)`,
  );
  answer(403, "");
  expect(await refusal(openHubRepo("acme/rows", options()))).toBe(
    `open acme/rows: access refused. The token may lack rights: see ${page}/acme/rows (HTTP 403)`,
  );
  hub.faults = [];
  expect(await refusal(openHubRepo("acm/rows", options({ knownDatasets: ["acme/rows", "x/y"] })))).toContain(
    "Did you mean acme/rows?",
  );
  expect(await refusal(openHubRepo("acme/rows", options({ revision: "v2" })))).toBe(
    `open acme/rows: no revision v2; did you mean v1? Branches and tags stand on ${page}/acme/rows (HTTP 404)`,
  );
  const repo = await openHubRepo("acme/rows", options());
  hub.faults = [
    (request, response) => {
      if (!request.url?.includes("/resolve/")) return false;
      refuse(response, 404, "EntryNotFound");
      return true;
    },
  ];
  expect(await refusal(repo.download(["data/test.jsonl"]))).toContain("a listed file is no longer there");
});

test("429 waits as long as Retry-After says; 503 for ever ends after the bounded tries", async () => {
  let busy = 1;
  const times: number[] = [];
  hub.faults = [
    (request, response) => {
      if (!request.url?.includes("/revision/")) return false;
      times.push(Date.now());
      if (busy-- <= 0) return false;
      refuse(response, 429, "", { "retry-after": "1" });
      return true;
    },
  ];
  expect((await openHubRepo("acme/rows", options())).commit).toBe(hub.commit);
  expect(times.length).toBe(2);
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
  hub.faults = [
    (_request, response) => {
      refuse(response, 503);
      return true;
    },
  ];
  hub.requests.length = 0;
  expect(await refusal(openHubRepo("acme/rows", options({ retries: 2 })))).toBe(
    "open acme/rows: the Hub is failing (HTTP 503 (tried 3 times)). Try again later; what was loaded is kept (HTTP 503)",
  );
  expect(hub.requests.length).toBe(3);
});

test("without a network a complete snapshot is used and said; an incomplete one and none are refused", async () => {
  await resolveSource("acme/rows");
  const down = await closedPort();
  vi.stubEnv("HF_ENDPOINT", down);
  const source = await resolveSource("acme/rows");
  expect(source.revision).toBe(hub.commit);
  expect(source.notes).toEqual([
    `acme/rows: no network, read from the cache at commit aaaaaaaaaaaa (${join(cacheDir, "datasets--acme--rows")})`,
  ]);
  expect(await refusal(resolveSource("acme/rows", { revision: "v1" }))).toMatch(
    /cannot be reached \(ECONNREFUSED\), and v1 is not in the cache .*--hub-dir/,
  );
  rmSync(source.splits[0]!.files[0]!.path);
  rmSync(join(cacheDir, "datasets--acme--rows/blobs", source.splits[0]!.files[0]!.sha256!));
  expect(await refusal(resolveSource("acme/rows"))).toMatch(
    /no network, and data\/train\.jsonl is not complete in the cache/,
  );
  vi.stubEnv("HF_ENDPOINT", "http://no-such-host.invalid");
  expect(await refusal(resolveSource("acme/none"))).toMatch(
    /no-such-host\.invalid cannot be reached \((ENOTFOUND|EAI_AGAIN)\)/,
  );
});

test("HF_HUB_OFFLINE asks nobody, and takes a snapshot of another tool as it is", async () => {
  await resolveSource("acme/rows");
  rmSync(join(cacheDir, "datasets--acme--rows/.corpuslab"), { recursive: true });
  vi.stubEnv("HF_ENDPOINT", await closedPort());
  expect(await refusal(resolveSource("acme/rows"))).toContain("set HF_HUB_OFFLINE=1 to use them as they are");
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  hub.requests.length = 0;
  const source = await resolveSource("acme/rows");
  expect(source.splits.map(({ split }) => split)).toEqual(["train", "test"]);
  expect(hub.requests).toEqual([]);
});

test("a listed name that leaves the snapshot is refused", async () => {
  hub.files.set("../../evil.jsonl", { content: rows });
  const repo = await openHubRepo("acme/rows", options());
  expect(await refusal(repo.download(["../../evil.jsonl"]))).toContain("unsafe name");
  expect(existsSync(join(cacheDir, "evil.jsonl"))).toBe(false);
});

test("an abort stops the download with the signal's reason", async () => {
  const stop = new AbortController();
  hub.faults = [
    (request, response) => {
      if (!request.url?.startsWith("/store/")) return false;
      response.writeHead(200, { "content-length": "1000000" }).write("x");
      setTimeout(() => stop.abort(new Error("stopped by hand")), 30);
      return true;
    },
  ];
  await expect(resolveSource("acme/rows", { signal: stop.signal })).rejects.toThrow("stopped by hand");
});

test("pingHub says whether the Hub and the token are good, in one line", async () => {
  expect(await pingHub()).toEqual({
    ok: true,
    detail: expect.stringMatching(/answers in \d+ ms; the token is accepted$/),
  });
  hub.faults = [
    (request, response) => {
      if (!request.url?.includes("whoami")) return false;
      refuse(response, 401);
      return true;
    },
  ];
  const refused = await pingHub();
  expect(refused.ok).toBe(false);
  expect(refused.detail).toMatch(/the token is refused: set HF_TOKEN to a valid one, or unset it$/);
  vi.stubEnv("HF_ENDPOINT", await closedPort());
  expect(await pingHub({ timeoutMs: 500 })).toEqual({
    ok: false,
    detail: expect.stringMatching(
      /cannot be reached \(ECONNREFUSED\); local files and --hub-dir work without it$/,
    ),
  });
});

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return `http://127.0.0.1:${port}`;
}
