/** Dedup and decontamination over the stand-in datasets, held against what is known to be in them. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { decontaminate } from "../../kernel-lib/dedup/decontaminate";
import { dedup } from "../../kernel-lib/dedup/dedup";
import type { DedupResult } from "../../kernel-lib/dedup/dedup-result";
import { jaccard } from "../../kernel-lib/demo/near-duplicate";
import { open } from "../../kernel-lib/table/open";

const HUB = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
const present = existsSync(join(HUB, "EXPECTED.json"));
if (!present)
  console.warn(`SKIPPED: no ${HUB}/EXPECTED.json; set CORPUSLAB_HUB_DIR to run dedup on the stand-ins`);
const EVAL = join(HUB, "..", "eval");

interface Injected {
  readonly items: readonly {
    readonly pair?: readonly [number, number];
    readonly jaccard?: number;
    readonly row?: number;
    readonly item?: string;
    readonly mode?: string;
  }[];
}
interface Expected {
  readonly repos: Record<
    string,
    {
      readonly text_view: {
        readonly kind: string;
        readonly column?: string;
        readonly columns?: readonly string[];
      };
      readonly splits: Record<
        string,
        {
          readonly files: readonly string[];
          readonly rows: number;
          readonly injected: Record<string, Injected | undefined>;
          readonly measured: {
            readonly overlap_13gram?: Record<string, { readonly rows: readonly number[] }>;
          };
        }
      >;
    }
  >;
}

interface TextRow {
  readonly [column: string]: string;
  readonly row_key: string;
  readonly id: string;
  readonly text: string;
}

describe.skipIf(!present)("eighteen datasets", () => {
  let expected: Expected;
  const tables: TextRow[][] = [];
  const texts = new Map<string, string>();
  let found: DedupResult;
  const dropped = new Map<string, { of: string; similarity: number }>();

  beforeAll(async () => {
    expected = JSON.parse(readFileSync(join(HUB, "EXPECTED.json"), "utf8")) as Expected;
    for (const [repo, { text_view: view, splits }] of Object.entries(expected.repos)) {
      const rows: TextRow[] = [];
      for (const [name, { files, rows: count }] of Object.entries(splits)) {
        let row = 0;
        for (const file of files) {
          for await (const batch of (await open(join(HUB, repo, file))).stream()) {
            for (const each of batch) {
              const key = `${repo}@local/${name}#${row}`;
              const text = textOf(each, view);
              rows.push({ row_key: key, id: `${row}`, text });
              texts.set(key, text);
              row++;
            }
          }
        }
        expect([repo, name, row]).toEqual([repo, name, count]);
      }
      tables.push(rows);
    }
    found = await dedup(tables, { view: "text", workers: 2, onProgress: () => undefined });
    for (const { row_key, duplicate_of, similarity } of found.duplicates)
      dropped.set(row_key, { of: duplicate_of, similarity });
  });

  const pairsOf = (kind: RegExp, repos = expected.repos) =>
    Object.entries(repos).flatMap(([repo, { splits }]) =>
      Object.entries(splits).flatMap(([name, { injected }]) =>
        Object.entries(injected).flatMap(([what, list]) =>
          kind.test(what)
            ? list!.items.map(({ pair, jaccard: j }) => {
                const [a, b] = pair!.map((row) => `${repo}@local/${name}#${row}`) as [string, string];
                return { a, b, jaccard: j ?? 1 };
              })
            : [],
        ),
      ),
    );

  it("lose every injected exact duplicate, and keep one of each", () => {
    const pairs = pairsOf(/^exact_dup/).filter(
      ({ a, b }) => texts.get(a) === texts.get(b) && texts.get(a)!.trim() !== "",
    );
    expect(pairs.length).toBeGreaterThan(390);
    expect(pairs.filter(({ a, b }) => !dropped.has(a) && !dropped.has(b))).toEqual([]);
  });

  it("lose at least 99.5 % of the near duplicates with a similarity of 0.8 or more", () => {
    const pairs = pairsOf(/^near_dup/).filter(({ a, b }) => jaccard(texts.get(a)!, texts.get(b)!) >= 0.8);
    const missed = pairs.filter(({ a, b }) => !dropped.has(a) && !dropped.has(b));
    expect(pairs.length).toBeGreaterThan(350);
    expect(missed.length / pairs.length).toBeLessThanOrEqual(0.005);
  });

  it("lose no row that is less similar than 0.8 to the row it is said to repeat, and only for rows that stay", () => {
    expect(dropped.size).toBeGreaterThan(1000);
    for (const [row, { of, similarity }] of dropped) {
      expect(dropped.has(of)).toBe(false);
      expect(similarity).toBeGreaterThanOrEqual(0.8);
      // The plain definition knows no words of single characters: on Latin text both say the same.
      if (/^[\x20-\x7e\s]*$/.test(texts.get(row)! + texts.get(of)!))
        expect(Math.abs(jaccard(texts.get(row)!, texts.get(of)!) - similarity)).toBeLessThan(1e-9);
    }
  });

  it("lose rows that another dataset has too", () => {
    const { matrix } = found.toJSON() as { matrix: number[][] };
    const across = matrix.flatMap((line, i) => line.filter((_, j) => i !== j)).reduce((sum, n) => sum + n, 0);
    expect(across).toBeGreaterThan(200);
  });

  it("hold items of GSM8K and HumanEval, which are named", async () => {
    const result = await decontaminate(
      tables,
      [join(EVAL, "gsm8k_test.jsonl"), join(EVAL, "HumanEval.jsonl")],
      {
        workers: 2,
        onProgress: () => undefined,
      },
    );
    const named = new Map<string, Set<string>>();
    for (const { row_key, item } of result.contaminated)
      named.set(row_key, new Set([...(named.get(row_key) ?? []), item]));
    const gsm = readFileSync(join(EVAL, "gsm8k_test.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => plain((JSON.parse(line) as { question: string }).question));
    const missed: string[] = [];
    const rightly = new Set<string>();
    let planted = 0;
    for (const [repo, { splits }] of Object.entries(expected.repos)) {
      for (const [name, { injected }] of Object.entries(splits)) {
        for (const [what, list] of Object.entries(injected)) {
          if (!what.startsWith("contaminated")) continue;
          for (const { row, item, mode } of list!.items) {
            planted++;
            const items = named.get(`${repo}@local/${name}#${row}`) ?? new Set();
            const wanted = what.endsWith("humaneval")
              ? item!
              : `gsm8k_test.jsonl#${gsm.findIndex((text) => text.startsWith(item!))}`;
            if (items.has(wanted)) rightly.add(`${repo}@local/${name}#${row}`);
            else missed.push(`${repo} ${name} ${row} ${mode}`);
          }
        }
      }
    }
    expect(planted).toBe(154);
    expect(missed).toEqual([]);
    // What is found by 13 words in a row is exactly what the builder counted so; all else was planted.
    const byLong = result.contaminated.filter(({ kind }) => kind === "13-gram").map(({ row_key }) => row_key);
    const counted = Object.entries(expected.repos).flatMap(([repo, { splits }]) =>
      Object.entries(splits).flatMap(([name, { measured }]) =>
        Object.values(measured.overlap_13gram ?? {}).flatMap(({ rows }) =>
          rows.map((row) => `${repo}@local/${name}#${row}`),
        ),
      ),
    );
    expect([...new Set(byLong)].sort()).toEqual([...new Set(counted)].sort());
    const others = result.contaminated.filter(
      ({ kind, row_key }) => kind !== "13-gram" && !rightly.has(row_key),
    );
    expect(others).toEqual([]);
  });
});

function textOf(
  row: Record<string, unknown>,
  {
    kind,
    column,
    columns,
  }: { readonly kind: string; readonly column?: string; readonly columns?: readonly string[] },
): string {
  const said = (value: unknown): string =>
    value == null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const list = column === undefined ? [] : ((row[column] ?? []) as Record<string, unknown>[]);
  if (kind === "messages")
    return list
      .filter(({ role }) => role === "user" || role === "assistant")
      .map(({ content }) => said(content))
      .join("\n");
  if (kind === "conversations") return list.map(({ value }) => said(value)).join("\n");
  return columns!.map((name) => said(row[name])).join("\n");
}

/** Lower-cased words of a question. */
function plain(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}
