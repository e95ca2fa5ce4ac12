/** A workspace with 400 rows and one kernel in it, for many cells that promote or are refused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Execution, KernelSession, result } from "../kernel/kernel-session";

const DOMAINS = ["math", "code", "chat"];

/** A cell, or something that happens between two cells. */
export type Act = string | ((folder: string) => void);

export class PromoteNotebook {
  /** Cells that ran, as the journal counts them. */
  private ran = 0;

  private constructor(
    readonly folder: string,
    private readonly kernel: KernelSession,
  ) {}

  /** A kernel whose cell 1 made `table`; the files lie in the notebook's folder. */
  static async start(files: Readonly<Record<string, string>> = {}): Promise<PromoteNotebook> {
    const folder = mkdtempSync(join(tmpdir(), "corpuslab-promote-"));
    mkdirSync(join(folder, "pipelines"));
    writeFileSync(join(folder, "corpuslab.json"), '{ "workspace": 1 }\n');
    const lines = Array.from({ length: 400 }, (_, i) =>
      JSON.stringify({
        id: `r${i}`,
        tokens: (i * 37) % 1000,
        score: i % 10 === 3 ? null : ((i * 7) % 100) / 100,
        meta_domain: DOMAINS[i % 3],
        text: `row ${i}`,
        tags: ["a", i % 2 ? "b" : "c"],
        day: "2024-01-0" + ((i % 9) + 1),
      }),
    );
    writeFileSync(join(folder, "rows.jsonl"), `${lines.join("\n")}\n`);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const notebook = new PromoteNotebook(folder, await KernelSession.start(folder));
    await notebook.run(
      'import { open, promote } from "corpuslab";\nimport { z } from "zod";\nconst table = await open("rows.jsonl");',
    );
    return notebook;
  }

  async stop(): Promise<void> {
    await this.kernel.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The last cell's execution. Cells may fail. */
  async run(...acts: readonly Act[]): Promise<Execution> {
    let last: Execution | null = null;
    for (const act of acts) {
      if (typeof act === "function") act(this.folder);
      else {
        last = await this.kernel.run(act);
        this.ran++;
      }
    }
    return last!;
  }

  /**
   * Runs the cells, then one that promotes `keep` (or `promoting`), and gives what it showed, or each refusal as
   * `CODE in cell +1, line 2: what; way out`: cells are counted from the first of these, 0 is the last before them.
   */
  async promote(
    name: string,
    acts: readonly Act[],
    promoting = `await promote(keep, { name: "${name}", table })`,
  ): Promise<string> {
    const before = this.ran;
    const last = await this.run(...acts, promoting);
    const ok = last.reply.status === "ok";
    const said = ok ? String(result(last)?.["text/plain"]) : `${last.reply.ename}: ${last.reply.evalue}`;
    return said
      .replace(/promote \w+: /g, "")
      .replace(/\bcell (\d+)/g, (_, number: string) => `cell +${Number(number) - before}`);
  }
}
