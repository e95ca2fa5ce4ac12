/** The dataset card: README.md with the YAML that the Hub reads, from the facts of the run alone. */

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { InputError } from "../errors";
import { ROW_COLUMNS } from "../row";
import { RESEARCH_SENTENCES, researchError } from "../run-folder/research-mode";
import { COLUMN_WORDS } from "./column-words";
import { hfConfigs, hfName, type PublishOptions } from "./hf-layout";
import type { RunFacts } from "./run-facts";
import { readRunFacts } from "./run-facts";

const MARK =
  "<!-- Written by corpuslab from the facts of the run. Remove this line to keep your own text. -->";

/**
 * `<run>/README.md` is a dataset card: license, configs, size and sources as YAML, then what the rows are, their
 * counts, columns, sidecars, pools, how to read them, and where they come from. The same run gives the same bytes;
 * nothing is stated that its files do not say. To be called again when the Hub layout or pools were added.
 * @returns the card's path.
 * @throws InputError when the folder is no finished run, or holds a README.md that corpuslab did not write, and for data of
 *   research mode unless `allowResearchData` is "yes, publish research data".
 * @example await writeCard("out/math")
 */
export async function writeCard(runDir: string, { allowResearchData }: PublishOptions = {}): Promise<string> {
  const facts = await readRunFacts(runDir);
  if (facts.research && allowResearchData?.trim() !== RESEARCH_SENTENCES.publish)
    throw researchError("publish", runDir, allowResearchData);
  const path = join(facts.folder.path, "README.md");
  if (existsSync(path) && !readFileSync(path, "utf8").includes(MARK))
    throw new InputError(`${path} was not written by corpuslab, or was edited; move it to have a new card`);
  const layout = existsSync(join(facts.folder.path, "data"));
  const text = cardText(facts, layout);
  writeFileSync(`${path}.tmp`, text);
  const descriptor = openSync(`${path}.tmp`, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${path}.tmp`, path);
  return path;
}

/** The card's text. `layout`: whether the data files of the Hub layout stand in `data/`. */
export function cardText(facts: RunFacts, layout: boolean): string {
  const yaml = stringify(frontMatter(facts, layout), { lineWidth: 0 });
  const sections = [
    intro(facts),
    research(facts),
    reading(facts),
    countsTable(facts),
    columns(),
    sidecars(facts),
    pools(facts),
  ];
  return `---\n${yaml}---\n${MARK}\n\n${[...sections, provenance(facts)].filter(Boolean).join("\n\n")}\n`;
}

function frontMatter(facts: RunFacts, layout: boolean): Record<string, unknown> {
  const configs = [
    ...hfConfigs(facts.splits, layout),
    ...(facts.pools?.pools ?? [])
      .filter((pool) => pool.shards.length > 0)
      .map((pool) => ({
        config_name: `pool_${hfName(pool.name)}`,
        data_files: [{ split: "train", path: `pools/${pool.name}/*.parquet` }],
      })),
  ];
  return {
    ...licenses(facts),
    ...(facts.rows > 0 ? { size_categories: [sizeCategory(facts.rows)] } : {}),
    task_categories: ["text-generation"],
    tags: ["corpuslab", "harmony", ...(facts.research ? ["research-data", "not-for-all-audiences"] : [])],
    source_datasets: datasets(facts).filter((name) => /^[\w.-]+\/[\w.-]+$/.test(name)),
    configs,
  };
}

/** Licenses that the Hub knows by name; anything else is `other`, with its wording in the text. */
const HUB_LICENSES = new Set(
  (
    "apache-2.0 mit cc0-1.0 cc-by-2.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 " +
    "cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-4.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 odc-by odbl pddl cdla-permissive-2.0 " +
    "cdla-sharing-1.0 openrail bigscience-openrail-m gpl-3.0 lgpl-3.0 agpl-3.0 bsd-2-clause bsd-3-clause mpl-2.0 " +
    "unlicense wtfpl isc afl-3.0 artistic-2.0 epl-2.0 eupl-1.1 gfdl llama2 llama3 llama3.1 gemma other unknown"
  ).split(" "),
);

function licenses({ manifest }: RunFacts): Record<string, unknown> {
  const stated = manifest.inputs.flatMap((input) => (input.license ?? "unknown").split(/,\s*/));
  const names = [...new Set(stated.map((name) => name.trim()).filter(Boolean))];
  const ids = new Set(
    names.map((name) => (HUB_LICENSES.has(name.toLowerCase()) ? name.toLowerCase() : "other")),
  );
  const unnamed = names.filter((name) => !HUB_LICENSES.has(name.toLowerCase()));
  const list = [...ids].sort();
  return {
    ...(list.length === 0 ? {} : { license: list.length === 1 ? list[0] : list }),
    ...(unnamed.length === 0
      ? {}
      : {
          license_name: unnamed
            .map((name) => hfName(name.toLowerCase()))
            .sort()
            .join("-"),
        }),
  };
}

/** The Hub's size classes: `10K<n<100K`. */
export function sizeCategory(rows: number): string {
  const steps = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"];
  const step = steps.findIndex((_, i) => rows < 1000 * 10 ** i);
  if (step === 0) return "n<1K";
  return step < 0 ? "n>1T" : `${steps[step - 1]}<n<${steps[step]}`;
}

function intro(facts: RunFacts): string {
  const names = datasets(facts).map(code).join(", ");
  return (
    `# Canonical rows of ${names || "an empty run"}\n\n` +
    `${number(facts.rows)} rows in ${facts.splits.length} split${facts.splits.length === 1 ? "" : "s"}, each traceable ` +
    "to the file and row it came from. `text` is the conversation rendered as Harmony, `messages` its structure, " +
    "`loss_mode` says which part is learned. `quality_*` and the sidecars state faults; they drop nothing. What a " +
    "switch refused is counted below, and is in `rejected/` and `decisions/` with its reason."
  );
}

function research({ research: isMarked }: RunFacts): string {
  if (!isMarked) return "";
  return (
    "## Research data\n\n**Made in research mode**: it may hold rows that nobody reviewed, and rows whose completion is not " +
    "safe. It is meant for research on safety, not for training a model that people use. Everything that corpuslab makes " +
    "from it carries the same mark."
  );
}

function reading(facts: RunFacts): string {
  const config = hfConfigs(facts.splits, true)[0]?.config_name ?? "default";
  return [
    "## How to read it",
    "",
    "```python",
    "import duckdb  # in this folder; from elsewhere first: SET VARIABLE corpuslab_run = …",
    'duckdb.sql(open("view.sql").read())',
    'duckdb.sql("select meta_domain, count(*) from rows group by all").show()',
    "",
    "import polars",
    'polars.scan_parquet("rows/**/*.parquet", hive_partitioning=False).head().collect()',
    "",
    "from datasets import load_dataset",
    `load_dataset("."${config === "default" ? "" : `, ${JSON.stringify(config)}`})`,
    "```",
  ].join("\n");
}

function countsTable({ ledger }: RunFacts): string {
  const lines = ledger.splits.map((entry) => [
    ...[entry.dataset, `${entry.subset}/${entry.split}`, entry.stage],
    ...[number(entry.rows_in), number(entry.rows_out), reasons(entry.rejected), reasons(entry.quarantined)],
  ]);
  const head = ["dataset", "split", "stage", "rows in", "kept", "refused", "unreadable"];
  return `## Counts\n\nRows in = kept + refused + unreadable, for every line.\n\n${table(head, lines)}`;
}

function columns(): string {
  const lines = Object.entries(ROW_COLUMNS).map(([name, type]) => [
    `\`${name}\``,
    type.startsWith("STRUCT") ? "list of struct" : type.replace("VARCHAR[]", "list of string").toLowerCase(),
    COLUMN_WORDS[name as keyof typeof COLUMN_WORDS],
  ]);
  return `## Columns\n\n${table(
    ["column", "type", "meaning"],
    lines.map((line) => line.map((cell) => cell.replace("varchar", "string"))),
    false,
  )}`;
}

function sidecars({ folder }: RunFacts): string {
  if (folder.sidecars.length === 0) return "";
  const lines = folder.sidecars.map((sidecar) => [
    code(sidecar.folder),
    sidecar.columns.map((column) => code(column.shownAs)).join(", "),
  ]);
  return (
    "## Sidecars\n\nValues for the same rows, joined by `row_key`; `view.sql` joins them all.\n\n" +
    table(["folder", "columns in the view"], lines, false)
  );
}

function pools({ pools }: RunFacts): string {
  if (pools === null) return "";
  const lines = pools.pools.map((pool) => [
    code(pool.name),
    number(pool.rows),
    number(pool.tokens),
    pool.empty === null ? code(pool.predicate) : `empty: ${cell(pool.empty)}`,
  ]);
  return `## Pools\n\n${table(["pool", "rows", "tokens (estimated)", "predicate"], lines, false)}`;
}

function provenance({ manifest }: RunFacts): string {
  const lines = manifest.inputs.map((input) => [
    ...[input.dataset, input.revision, input.license ?? "not stated", number(input.files.length)],
    number(input.files.reduce((sum, file) => sum + file.bytes, 0)),
  ]);
  const code = manifest.code;
  return (
    `## Where it comes from\n\n${table(["dataset", "revision", "license", "files", "bytes"], lines)}\n\n` +
    "`run.json` lists every input file with its checksum" +
    (code === undefined
      ? "."
      : `; made by corpuslab ${code.corpuslab} (code sha256 \`${code.sha256.slice(0, 16)}\`).`)
  );
}

function datasets({ manifest }: RunFacts): string[] {
  return [...new Set(manifest.inputs.map((input) => input.dataset))];
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const list = Object.entries(counts).filter(([, count]) => count > 0);
  return list.length === 0 ? "0" : list.map(([reason, count]) => `${reason} ${number(count)}`).join(", ");
}

function table(head: readonly string[], lines: readonly (readonly string[])[], raw = true): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = lines.map((line) => row(raw ? line.map(cell) : line));
  return [row(head), row(head.map(() => "---")), ...body].join("\n");
}

/** Other people's text in a table cell: no markup, no line breaks, no new cells. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>|#&]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function code(text: string): string {
  return /[`|\n<>]/.test(text) ? cell(text) : `\`${text}\``;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
