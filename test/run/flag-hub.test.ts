/** Flags over the stand-in datasets: every flaw that was put into them is found, or it is said row by row why it is not. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { endLoop } from "../../kernel-lib/flag/loop";
import { cli, readJson, temporaryFolder } from "./run-cli";

const HUB = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
const present = existsSync(join(HUB, "EXPECTED.json"));
if (!present)
  console.warn(`SKIPPED: no ${HUB}/EXPECTED.json; set CORPUSLAB_HUB_DIR to hold flags against the stand-ins`);

interface Item {
  readonly row: number;
  readonly form?: string;
  readonly type?: string;
  readonly value?: string;
  readonly lang?: string;
}
interface Expected {
  readonly repos: Record<
    string,
    {
      readonly splits: Record<
        string,
        {
          readonly files: readonly string[];
          readonly injected: Record<string, { readonly items: readonly Item[] } | undefined>;
        }
      >;
    }
  >;
}
interface Row extends Record<string, unknown> {
  readonly row_key: string;
  readonly said: string;
  readonly extra: string | null;
}

describe.skipIf(!present)("flags over eighteen datasets", () => {
  const out = join(temporaryFolder(), "run");
  /** Injected flaws by kind, each with its row. */
  let planted: (kind: string) => { item: Item; row: Row }[];

  beforeAll(async () => {
    const datasets = readdirSync(HUB, { withFileTypes: true })
      .filter((owner) => owner.isDirectory())
      .flatMap((owner) => readdirSync(join(HUB, owner.name)).map((name) => `${owner.name}/${name}`));
    expect(cli(["normalize", ...datasets, "--hub-dir", HUB, "--out", out]).code).toBe(0);
    expect(cli(["flag", out, "--flags", "form,repetition,language,structure,private_data"]).code).toBe(0);
    const { repos } = readJson<Expected>(HUB, "EXPECTED.json");
    const db = await Db.open();
    const view = readFileSync(join(out, "view.sql"), "utf8").replace(
      "CREATE OR REPLACE VIEW rows AS",
      "CREATE TABLE flagged AS",
    );
    await db.run(`SET VARIABLE corpuslab_run = ${quoteText(out)}`);
    await db.run(view.slice(0, view.indexOf("CREATE OR REPLACE VIEW decisions")));
    const found = new Map<string, { item: Item; row: Row }[]>();
    for (const [dataset, { splits }] of Object.entries(repos)) {
      for (const { files, injected } of Object.values(splits)) {
        const kinds = Object.entries(injected).filter(([kind]) => KINDS.includes(kind));
        const list = files.map(quoteText).join(", ");
        // Rows of a split in the order in which EXPECTED.json counts them: files, then rows; unreadable lines do not count.
        const rows = await db.all<Row>(
          `select row_key, to_json(messages)::varchar as said, source_extra_json as extra, repetitive, loop_chars, media_reference,
             other_languages, prompt_language, completion_chars, private_data_spans, quality_valid_harmony,
             quality_completion_nonempty, quality_valid_tool_schema
           from flagged where dataset = ${quoteText(dataset)} and source_file in (${list})
           order by list_position([${list}], source_file), source_row`,
        );
        for (const [kind, planted] of kinds) {
          for (const item of planted!.items)
            found.set(kind, [...(found.get(kind) ?? []), { item, row: rows[item.row]! }]);
        }
      }
    }
    db.close();
    planted = (kind) => found.get(kind)!;
  }, 300_000);

  it("finds every pattern that repeats, but where it stands outside the messages", () => {
    const missed = planted("repeated_pattern").filter(({ row }) => !row.repetitive);
    expect(planted("repeated_pattern").length).toBe(143);
    // Rows of proofs keep their messages; the formal statement, which loops, stays in source_extra_json.
    expect(missed.map(({ row }) => row.row_key)).toEqual(
      missed.filter(({ row }) => loopsOutside(row)).map(({ row }) => row.row_key),
    );
    expect(missed.length).toBe(3);
  });

  it("finds every reference to a picture, but where it stands outside the messages", () => {
    const missed = planted("image_reference").filter(({ row }) => !row.media_reference);
    expect(planted("image_reference").length).toBe(185);
    expect(missed.every(({ item, row }) => standsOutside(row, item.form!))).toBe(true);
    expect(missed.length).toBe(4);
  });

  it("finds all private data, its kind and whether it is made up, but where it stands outside the messages", () => {
    const kinds: Record<string, string> = {
      email: "email",
      phone: "phone",
      api_key: "api_key",
      ipv4: "ip_address",
    };
    const spans = (row: Row) =>
      JSON.parse((row.private_data_spans as string | null) ?? "[]") as {
        kind: string;
        placeholder: boolean;
      }[];
    const missed = planted("pii").filter(
      ({ item, row }) => !spans(row).some(({ kind }) => kind === kinds[item.type!]),
    );
    expect(planted("pii").length).toBe(238);
    expect(missed.every(({ item, row }) => standsOutside(row, item.value!))).toBe(true);
    expect(missed.length).toBe(3);
    // All but the keys of OpenAI's form are values of documentation.
    for (const { item, row } of planted("pii").filter((one) => !missed.includes(one))) {
      const isMadeUp = !item.value!.startsWith("sk-");
      expect(
        spans(row).some(({ kind, placeholder }) => kind === kinds[item.type!] && placeholder === isMadeUp),
      ).toBe(true);
    }
  });

  it("finds every other language, but where an English request surrounds a short question", () => {
    const missed = planted("non_english").filter(({ row }) => (row.other_languages as string[]).length === 0);
    expect(planted("non_english").length).toBe(254);
    // The message as a whole is told: an instruction in English, and a question in Swahili of about the same length.
    expect(missed.map(({ item }) => item.lang)).toEqual(["sw", "sw", "sw"]);
    expect(missed.every(({ row }) => row.said.includes("Solve the following math problem."))).toBe(true);
  });

  it("tells the language of each question of eleven languages, but of those three", () => {
    const missed = planted("mgsm_row").filter(({ item, row }) => row.prompt_language !== item.lang);
    expect(planted("mgsm_row").length).toBe(87);
    expect(missed.map(({ item }) => item.lang)).toEqual(["sw", "sw", "sw"]);
    expect(missed.every(({ row }) => row.said.includes("Solve the following math problem."))).toBe(true);
  });

  it("finds every empty answer, but where what was emptied is no message", () => {
    const missed = planted("empty_completion").filter(({ row }) => row.quality_completion_nonempty);
    expect(planted("empty_completion").length).toBe(214);
    // Two rows of proofs have their dialogue; the formal statement beside it is what is empty.
    expect(missed.length).toBe(2);
    expect(missed.every(({ row }) => hasBlankColumn(row))).toBe(true);
  });

  it("finds every malformed tool call and every defect of Harmony", () => {
    const sound = (kind: string, column: string) => planted(kind).filter(({ row }) => row[column] === true);
    expect(planted("malformed_tool_schema").length).toBe(99);
    expect(sound("malformed_tool_schema", "quality_valid_tool_schema")).toEqual([]);
    expect(planted("defective_harmony").length).toBe(25);
    expect(sound("defective_harmony", "quality_valid_harmony")).toEqual([]);
  });

  it("measures every answer that was made too long", () => {
    const missed = planted("over_long").filter(({ row }) => (row.completion_chars as number) <= 30_000);
    expect(planted("over_long").length).toBe(47);
    expect(missed.every(({ row }) => (row.extra ?? "").length > 30_000)).toBe(true);
    expect(missed.length).toBe(1);
  });
});

const KINDS = [
  ...["repeated_pattern", "image_reference", "pii", "non_english", "over_long"],
  ...["mgsm_row", "empty_completion", "malformed_tool_schema", "defective_harmony"],
];

/** The value is in a source column that no message holds. */
function standsOutside({ said, extra }: Row, value: string): boolean {
  const inside = JSON.stringify(value).slice(1, -1);
  return !said.includes(inside) && (extra ?? "").includes(inside);
}

function hasBlankColumn({ extra }: Row): boolean {
  const columns = JSON.parse(extra ?? "{}") as Record<string, unknown>;
  return Object.values(columns).some((value) => typeof value === "string" && value.trim() === "");
}

function loopsOutside({ extra }: Row): boolean {
  const columns = JSON.parse(extra ?? "{}") as Record<string, unknown>;
  return Object.values(columns).some((value) => typeof value === "string" && endLoop(value, 4).chars >= 100);
}
