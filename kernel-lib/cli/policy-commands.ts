/** Commands about policies: policy. */
import type { Command } from "commander";
import { applyPolicy } from "../policy/apply-policy";
import { type Policy, policies, policy, policySql } from "../policy/policy";
import { withNumbers } from "../policy/policy-numbers";
import { policyPredicate } from "../policy/policy-predicate";
import { open } from "../table/open";
import { namedNumber } from "./options";

export function addPolicyCommands(program: Command): void {
  program
    .command("policy")
    .description("Show named policies, or what one of them keeps of a run and which line drops what")
    .argument("[name]", "name, or a .json file; default: list them")
    .argument("[run]", "run folder")
    .option(
      "--sql",
      "print its predicate alone; with a run, what it takes from the rows and its tiers written out",
    )
    .option(
      "--set <name=number>",
      "another value for a number of the policy: --set percentile=0.7",
      namedNumber,
      {},
    )
    .addHelpText("after", "\nExample:\n  corpuslab policy nemotron out/demo")
    .action(async (name: string | undefined, run: string | undefined, options: PolicyFlags) => {
      const { set: numbers, sql } = options;
      if (name === undefined) {
        for (const one of policies().values()) console.log(`${one.policy}  ${one.about}`);
        return;
      }
      const found = policy(name);
      if (sql)
        console.log(
          run === undefined
            ? await bareSql(found, numbers)
            : await policyPredicate(await open(run), found, { numbers }),
        );
      else if (run !== undefined)
        console.log((await applyPolicy(await open(run), found, { numbers })).toString());
      else {
        console.log(found.about);
        for (const { if: condition, why } of found.keep) console.log(`  keep  ${condition}  — ${why}`);
        for (const { if: condition, why } of found.soft) console.log(`  tell  ${condition}  — ${why}`);
        for (const [number, { value, sql: from, why }] of Object.entries(found.numbers ?? {}))
          console.log(`  $${number} = ${value ?? from}  — ${why}`);
        if (found.tiers) console.log(`  tiers by ${found.tiers.score}: ${JSON.stringify(found.tiers)}`);
        console.log(`flags: ${found.flags.join(", ")}`);
        for (const command of found.needs ?? []) console.log(`first: ${command}`);
      }
    });
}

interface PolicyFlags {
  readonly sql?: boolean;
  readonly set: Record<string, number>;
}

async function bareSql(found: Policy, numbers: Record<string, number>): Promise<string> {
  if (found.tiers) console.error(`the tiers of ${found.policy} are not in it: name the run`);
  return policySql(await withNumbers(found, { numbers }, null));
}
