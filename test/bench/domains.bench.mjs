// How often domains are told right: rows held back, whole datasets held back, hashed words beside a sentence model; and how
// long a search over 100,000 vectors takes.
//
// Options: --run <run folder with embeddings/>, --hub-dir <datasets to make one of>, --model <sentence model>, --limit <rows a split>.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);

const percent = (share) => `${(100 * share).toFixed(1)}%`;
const whole = (n) => n.toLocaleString("en-US");

export async function bench({ root, args, log }) {
  const { values } = parseArgs({
    args,
    options: {
      run: { type: "string" },
      "hub-dir": { type: "string", default: join(root, "..", "shared", "hub") },
      model: { type: "string", default: join(root, "..", "shared", "models", "minilm-l6-v2") },
      limit: { type: "string", default: "400" },
    },
  });
  const dist = (path) => require(join(root, "kernel-lib", "dist", `${path}.js`));
  const { classifyDomains, embedRun, normalize, open, resolveDataset } = dist("index");
  const folder = values.run ?? mkdtempSync(join(tmpdir(), "corpuslab-domains-"));
  try {
    if (values.run === undefined) {
      if (!existsSync(values["hub-dir"])) throw new Error("no datasets; give a folder with --hub-dir");
      const names = readdirSync(values["hub-dir"], { withFileTypes: true })
        .filter((owner) => owner.isDirectory())
        .flatMap(({ name }) => readdirSync(join(values["hub-dir"], name)).map((set) => `${name}/${set}`));
      log(`normalizing ${names.length} datasets`);
      const inputs = [];
      for (const name of names) inputs.push(await resolveDataset(name, { hubDir: values["hub-dir"] }));
      await normalize(inputs, { out: folder, limit: Number(values.limit), overwrite: true });
    }
    const models = ["words", ...(existsSync(values.model) ? [values.model] : [])];
    const lines = [];
    const { embeddingFolders, readManifest } = dist("embed/embeddings-folder");
    if (values.run === undefined) {
      for (const model of models) {
        log(`vectors of ${model}`);
        await embedRun(folder, model);
      }
    }
    for (const manifest of embeddingFolders(folder).map(readManifest)) {
      lines.push(...(await measured(dist, classifyDomains, await open(folder), manifest, log)));
    }
    lines.push(...(await searched(dist, log)));
    return lines.join("\n");
  } finally {
    if (values.run === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(dist, classifyDomains, table, { encoder, rows, embedded, truncated }, log) {
  const vectors = encoder.name;
  const began = performance.now();
  const { measure, facts } = await classifyDomains(table, { vectors });
  const seconds = (performance.now() - began) / 1000;
  log(`${vectors}: ${percent(measure.accuracy)}`);
  const domains = facts.model.domains;
  const given = [...domains, "other"];
  const held = await heldOut(dist, table, vectors, log);
  const prototypes = (await classifyDomains(table, { vectors, method: "prototypes" })).measure;
  const pairs = new Map();
  for (const { known, given: to } of measure.wrong)
    pairs.set(`${known} → ${to}`, (pairs.get(`${known} → ${to}`) ?? 0) + 1);
  return [
    `## ${vectors}`,
    "",
    `${whole(embedded)} of ${whole(rows)} rows have a vector; ${whole(truncated)} prompts were cut to ${encoder.maxTokens} tokens. A linear head is trained on`,
    `${whole(facts.model.learnedFrom.reduce((a, b) => a + b, 0))} rows whose source states the domain and asked about ${whole(measure.rows)} others (no equal prompt on both sides); ${seconds.toFixed(1)} s in all.`,
    "",
    "| asked about | rows | right | mean over domains | get a domain | right of those |",
    "|---|---|---|---|---|---|",
    `| rows held back | ${whole(measure.rows)} | ${percent(measure.accuracy)} | ${percent(measure.balancedAccuracy)} | ${percent(measure.coverage)} | ${percent(measure.accepted)} |`,
    `| datasets held back | ${whole(held.rows)} | ${percent(held.accuracy)} | ${percent(held.balanced)} | ${percent(held.coverage)} | ${percent(held.accepted)} |`,
    `| no training: the library's prototypes | ${whole(prototypes.rows)} | ${percent(prototypes.accuracy)} | ${percent(prototypes.balancedAccuracy)} | ${percent(prototypes.coverage)} | ${percent(prototypes.accepted)} |`,
    "",
    "Known domain (down) by given domain (across), rows held back, confidence at least 0.6:",
    "",
    `| | ${given.join(" | ")} |`,
    `|---|${given.map(() => "---|").join("")}`,
    ...domains.map(
      (known) => `| ${known} | ${given.map((to) => measure.confusion[known]?.[to] ?? "").join(" | ")} |`,
    ),
    "",
    `Calibration (mean distance ${percent(measure.calibrationError)}):`,
    "",
    "| confidence from | rows | mean confidence | right |",
    "|---|---|---|---|",
    ...measure.calibration.map(
      (bin) => `| ${bin.from} | ${whole(bin.rows)} | ${percent(bin.confidence)} | ${percent(bin.right)} |`,
    ),
    "",
    `The surest mistakes: ${[...pairs]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 8)
      .map(([pair, n]) => `${pair} ${n}`)
      .join(", ")}.`,
    "",
    "Each dataset held back, with a domain that another dataset has too:",
    "",
    "| dataset | domain | rows | right | get a domain | right of those |",
    "|---|---|---|---|---|---|",
    ...held.lines,
    "",
  ];
}

/** Each dataset with one of several datasets' domains: a head that has not seen any row of it. */
async function heldOut(dist, table, vectors, log) {
  const { collectVectors, storedVectors } = dist("embed/stored-vectors");
  const { splitRows, trainDomains } = dist("embed/domain-model");
  const { measureDomains } = dist("embed/domain-measure");
  const { keys, data, dimensions } = await collectVectors(
    table,
    await storedVectors(table, vectors, "bench"),
  );
  const facts = new Map();
  for await (const batch of table.select(["row_key", "dataset", "meta_domain"]).stream())
    for (const row of batch) facts.set(row.row_key, row);
  const known = keys.map((key) => facts.get(key));
  const domains = [...new Set(known.map((row) => row.meta_domain))].filter((name) => name !== "other").sort();
  const homes = new Map();
  for (const { dataset, meta_domain } of known)
    homes.set(meta_domain, (homes.get(meta_domain) ?? new Set()).add(dataset));
  const datasets = [...new Set(known.map((row) => row.dataset))].sort();
  const sum = { rows: 0, right: 0, given: 0, givenRight: 0 };
  const of = new Map();
  const lines = [];
  for (const dataset of datasets) {
    const labels = Int32Array.from(known, (row) => domains.indexOf(row.meta_domain));
    const held = known.flatMap((row, i) =>
      row.dataset === dataset && labels[i] >= 0 && homes.get(row.meta_domain).size > 1 ? [i] : [],
    );
    if (held.length === 0) continue;
    log(`${vectors}: without ${dataset}`);
    const seen = labels.map((label, i) => (known[i].dataset === dataset ? -1 : label));
    const trained = trainDomains(
      { data, dimensions, labels: seen, domains },
      splitRows({ data, dimensions, labels: seen, domains }, { test: 0.05, seed: 0 }),
      0,
    );
    const of1 = measureDomains(trained, { data, dimensions, labels, domains }, held, 0.6);
    sum.rows += of1.rows;
    sum.right += of1.accuracy * of1.rows;
    sum.given += of1.coverage * of1.rows;
    sum.givenRight += of1.accepted * of1.coverage * of1.rows;
    for (const domain of domains) {
      const rows = held.filter((i) => labels[i] === domains.indexOf(domain));
      if (rows.length === 0) continue;
      const one = measureDomains(trained, { data, dimensions, labels, domains }, rows, 0.6);
      const all = of.get(domain) ?? { rows: 0, right: 0 };
      of.set(domain, { rows: all.rows + one.rows, right: all.right + one.accuracy * one.rows });
      lines.push(
        `| ${dataset} | ${domain} | ${whole(one.rows)} | ${percent(one.accuracy)} | ${percent(one.coverage)} | ${percent(one.accepted)} |`,
      );
    }
  }
  const shares = [...of.values()].map(({ rows, right }) => right / rows);
  return {
    rows: sum.rows,
    accuracy: sum.right / sum.rows,
    balanced: shares.reduce((a, b) => a + b, 0) / shares.length,
    coverage: sum.given / sum.rows,
    accepted: sum.givenRight / sum.given,
    lines,
  };
}

/** Seconds of a search over made-up vectors on disk. */
async function searched(dist, log) {
  const { Db } = dist("db");
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-vectors-"));
  const file = join(folder, "vectors.parquet");
  const db = await Db.open({ threads: 2, memoryLimit: "2GB" });
  try {
    const n = 100_000;
    log(`a search over ${whole(n)} vectors`);
    await db.run(
      `copy (select 'row-' || i as row_key, list_transform(range(384), lambda k: (hash(i * 384 + k) % 2000)::float / 1000 - 1)::float[384] as embedding from range(${n}) t(i)) to '${file}' (format parquet, compression zstd, row_group_size 8192)`,
    );
    const query = `[${Array.from({ length: 384 }, (_, k) => Math.sin(k).toFixed(4)).join(", ")}]::float[384]`;
    const times = [];
    for (let turn = 0; turn < 4; turn++) {
      const [began, before] = [performance.now(), process.cpuUsage()];
      await db.all(
        `select row_key, array_cosine_similarity(embedding::float[384], ${query}) as s from read_parquet('${file}') order by s desc, row_key limit 10`,
      );
      const { user, system } = process.cpuUsage(before);
      times.push([(performance.now() - began) / 1000, (user + system) / 1e6]);
    }
    const [wall, cpu] = times.sort(([a], [b]) => a - b)[0];
    return [
      "## Search",
      "",
      `The ten nearest of ${whole(n)} vectors of 384 numbers, read from Parquet each time: ${wall.toFixed(2)} s, ${cpu.toFixed(2)} CPU seconds (best of ${times.length}).`,
    ];
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
