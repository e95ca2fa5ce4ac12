/** Commands about policies: policy. */
import type { Command } from "commander";
import { applyPolicy } from "../policy/apply-policy";
import { policies, policy, policySql } from "../policy/policy";
import { open } from "../table/open";

export function addPolicyCommands(program: Command): void {
  program
    .command("policy")
    .description("Show named policies, or what one of them keeps of a run and which line drops what")
    .argument("[name]", "name, or a .json file; default: list them")
    .argument("[run]", "run folder")
    .option("--sql", "print its predicate alone, for --pool name=…")
    .addHelpText("after", "\nExample:\n  corpuslab policy nemotron out/demo")
    .action(async (name: string | undefined, run: string | undefined, options: { sql?: boolean }) => {
      if (name === undefined) {
        for (const one of policies().values()) console.log(`${one.policy}  ${one.about}`);
        return;
      }
      const found = policy(name);
      if (options.sql) console.log(policySql(found));
      else if (run !== undefined) console.log((await applyPolicy(await open(run), found)).toString());
      else {
        console.log(found.about);
        for (const { if: condition, why } of found.keep) console.log(`  keep  ${condition}  — ${why}`);
        for (const { if: condition, why } of found.soft) console.log(`  tell  ${condition}  — ${why}`);
        console.log(`flags: ${found.flags.join(", ")}`);
      }
    });
}
