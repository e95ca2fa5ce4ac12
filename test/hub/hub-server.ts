/** A small Hub on 127.0.0.1: dataset info, tree, refs, and content with ranges, redirects and planned faults. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ServedFile {
  readonly content: Buffer;
  /** In LFS: listed with a sha256 and served by redirect. */
  readonly lfs?: boolean;
  /** Listed size or checksum, where they differ from the content's. */
  readonly listedBytes?: number;
  readonly listedSha256?: string;
}

/** Answers a request in place of the server: true when it did. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export class HubServer {
  readonly files = new Map<string, ServedFile>();
  readonly requests: {
    method: string;
    url: string;
    range: string | null;
    authorization: string | null;
    host: string;
  }[] = [];
  faults: Fault[] = [];
  commit = "a".repeat(40);
  repo = "acme/rows";
  kind: "dataset" | "model" = "dataset";

  private constructor(
    private readonly server: Server,
    private readonly cdn: Server,
  ) {}

  static async start(): Promise<HubServer> {
    let hub: HubServer;
    const server = createServer((request, response) => hub.answer(request, response));
    const cdn = createServer((request, response) => hub.serveContent(request, response, "cdn"));
    for (const each of [server, cdn]) await new Promise<void>((done) => each.listen(0, "127.0.0.1", done));
    hub = new HubServer(server, cdn);
    return hub;
  }

  get endpoint(): string {
    return address(this.server);
  }

  async stop(): Promise<void> {
    for (const each of [this.server, this.cdn]) {
      each.closeAllConnections();
      await new Promise((done) => each.close(done));
    }
  }

  /** Requests for the content of `name`, the server's and the storage's. */
  contentRequests(
    name: string,
  ): { url: string; range: string | null; authorization: string | null; host: string }[] {
    return this.requests.filter(({ url }) => url.includes(`/${name}`) && !url.startsWith("/api/"));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? "";
    this.note(request, "hub");
    if (this.faults.some((fault) => fault(request, response))) return;
    const json = (value: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    const api = `/api/${this.kind}s/${this.repo}`;
    const content = `/${this.kind === "dataset" ? "datasets/" : ""}${this.repo}/resolve/${this.commit}/`;
    if (url.startsWith(`${api}/revision/`)) {
      const revision = decodeURIComponent(url.slice(`${api}/revision/`.length).split("?")[0]!);
      if (!["main", "v1", this.commit].includes(revision)) refuse(response, 404, "RevisionNotFound");
      else
        json({
          _id: "1",
          id: this.repo,
          sha: this.commit,
          private: false,
          lastModified: "2026-01-01T00:00:00Z",
        });
    } else if (url.startsWith(`${api}/tree/${this.commit}`)) {
      const entries = [...this.files].map(([path, file]) => this.entry(path, file));
      const half = Math.ceil(entries.length / 2);
      if (url.includes("cursor=2")) json(entries.slice(half));
      else json(entries.slice(0, half), { link: `<${this.endpoint}${url}&cursor=2>; rel="next"` });
    } else if (url === `${api}/refs`) json({ branches: [{ name: "main" }], tags: [{ name: "v1" }] });
    else if (url.startsWith(`/api/${this.kind}s?author=acme`))
      json([{ id: this.repo }, { id: "acme/other" }]);
    else if (url === "/api/datasets?limit=1") json([]);
    else if (url.startsWith("/api/whoami")) json({ name: "me" });
    else if (url.startsWith(content)) {
      const name = decodeURIComponent(url.slice(content.length));
      if (this.files.get(name)?.lfs) {
        response
          .writeHead(302, { location: `${address(this.cdn)}/store/${name}`, "x-repo-commit": this.commit })
          .end();
      } else this.serveContent(request, response, "hub");
    } else refuse(response, 404, "RepoNotFound");
  }

  private serveContent(request: IncomingMessage, response: ServerResponse, host: "hub" | "cdn"): void {
    if (host === "cdn") {
      this.note(request, "cdn");
      if (this.faults.some((fault) => fault(request, response))) return;
    }
    const name = [...this.files.keys()].find((path) =>
      decodeURIComponent(request.url ?? "").endsWith(`/${path}`),
    );
    const file = name === undefined ? undefined : this.files.get(name);
    if (!file) {
      refuse(response, 404, "EntryNotFound");
      return;
    }
    const { content } = file;
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from >= content.length && from > 0) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
      return;
    }
    const headers = {
      etag: `"${this.entry(name!, file).oid}"`,
      "x-repo-commit": this.commit,
      "content-length": String(content.length - from),
      ...(from > 0 ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    };
    response.writeHead(from > 0 ? 206 : 200, headers).end(content.subarray(from));
  }

  private entry(path: string, { content, lfs, listedBytes, listedSha256 }: ServedFile) {
    const size = listedBytes ?? content.length;
    const sha256 = listedSha256 ?? createHash("sha256").update(content).digest("hex");
    const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
    return {
      type: "file",
      path,
      size,
      oid,
      ...(lfs ? { lfs: { oid: sha256, size, pointerSize: 130 } } : {}),
    };
  }

  private note(request: IncomingMessage, host: string): void {
    this.requests.push({
      host,
      method: request.method ?? "",
      url: request.url ?? "",
      range: request.headers.range ?? null,
      authorization: request.headers.authorization ?? null,
    });
  }
}

/** Ends a request with a status and the Hub's error code. */
export function refuse(
  response: ServerResponse,
  status: number,
  code = "",
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...(code ? { "x-error-code": code } : {}), ...headers }).end("no");
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
