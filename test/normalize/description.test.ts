import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describedAdapter, loadDescriptions, readDescription } from "../../kernel-lib/normalize/description";

const BUNDLED = join(__dirname, "..", "..", "datasets");
const GOOD = {
  dataset: "a/b",
  adapter: "messages",
  license: "mit",
  released: "2024-10",
  ready: "ready",
  shape: "messages",
  quirks: [],
  homepage: "hf://datasets/a/b",
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "descriptions-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const put = (name: string, value: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
};

describe("the bundled descriptions", () => {
  const descriptions = loadDescriptions([BUNDLED]);

  it("are there for every dataset that has an adapter of its own", () => {
    expect([...descriptions.keys()].filter((name) => !name.startsWith("corpuslab/"))).toEqual([
      "Anthropic/hh-rlhf",
      "Open-Orca/OpenOrca",
      "WizardLMTeam/WizardLM_evol_instruct_V2_196k",
      "allenai/Dolci-Instruct-SFT",
      "anon8231489123/ShareGPT_Vicuna_unfiltered",
      "databricks/databricks-dolly-15k",
      "ise-uiuc/Magicoder-Evol-Instruct-110K",
      "meta-math/MetaMathQA",
      "nvidia/ClimbLab",
      "nvidia/Nemotron-Agentic-v1",
      "nvidia/Nemotron-Instruction-Following-Chat-v1",
      "nvidia/Nemotron-Math-Proofs-v1",
      "nvidia/Nemotron-Math-v2",
      "nvidia/Nemotron-Science-v1",
      "nvidia/OpenMathInstruct-2",
      "open-r1/codeforces-cots",
      "radna0/nemotron-math-v2-harmony-tools",
      "sahil2801/CodeAlpaca-20k",
      "vicgalle/alpaca-gpt4",
    ]);
  });

  it("stand in files named after their dataset", () => {
    for (const { dataset } of descriptions.values()) {
      expect(readDescription(join(BUNDLED, `${dataset.replace("/", "--")}.json`)).dataset).toBe(dataset);
    }
  });

  it("give an adapter with its domain", () => {
    const agentic = descriptions.get("nvidia/Nemotron-Agentic-v1")!;
    expect(describedAdapter(agentic, "default", "tool_calling")).toBe("messages?domain=agentic");
    expect(describedAdapter(descriptions.get("allenai/Dolci-Instruct-SFT")!, "default", "train")).toBe(
      "dolci",
    );
  });
});

describe("loadDescriptions", () => {
  it("lets the later folder win, and passes over folders that are not there", () => {
    put("dolly.json", { ...GOOD, dataset: "databricks/databricks-dolly-15k", adapter: "openorca" });
    put("notes.txt", "not read");
    const merged = loadDescriptions([BUNDLED, join(folder, "none"), folder]);
    expect(merged.get("databricks/databricks-dolly-15k")!.adapter).toBe("openorca");
    expect(merged.size).toBe(loadDescriptions([BUNDLED]).size);
  });

  it.each([
    ["{", /x\.json: .*JSON/],
    [[], /x\.json: \(all\): .*expected object/],
    [{ ...GOOD, adapter: "mesages" }, /x\.json: adapter: .*did you mean messages/],
    [{ ...GOOD, adapter: { train: "messages?domain=no" } }, /x\.json: adapter\.train: .*got domain "no"/],
    [{ ...GOOD, released: "October" }, /x\.json: released: expected an ISO date/],
    [{ ...GOOD, license: undefined }, /x\.json: license: /],
    [{ ...GOOD, dataset: "b" }, /x\.json: dataset: expected owner\/name/],
    [{ ...GOOD, licence: "mit" }, /x\.json: .*licence/],
    [{ ...GOOD, domain: "maths" }, /x\.json: domain: /],
  ])("names file and field of %j", (value, message) => {
    put("x.json", value);
    expect(() => loadDescriptions([folder])).toThrow(message);
  });
});

describe("describedAdapter", () => {
  const described = (adapter: unknown, rest: object = {}) =>
    readDescription(put("x.json", { ...GOOD, adapter, ...rest }));

  it("looks for subset and split, then the split, then *", () => {
    const description = described({ "extra/train": "dolci", train: "messages", "*": "openorca" });
    expect(describedAdapter(description, "extra", "train")).toBe("dolci");
    expect(describedAdapter(description, "default", "train")).toBe("messages");
    expect(describedAdapter(description, "default", "test")).toBe("openorca");
  });

  it("carries domain and columns", () => {
    const description = described("instruction-response", {
      domain: "code",
      columns: { prompt: "q", response: "a b" },
    });
    expect(describedAdapter(description, "default", "train")).toBe(
      "instruction-response?domain=code&prompt=q&response=a+b",
    );
  });

  it("says which splits are described when this one is not", () => {
    const description = described({ train: "messages", validation: "messages" });
    expect(() => describedAdapter(description, "default", "trian")).toThrow(
      /of a\/b: no adapter for split "trian" of default, expected one of train, validation \(nearest: train\)/,
    );
  });
});
