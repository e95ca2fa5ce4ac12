/** Commands about vectors: embed, similar, domains. */
import type { Command } from "commander";
import { classifyDomains, type DomainOptions } from "../embed/classify-domains";
import { type EmbedOptions, embedRun } from "../embed/embed-run";
import type { Pooling } from "../embed/pooling";
import "../embed/similar";
import { type EmbedView, VIEWS } from "../embed/text-view";
import { JOBS } from "../progress";
import { open } from "../table/open";
import type { SimilarOptions } from "../table/similar-rows";
import { interruptible } from "./interrupt";
import { wholeNumber } from "./options";
import { printRows } from "./print-rows";
import { showProgress } from "./progress";

interface EmbedFlags {
  readonly model: string;
  readonly view?: EmbedView;
  readonly column?: string;
  readonly maxTokens?: number;
  readonly batchTokens?: number;
  readonly pooling?: Pooling;
  readonly prefix?: string;
  readonly workers?: number;
}

export function addEmbedCommands(program: Command): void {
  program
    .command("embed")
    .description("Compute a vector for every row of a run: embeddings/<model>.<view>.v1/ beside the rows")
    .argument("<run>", "run folder")
    .requiredOption(
      "--model <dir|repo|words>",
      "ONNX encoder with tokenizer.json: a folder or a repository of the Hub; words: hashed words, no model",
    )
    .option("--view <name>", `text of a row: ${VIEWS.join(", ")}; default prompt`)
    .option("--column <name>", "a column's text in place of a view")
    .option(
      "--max-tokens <n>",
      "tokens that are read of a text; default the model's, else 256",
      wholeNumber(1),
    )
    .option("--batch-tokens <n>", "padded tokens in a batch; default 4096", wholeNumber(1))
    .option("--pooling <mean|cls>", "of models without a pooled output; default the model's, else mean")
    .option("--prefix <text>", 'put before each text, as some models want: "passage: "')
    .option(
      "--workers <n>",
      "worker threads; default one per core; does not change the bytes",
      wholeNumber(1),
    )
    .addHelpText(
      "after",
      "\nExample:\n  corpuslab embed out/demo --model sentence-transformers/all-MiniLM-L6-v2",
    )
    .action(async (run: string, { model, ...options }: EmbedFlags) => {
      await interruptible(async (signal) => {
        const embedded = await showProgress(JOBS.embed, (onProgress) =>
          embedRun(run, model, { ...options, signal, onProgress } satisfies EmbedOptions),
        );
        console.log(embedded.summary());
      });
    });

  program
    .command("similar")
    .description("Rows of a run that are nearest in meaning to a text")
    .argument("<run>", "run folder with embeddings/")
    .argument("<text>", "what to look for")
    .option("--k <n>", "rows; default 10", wholeNumber(1))
    .option("--vectors <name>", "which vectors, where there are several")
    .option("--model <dir|repo>", "where their model is now")
    .option("--json", "whole rows as JSON lines")
    .addHelpText("after", '\nExample:\n  corpuslab similar out/demo "trains and distances" --k 5')
    .action(
      async (
        run: string,
        text: string,
        { json = false, ...options }: SimilarOptions & { json?: boolean },
      ) => {
        await interruptible(async (signal) => {
          const found = await (await open(run)).similar(text, { ...options, signal });
          const shown =
            "round(similarity, 4) as similarity, meta_domain as domain, row_key, left(text, 400) as text";
          await printRows(json ? found : found.sql(`select ${shown} from this`), { json });
        });
      },
    );
  program
    .command("domains")
    .description("Domain of every row: what its source states, else what rows of known domain are like it")
    .argument("<run>", "run folder with embeddings/")
    .option("--vectors <name>", "which vectors, where there are several")
    .option("--min-confidence <share>", "other below this, 0..1; default 0.6", Number)
    .option("--report <dir>", "write <dir>/<run>/domains.html: confusion matrix and mistakes")
    .option("--save", "write flags/domain.v1/, which open and pools then have")
    .addHelpText("after", "\nExample:\n  corpuslab domains out/demo --report reports --save")
    .action(
      async (
        run: string,
        { report, save = false, ...options }: DomainOptions & { report?: string; save?: boolean },
      ) => {
        await interruptible(async (signal) => {
          const domains = await classifyDomains(await open(run), { ...options, signal });
          console.log(domains.toString());
          if (report !== undefined) console.log(await domains.report(report));
          if (save) console.log(await domains.save());
        });
      },
    );
}
