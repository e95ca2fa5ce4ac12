import { afterEach, describe, expect, it, vi } from "vitest";
import { doctor } from "../kernel-lib/doctor";

afterEach(() => vi.unstubAllEnvs());

describe("doctor", () => {
  it("checks each part in a line, without the network and without the token's value", async () => {
    vi.stubEnv("HF_TOKEN", "hf_secretsecretsecret");
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const checks = await doctor();
    expect(checks.map(({ name }) => name)).toEqual([
      "Node",
      "Python",
      "kernel",
      "disk",
      "DuckDB",
      "onnxruntime",
      "HF token",
      "HF endpoint",
    ]);
    const found = Object.fromEntries(checks.map((check) => [check.name, check]));
    expect(found.Node).toEqual({
      name: "Node",
      ok: true,
      detail: `${process.version} (${process.execPath})`,
    });
    expect(found.DuckDB).toEqual({ name: "DuckDB", ok: true, detail: "v1.5.5" });
    expect(found.onnxruntime).toMatchObject({ ok: true, detail: expect.stringMatching(/^1\.30\.0, CPU$/) });
    expect(found["HF token"]).toEqual({
      name: "HF token",
      ok: true,
      detail: "set (its value is never shown)",
    });
    expect(found["HF endpoint"]).toMatchObject({
      ok: true,
      detail: expect.stringContaining("HF_HUB_OFFLINE is set"),
    });
    expect(JSON.stringify(checks)).not.toContain("secret");
    for (const { detail } of checks) expect(detail).not.toContain("\n");
  });

  it("says what to do where something is missing", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    vi.stubEnv("HF_TOKEN", "");
    vi.stubEnv("HF_HOME", "/nonexistent");
    vi.stubEnv("PATH", "/nonexistent");
    const token = (await doctor()).find(({ name }) => name === "HF token");
    expect(token).toEqual({
      name: "HF token",
      ok: "warn",
      detail: "none: public datasets only",
      fix: "set HF_TOKEN for gated or private datasets and for publishing",
    });
  });

  it("reports an endpoint that is no address instead of failing", async () => {
    vi.stubEnv("HF_ENDPOINT", "not an address");
    const endpoint = (await doctor()).find(({ name }) => name === "HF endpoint");
    expect(endpoint).toMatchObject({
      ok: "warn",
      detail: expect.stringContaining("HF_ENDPOINT: not an http address"),
    });
  });
});
