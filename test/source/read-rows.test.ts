import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { InputError, ShardError } from "../../kernel-lib/errors";
import { describeFile } from "../../kernel-lib/source/describe-file";
import { planShards } from "../../kernel-lib/source/plan-shards";
import type { SourceFile } from "../../kernel-lib/source/source";
import { everything, fileOf, pathOf, random } from "./row-files";

const POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
const PAGE = "\n<!DOCTYPE html>\n<html><body>Sign in</body></html>\n";

/** The error with which both reading and planning end; it is the same in both. */
async function faultOf(file: SourceFile): Promise<Error> {
  const reading = await everything(file).catch((error: Error) => error);
  const planning = await planShards(file).catch((error: Error) => error);
  if (!(reading instanceof Error) || !(planning instanceof Error)) throw new Error("no fault was found");
  expect(planning.constructor).toBe(reading.constructor);
  expect(reading.message).not.toMatch(/\n|\bat .*:\d+:\d+/);
  return reading;
}

describe("files that cannot be read", () => {
  it.each([
    [
      "page.jsonl",
      PAGE,
      ShardError,
      /^page\.jsonl: got a web page \(HTML\) instead of the data.*download the file again/,
    ],
    ["pointer.jsonl", POINTER, ShardError, /^pointer\.jsonl: got a git-lfs pointer.*git lfs pull/],
    ["pointer.parquet", POINTER, ShardError, /^pointer\.parquet: not a Parquet file, got a git-lfs pointer/],
    ["page.parquet", PAGE, ShardError, /^page\.parquet: not a Parquet file, got a web page/],
    ["page.jsonl.gz", PAGE, ShardError, /^page\.jsonl\.gz: not gzip data, got a web page/],
    [
      "packed.jsonl",
      gzipSync("1\n"),
      ShardError,
      /^packed\.jsonl: got gzip data; add \.gz to its name, expected JSONL/,
    ],
    ["table.jsonl", "PAR1....PAR1", ShardError, /^table\.jsonl: got Parquet data; rename it/],
    ["page.json.gz", gzipSync(PAGE), ShardError, /^page\.json\.gz: got a web page/],
    [
      "wide.jsonl",
      Buffer.from('\ufeff{"a":1}\n', "utf16le"),
      InputError,
      /^wide\.jsonl: the text is UTF-16 .*iconv/,
    ],
    ["wide.csv", Buffer.from("\ufeffa,b\n", "utf16le"), InputError, /^wide\.csv: the text is UTF-16/],
  ])("%s", async (name, content, kind, message) => {
    const error = await faultOf(fileOf(name, content));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
  });

  it("a gzip file that is cut short or damaged: what was reached, and what to do", async () => {
    const next = random(3);
    const content = Array.from({ length: 20_000 }, (_, i) => `{"i":${i},"r":${next()}}\n`).join("");
    const packed = gzipSync(content);
    const cut = await faultOf(fileOf("cut.jsonl.gz", packed.subarray(0, packed.length >> 1)));
    expect(cut).toBeInstanceOf(ShardError);
    expect(cut.message).toMatch(
      /^cut\.jsonl\.gz: the gzip data is cut short after unpacked byte \d+ .*download it again, .*gzip -dc/,
    );
    packed.fill(0, packed.length >> 1, (packed.length >> 1) + 100);
    const damaged = await faultOf(fileOf("damaged.jsonl.gz", packed));
    expect(damaged.message).toMatch(
      /^damaged\.jsonl\.gz: the gzip data is damaged \(.+\) after unpacked byte \d+/,
    );
  });

  it("a Parquet file that is cut short or damaged", async () => {
    const db = await Db.open({ threads: 1 });
    const select = "select md5(i::varchar) as s from range(50000) r(i)";
    await db.run(`copy (${select}) to ${quoteText(pathOf("good.parquet"))} (format parquet)`);
    db.close();
    const bytes = readFileSync(pathOf("good.parquet"));
    const cut = await faultOf(fileOf("cut.parquet", bytes.subarray(0, bytes.length - 100)));
    expect(cut.message).toBe(
      `cut.parquet: the Parquet file is cut short: after ${bytes.length - 100} bytes it does not end with its ` +
        "footer, without which no row can be read; download it again",
    );
    bytes.fill(255, 1000, 400_000);
    const damaged = await everything(fileOf("damaged.parquet", bytes)).catch((error: Error) => error);
    expect(damaged).toBeInstanceOf(ShardError);
    expect((damaged as Error).message).toMatch(
      /^damaged\.parquet: the Parquet file is damaged at or after row \d+: /,
    );
  });

  it("a file that is missing, and a folder", async () => {
    const file = fileOf("there.jsonl", "1\n");
    const gone = { ...file, name: "data/gone.jsonl", path: pathOf("gone.jsonl") };
    expect((await faultOf(gone)).message).toBe(
      `data/gone.jsonl: no such file (${gone.path}); check the path or download it again`,
    );
    expect(() => describeFile(gone.path)).toThrow(ShardError);
    mkdirSync(pathOf("folder.jsonl"), { recursive: true });
    expect(() => describeFile(pathOf("folder.jsonl"))).toThrow(/is a folder, expected a file/);
  });

  it.each(["empty.jsonl", "empty.jsonl.gz", "empty.json", "empty.json.gz", "empty.parquet", "empty.csv"])(
    "%s of 0 bytes has no rows and is no error",
    async (name) => {
      const file = fileOf(name, "");
      expect(await everything(file)).toEqual({ rows: [], bad: [] });
      expect(await planShards(file)).toMatchObject({ rows: 0, shards: [] });
    },
  );
});

describe("ranges", () => {
  it("refuses a range of a packed file", async () => {
    const file = fileOf("packed.jsonl.gz", gzipSync("1\n2\n"));
    const range = { firstRow: 1, rows: 1, start: 2, end: 4 };
    await expect(everything(file, { range })).rejects.toThrow(InputError);
    await expect(everything(file, { range })).rejects.toThrow(/packed files are read from the start/);
  });

  it("notices that the file is not the one that was planned", async () => {
    const file = fileOf("changed.jsonl", '{"a":1}\n'.repeat(10));
    const { shards } = await planShards(file, { rowsPerShard: 5 });
    writeFileSync(file.path, '{"aaaaaaaaa":1}\n'.repeat(10));
    await expect(everything(file, { range: shards[1]! })).rejects.toThrow(
      /^changed\.jsonl: found 3 rows at byte 40, the plan has 5; the file was changed/,
    );
    writeFileSync(file.path, "1\n");
    await expect(everything(file, { range: shards[1]! })).rejects.toThrow(
      /^changed\.jsonl: changed while it was read: it has 2 bytes, the plan wants 80/,
    );
  });
});

describe("describeFile", () => {
  beforeAll(() => {
    for (const name of ["a.ndjson", "a.tsv", "A.JSONL.GZ"]) fileOf(name, "");
  });

  it("takes the format from the name, and for .json from the contents", () => {
    const kind = (file: SourceFile) => `${file.name} ${file.format} ${file.compression} ${file.bytes}`;
    expect(kind(describeFile(pathOf("a.ndjson")))).toBe("a.ndjson jsonl null 0");
    expect(kind(describeFile(pathOf("a.tsv"), "data/a.tsv"))).toBe("data/a.tsv csv null 0");
    expect(kind(describeFile(pathOf("A.JSONL.GZ")))).toBe("A.JSONL.GZ jsonl gzip 0");
    expect(kind(fileOf("lines.json", '{"a":1}\n'))).toBe("lines.json jsonl null 8");
    expect(kind(fileOf("array.json", "[1]"))).toBe("array.json json null 3");
    expect(fileOf("array.json.gz", gzipSync("[1]")).format).toBe("json");
  });

  it("lists the endings it knows", () => {
    expect(() => fileOf("rows.xlsx", "")).toThrow(InputError);
    expect(() => fileOf("rows.parquet.gz", "")).toThrow(
      "rows.parquet.gz: not a known kind of data file, expected a name that ends with " +
        ".jsonl, .ndjson, .json, .parquet, .csv, .tsv (text also with .gz)",
    );
  });
});
