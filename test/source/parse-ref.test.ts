import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRef } from "../../kernel-lib/source/parse-ref";

const hub = (repo: string, rest: object = {}) => ({
  kind: "hub",
  repo,
  revision: null,
  path: null,
  subset: null,
  split: null,
  ...rest,
});

test.each([
  ["hf://datasets/o/n", hub("o/n")],
  ["hf://o/n", hub("o/n")],
  ["hf://datasets/o/n@v1.0/data/x.jsonl", hub("o/n", { revision: "v1.0", path: "data/x.jsonl" })],
  ["hf://datasets/o/n@refs%2Fpr%2F3/a.csv", hub("o/n", { revision: "refs/pr/3", path: "a.csv" })],
  [
    "hf://datasets/o/n@refs/convert/parquet/default",
    hub("o/n", { revision: "refs/convert/parquet", path: "default" }),
  ],
  ["hf://datasets/o/n@~parquet", hub("o/n", { revision: "refs/convert/parquet" })],
  ["https://huggingface.co/datasets/o/n", hub("o/n")],
  ["https://huggingface.co/datasets/o/n/tree/main/data", hub("o/n", { revision: "main", path: "data" })],
  [
    "https://huggingface.co/datasets/o/n/viewer/sub/train?row=3",
    hub("o/n", { subset: "sub", split: "train" }),
  ],
  ["http://127.0.0.1:9/datasets/o/n/blob/abc/x%20y.json", hub("o/n", { revision: "abc", path: "x y.json" })],
  ["./o/n", { kind: "local", path: "./o/n" }],
  ["~/x.jsonl", { kind: "local", path: join(homedir(), "x.jsonl") }],
  ["o/n", { kind: "either", path: "o/n", hub: hub("o/n") }],
  ["datasets/o/n", { kind: "either", path: "datasets/o/n", hub: hub("o/n") }],
  ["rows.jsonl", { kind: "either", path: "rows.jsonl", hub: null }],
])("%s", (ref, expected) => {
  expect(parseRef(ref, "http://127.0.0.1:9")).toEqual(expected);
});

test.each([
  ["", "open: empty reference"],
  ["hf://models/o/n", "open hf://models/o/n: models are not datasets"],
  ["hf://datasets/one", "open hf://datasets/one: not a dataset name"],
  ["hf://datasets/o/n/../../x", 'open hf://datasets/o/n/../../x: ".." leaves the repository'],
  ["https://example.org/x.jsonl?token=abc", "open https://example.org/x.jsonl: not the page of a dataset"],
  ["s3://bucket/x", "open s3://bucket/x: unknown kind of address"],
])("%s is refused", (ref, message) => {
  expect(() => parseRef(ref)).toThrow(message);
});
