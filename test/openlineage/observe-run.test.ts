/** Events of real runs, validated by OpenLineage's own Python client, in a file and at a real HTTP server. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Ajv from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { listFiles } from "../../kernel-lib/engine/commit";
import { folderDataset, type LineageJob } from "../../kernel-lib/openlineage/event";
import { observeRun } from "../../kernel-lib/openlineage/observe-run";
import { lineageSettings } from "../../kernel-lib/openlineage/settings";
import { uuid7 } from "../../kernel-lib/openlineage/uuid7";
import { ensureTestVenv } from "../../scripts/test-venv.mjs";
import { type Planted, writeRows } from "../run/make-rows";
import { ROOT, temporaryFolder } from "../run/run-cli";

interface Event {
  eventType: string;
  eventTime: string;
  run: { runId: string; facets: Record<string, Record<string, unknown>> };
  job: { namespace: string; name: string };
  inputs: Dataset[];
  outputs: Dataset[];
}
interface Dataset {
  namespace: string;
  name: string;
  facets: Record<string, { fields?: unknown[]; datasetVersion?: string }>;
  inputFacets?: Record<string, Record<string, unknown>>;
  outputFacets?: Record<string, Record<string, unknown>>;
}

const KEY = "not-to-be-written-4711";
const folder = temporaryFolder();
const source = join(folder, "rows.jsonl");
let planted: Planted;
const VARIABLES = ["URL", "ENDPOINT", "API_KEY", "NAMESPACE", "PARENT_ID", "DISABLED"].map(
  (name) => `OPENLINEAGE_${name}`,
);
const { python, reason } = ensureTestVenv();

beforeAll(() => {
  for (const name of VARIABLES) delete process.env[name];
  planted = writeRows(source, 200);
});
afterEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});

const eventsOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);

/** A run by the command line, without blocking this process: the server of these tests lives in it. */
function normalize(out: string, env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) {
  const bin = join(ROOT, "kernel-lib", "bin", "corpuslab.js");
  const child = spawn(process.execPath, [bin, "normalize", source, "--out", out, "--workers", "1", ...args], {
    env: { ...process.env, ...env },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return new Promise<{ code: number | null } & typeof output>((resolve) =>
    child.on("close", (code) => resolve({ code, ...output })),
  );
}

/** A server that keeps what it is sent and answers with `status`. */
async function lineageServer(status: number) {
  const got: { path: string; authorization: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      got.push({
        path: `${request.method} ${request.url}`,
        authorization: request.headers.authorization,
        body,
      });
      response.writeHead(status, { location: "/elsewhere" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    got,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

/** What the official client says of the events; it fails with the place of the first fault. */
function validated(text: string): { events: number; facets: string[] } {
  const { status, stdout, stderr } = spawnSync(
    python!,
    [join(ROOT, "test", "python", "openlineage_validate.py")],
    { input: text, encoding: "utf8" },
  );
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout);
}

const job: LineageJob = {
  ...{ name: "pipeline short", type: "PIPELINE", version: "1.2.3", parameters: { limit: 5, words: ["a"] } },
  code: { language: "typescript", text: "// keep_short@2\n" },
  inputs: [folderDataset("/data/run")],
  outputs: [
    {
      ...folderDataset("/data/short"),
      columns: [{ name: "row_key", type: "VARCHAR" }],
      follows: {
        input: folderDataset("/data/run"),
        columns: [
          { field: "too_long", from: ["text"], by: "long@1" },
          { field: null, from: ["stats_char_len"], by: "keep_short@2" },
        ],
      },
    },
  ],
};

describe("a run", () => {
  it.skipIf(python === null)(
    `tells its start and its end in the run folder, in events of the spec${reason ? ` (skipped: ${reason})` : ""}`,
    async () => {
      const out = join(folder, "file");
      expect((await normalize(out)).code).toBe(0);
      const text = readFileSync(join(out, "openlineage.jsonl"), "utf8");
      const { events, facets } = validated(text);
      expect([events, facets.map((facet) => facet.split(" ")[0])]).toEqual([
        2,
        expect.arrayContaining([
          "schema",
          "version",
          "inputStatistics",
          "outputStatistics",
          "processing_engine",
        ]),
      ]);
      const [start, end] = eventsOf(text) as [Event, Event];
      expect([start.eventType, end.eventType]).toEqual(["START", "COMPLETE"]);
      expect(end.run.runId).toBe(start.run.runId);
      expect(end.eventTime >= start.eventTime).toBe(true);
      expect(end.job).toMatchObject({ namespace: "corpuslab", name: "normalize rows" });
      expect(end.inputs).toMatchObject([
        {
          ...{ namespace: "file", name: source, facets: { version: { datasetVersion: "local" } } },
          inputFacets: {
            inputStatistics: { rowCount: 200, fileCount: 1, size: readFileSync(source).length },
          },
        },
      ]);
      const shard = join(out, "rows", "train", "part-00000.parquet");
      expect(end.outputs.map(({ name }) => name)).toEqual([
        out,
        join(out, "rejected"),
        join(out, "quarantine"),
      ]);
      expect(end.outputs[0]!.facets.schema!.fields![0]).toEqual({
        ...{ name: "row_key", type: "VARCHAR", ordinal_position: 1 },
      });
      expect(end.outputs.map(({ outputFacets }) => outputFacets!.outputStatistics!.rowCount)).toEqual([
        planted.parseable - planted.specials,
        planted.specials,
        planted.lines - planted.parseable,
      ]);
      expect(end.outputs[0]!.outputFacets!.outputStatistics!.size).toBe(readFileSync(shard).length);
      const ajv = addFormats(new Ajv());
      const schema = readFileSync(
        join(ROOT, "kernel-lib", "dist", "openlineage", "ledger-run-facet.json"),
        "utf8",
      );
      const ledger = end.run.facets.corpuslab_ledger!;
      expect([ajv.validate(JSON.parse(schema), ledger), ajv.errorsText()]).toEqual([true, "No errors"]);
      expect(ledger.stages).toEqual([
        {
          ...{ stage: "normalize", rowsIn: 200, rowsOut: planted.parseable - planted.specials },
          ...{ rejected: { special_in_body: planted.specials }, quarantined: planted.quarantined },
        },
      ]);
      await normalize(out, {}, ["--resume"]);
      const again = eventsOf(readFileSync(join(out, "openlineage.jsonl"), "utf8"));
      expect(again.map(({ eventType }) => eventType)).toEqual(["START", "COMPLETE", "START", "COMPLETE"]);
      expect(again[3]!.run.runId > again[0]!.run.runId).toBe(true);
    },
  );

  it("posts to OPENLINEAGE_URL with the key, and writes neither events nor key", async () => {
    const server = await lineageServer(201);
    const out = join(folder, "posted");
    const parent = "01933333-0000-7000-8000-000000000000";
    const { code, stdout, stderr } = await normalize(out, {
      ...{ OPENLINEAGE_URL: `${server.url}/lake/`, OPENLINEAGE_API_KEY: KEY, OPENLINEAGE_NAMESPACE: "lab" },
      OPENLINEAGE_PARENT_ID: `airflow/nightly.curate/${parent}`,
    });
    server.close();
    expect(code).toBe(0);
    expect(server.got.map(({ path, authorization }) => [path, authorization])).toEqual([
      ["POST /lake/api/v1/lineage", `Bearer ${KEY}`],
      ["POST /lake/api/v1/lineage", `Bearer ${KEY}`],
    ]);
    const events = eventsOf(server.got.map(({ body }) => body).join("\n"));
    expect(events.map(({ eventType, job }) => [eventType, job.namespace])).toEqual([
      ["START", "lab"],
      ["COMPLETE", "lab"],
    ]);
    expect(events[1]!.run.facets.parent).toMatchObject({
      run: { runId: parent },
      job: { namespace: "airflow", name: "nightly.curate" },
    });
    if (python) expect(validated(server.got.map(({ body }) => body).join("\n")).events).toBe(2);
    expect(existsSync(join(out, "openlineage.jsonl"))).toBe(false);
    expect(stdout + stderr + server.got.map(({ body }) => body).join("")).not.toContain(KEY);
    for (const name of listFiles(out)) expect(readFileSync(join(out, name)).includes(KEY), name).toBe(false);
  });

  it.each([[503], [302]])(
    "goes on when the server answers %i, says so once and keeps the events",
    async (status) => {
      const server = await lineageServer(status);
      const out = join(folder, `refused-${status}`);
      const url = server.url.replace("http://", "http://ada:secret%21@");
      const { code, stderr } = await normalize(out, { OPENLINEAGE_URL: url });
      server.close();
      expect(code).toBe(0);
      expect(server.got.map(({ authorization }) => authorization)).toEqual(
        Array(2).fill(`Basic ${Buffer.from("ada:secret!").toString("base64")}`),
      );
      expect(stderr.match(/OpenLineage: .*/g)).toEqual([
        `OpenLineage: ${server.url.slice(7)}/api/v1/lineage answered ${status}; the run goes on, its events are kept in ${out}/openlineage.jsonl`,
      ]);
      expect(eventsOf(readFileSync(join(out, "openlineage.jsonl"), "utf8"))).toHaveLength(2);
    },
  );

  it("goes on when nobody listens, and when the address is none", async () => {
    const server = await lineageServer(200);
    server.close();
    for (const [url, said] of [
      [server.url, /127\.0\.0\.1:\d+\/api\/v1\/lineage cannot be reached \(.*ECONNREFUSED/],
      ["lineage.example", /OPENLINEAGE_URL is no http or https address/],
    ] as const) {
      const out = join(folder, `nobody-${url.length}`);
      const { code, stderr } = await normalize(out, { OPENLINEAGE_URL: url });
      expect([code, stderr.match(/OpenLineage: /g)]).toEqual([0, ["OpenLineage: "]]);
      expect(stderr).toMatch(said);
    }
  });

  it("that fails or is stopped says so, with the message", async () => {
    const signal = new AbortController();
    const options = { out: folder, outcome: () => ({ inputs: [], outputs: [], stages: [] }) };
    const file = join(folder, "openlineage.jsonl");
    writeFileSync(file, '{"eventType":"START","torn');
    const failing = observeRun(job, () => Promise.reject(new Error("disk is full")), {
      ...options,
      signal: signal.signal,
    });
    await expect(failing).rejects.toThrow("disk is full");
    signal.abort();
    const stopped = observeRun(job, () => Promise.reject(new Error("stopped on request")), {
      ...options,
      signal: signal.signal,
    });
    await expect(stopped).rejects.toThrow("stopped on request");
    const lines = readFileSync(file, "utf8").split("\n").slice(1, -1);
    const events = lines.map((line) => JSON.parse(line) as Event);
    expect(events.map(({ eventType, run }) => [eventType, run.facets.errorMessage?.message])).toEqual([
      ["START", undefined],
      ["FAIL", "disk is full"],
      ["START", undefined],
      ["ABORT", "stopped on request"],
    ]);
    if (python) {
      const { facets } = validated(lines.join("\n"));
      expect(facets.map((facet) => facet.split(" ")[0])).toEqual(
        expect.arrayContaining([
          "columnLineage",
          "errorMessage",
          "executionParameters",
          "jobType",
          "sourceCode",
        ]),
      );
    }
  });

  it("says nothing when OPENLINEAGE_DISABLED is true", async () => {
    const out = join(folder, "disabled");
    expect((await normalize(out, { OPENLINEAGE_DISABLED: "true" })).code).toBe(0);
    expect(existsSync(join(out, "openlineage.jsonl"))).toBe(false);
  });
});

describe("settings", () => {
  it("follow the variables of OpenLineage's clients", () => {
    const at = (env: NodeJS.ProcessEnv) => lineageSettings(env).server?.url.href;
    expect(at({ OPENLINEAGE_URL: "http://a:5000" })).toBe("http://a:5000/api/v1/lineage");
    expect(at({ OPENLINEAGE_URL: "https://a/x/", OPENLINEAGE_ENDPOINT: "v2" })).toBe("https://a/x/v2");
    expect(at({ OPENLINEAGE_URL: "https://u:p@a" })).toBe("https://a/api/v1/lineage");
    expect(at({})).toBeUndefined();
    expect(lineageSettings({ OPENLINEAGE_PARENT_ID: "nothing" }).parent).toBeNull();
  });

  it("make run ids that sort by time", () => {
    expect(uuid7(0x0123456789ab)).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuid7(1000) < uuid7(1001)).toBe(true);
  });
});
